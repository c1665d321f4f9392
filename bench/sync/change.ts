/** One device edits a customer; how long until another device's app sees it, idle and with other changes going on. */
import { observe } from '../../src/edge/index.ts';
import type { ChangesAnswer } from './changes-process.ts';
import { startChild } from './child.ts';
import type { Company } from './company.ts';
import { changesSettings } from './crowd.ts';
import { DittoDevice, openDittoStore } from './ditto-device.ts';
import { type Latencies, latenciesOf } from './latencies.ts';
import { type Shares, sharesOver } from './shares.ts';

export interface ChangeFigures {
  readonly idle: ChangeLatencies;
  readonly busy: ChangeLatencies;
  /** While other changes went on. */
  readonly shares: Shares;
  readonly changesPerSecond: number;
}

export interface ChangeLatencies {
  /** Until it is durable on the device that makes it. */
  readonly ownStore: Latencies;
  /** From the tap on one device until the other's store has it, and until the other's live query shows it. */
  readonly stored: Latencies;
  readonly shown: Latencies;
}

export async function measureChange(
  company: Company,
  { edits, changesPerSecond }: { readonly edits: number; readonly changesPerSecond: number },
  say: (line: string) => void,
): Promise<ChangeFigures> {
  const storeId = company.storeIds.includes('store_seattle') ? 'store_seattle' : (company.storeIds[0] as string);
  const customer = await company.db.collection<{ _id: string }>('customers').findOne({ primary_store_id: storeId });
  const customerId = customer?._id ?? '';
  await using writerStore = await openDittoStore();
  await using readerStore = await openDittoStore();
  const open = async (deviceId: string, { store }: typeof writerStore) =>
    DittoDevice.open(
      {
        deviceId,
        gatewayUri: company.gatewayUri,
        token: await company.token(deviceId, storeId),
        subscriptions: company.scope(storeId),
      },
      store,
    );
  const writer = await open('bench-writer', writerStore);
  const reader = await open('bench-reader', readerStore);
  say('Two devices are brought up to date …');
  await Promise.all([writer.connect(), reader.connect()]);
  const waiting = { name: '', stored: () => {}, shown: () => {} };
  reader.onStored = ({ upserts }) => {
    if (upserts.some(({ document }) => document['first_name'] === waiting.name)) waiting.stored();
  };
  const live = observe<{ first_name: string }>(
    readerStore.store,
    'SELECT * FROM customers WHERE customer_id = :customerId',
    { customerId },
    ([row]) => {
      if (row?.first_name === waiting.name) waiting.shown();
    },
    (error) => say(error.message),
  );
  let number = 0;
  const editAll = async (): Promise<ChangeLatencies> => {
    const own: number[] = [];
    const stored: number[] = [];
    const shown: number[] = [];
    for (let edit = 0; edit < edits; edit++) {
      number += 1;
      waiting.name = `Edit ${number}`;
      const startedMs = performance.now();
      const took = () => performance.now() - startedMs;
      const isStored = new Promise<void>((resolve) => {
        waiting.stored = () => {
          stored.push(took());
          resolve();
        };
      });
      const isShown = new Promise<void>((resolve) => {
        waiting.shown = () => {
          shown.push(took());
          resolve();
        };
      });
      await writer.edit('edit_customer', {
        kind: 'set',
        collection: 'customers',
        id: customerId,
        fields: { first_name: waiting.name },
        unset: [],
        seen: {},
      });
      own.push(took());
      await Promise.all([isStored, isShown]);
    }
    return { ownStore: latenciesOf(own), stored: latenciesOf(stored), shown: latenciesOf(shown) };
  };
  try {
    say(`${edits} edits, idle …`);
    const idle = await editAll();
    await using changes = startChild<'begin' | 'stop', ChangesAnswer>(
      'changes-process',
      changesSettings(company, changesPerSecond),
    );
    await changes.hear('ready');
    changes.tell('begin');
    say(`${edits} edits, with ${changesPerSecond} changes/s beside them …`);
    let busy: ChangeLatencies = idle;
    const processes = {
      gateway: [company.gatewayPid],
      database: [company.databasePid],
      'both devices': [process.pid],
      writer: [changes.pid],
    };
    const shares = await sharesOver(processes, async () => {
      busy = await editAll();
    });
    changes.tell('stop');
    const stopped = await changes.hear('stopped');
    return { idle, busy, shares, changesPerSecond: stopped.changes / stopped.seconds };
  } finally {
    live.cancel();
    await Promise.all([writer.disconnect(), reader.disconnect()]);
  }
}

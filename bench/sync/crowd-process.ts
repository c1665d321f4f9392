/** A part of the crowd, in a process of its own. */
import type { StoreId } from '../../src/domain/index.ts';
import type { Subscription } from '../../src/sync/index.ts';
import { readSettings } from './child.ts';
import { CrowdClient, type Held } from './crowd-client.ts';

export interface CrowdSettings {
  readonly gatewayUri: string;
  readonly stores: readonly { readonly storeId: StoreId; readonly subscriptions: readonly Subscription[] }[];
  readonly devices: readonly { readonly deviceId: string; readonly token: string; readonly store: number }[];
}

export type CrowdAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'connected'; readonly seconds: number }
  | {
      readonly kind: 'watched';
      /** From the change in MongoDB to a device that has read it. */
      readonly latenciesMs: readonly number[];
      readonly frames: number;
      readonly bytes: number;
      readonly lost: readonly string[];
    };

/** One device in so many reads what it is sent; the others only confirm it. */
const READERS_SHARE = 25;
const STAMP = /bench (\d+\.\d+)/g;

const { gatewayUri, stores, devices } = await readSettings<CrowdSettings>();
const clients: CrowdClient[] = [];
const lost: string[] = [];
let latenciesMs: number[] = [];
/** Older stamps are of an earlier run. */
let sinceMs = Number.POSITIVE_INFINITY;

const NOTHING: Held = { position: null, holdings: {} };

/** As if a device of that store had been here: asks for a plan, and takes its word that all of it is held. */
function learn(store: number): Promise<Held> {
  const { deviceId, token } =
    devices.find((device) => device.store === store) ?? (devices[0] as (typeof devices)[number]);
  const { subscriptions } = stores[store] as (typeof stores)[number];
  return new Promise((resolve, reject) => {
    const client = new CrowdClient({
      ...{ deviceId, gatewayUri, token, subscriptions, held: NOTHING, onText: null },
      onPlan: ({ position, collections }) => {
        client.close();
        const whole = Object.entries(collections ?? {}).map(([collection, { fingerprint }]) => [
          collection,
          { state: 'whole' as const, fingerprint },
        ]);
        resolve({ position, holdings: Object.fromEntries(whole) });
      },
      onCheckpoint: () => undefined,
      onEnd: (reason) => reject(new Error(reason)),
    });
  });
}

async function connectAll(): Promise<void> {
  const held = await Promise.all(stores.map((_, store) => learn(store)));
  const startedMs = performance.now();
  await Promise.all(
    devices.map(
      ({ deviceId, token, store }, index) =>
        new Promise<void>((resolve) => {
          const { subscriptions } = stores[store] as (typeof stores)[number];
          const onText = index % READERS_SHARE === 0 ? stampReader() : null;
          const onEnd = (reason: string) => {
            lost.push(reason);
            resolve();
          };
          clients.push(
            new CrowdClient({
              ...{ deviceId, gatewayUri, token, subscriptions, held: held[store] as Held },
              ...{ onText, onCheckpoint: resolve, onEnd },
            }),
          );
        }),
    ),
  );
  answer({ kind: 'connected', seconds: (performance.now() - startedMs) / 1000 });
}

/** A stamp counts when a device first reads it: the ledger writes a document again, with its text as it was. */
function stampReader(): (text: string) => void {
  const seen = new Set<string>();
  return (text) => {
    const nowMs = performance.timeOrigin + performance.now();
    for (const [, stamp = ''] of text.matchAll(STAMP)) {
      if (Number(stamp) < sinceMs || seen.has(stamp)) continue;
      seen.add(stamp);
      latenciesMs.push(nowMs - Number(stamp));
    }
  };
}

const totals = () => ({
  frames: clients.reduce((sum, { framesRead }) => sum + framesRead, 0),
  bytes: clients.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
});

let before = { frames: 0, bytes: 0 };

function watched(): void {
  const { frames, bytes } = totals();
  answer({ kind: 'watched', latenciesMs, frames: frames - before.frames, bytes: bytes - before.bytes, lost });
}

process.on('message', (order) => {
  if (order === 'connect') void connectAll();
  else if (order === 'watch') {
    latenciesMs = [];
    before = totals();
    sinceMs = performance.timeOrigin + performance.now();
  } else watched();
});
process.once('disconnect', () => {
  for (const client of clients) client.close();
});
answer({ kind: 'ready' });

function answer(what: CrowdAnswer): void {
  process.send?.(what);
}

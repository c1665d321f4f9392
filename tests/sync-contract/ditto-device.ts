/** A Ditto store on disk with the retail operations on it; what carries its documents is put in from outside. */
import { randomUUID } from 'node:crypto';
import { Ditto, DittoConfig, Logger } from '@dittolive/ditto';
import type { Principal } from '../../src/domain/index.ts';
import { type DittoStoreLike, type OperationLink, RetailDevice } from '../../src/edge/index.ts';
import { permissions } from '../../src/edge/retail/device.fixture.ts';
import { type Document, HybridClock, type Subscription } from '../../src/sync/index.ts';
import { makeTestFolder } from '../support/database.ts';
import type { ContractDevice, DeviceWanted } from './subject.ts';

Logger.minimumLogLevel = 'Error';

export interface Carrier {
  readonly link: OperationLink;
  readonly storage: { readonly nextSequence: number };
  setOnline(isAllowed: boolean): void;
  subscribe(scope: readonly Subscription[]): Promise<void>;
  close(): Promise<void>;
}

export interface CarrierParts {
  readonly ditto: Ditto;
  readonly store: DittoStoreLike;
  readonly clock: HybridClock;
  readonly deviceId: string;
  readonly principal: Principal;
  readonly scope: readonly Subscription[];
}

type Connect = ConstructorParameters<typeof DittoConfig>[1];

export async function openDittoDevice(
  wanted: DeviceWanted,
  { databaseId, connect }: { readonly databaseId: string; readonly connect: Connect },
  carry: (parts: CarrierParts) => Promise<Carrier>,
): Promise<ContractDevice> {
  const { name, role, storeId } = wanted;
  const folder = await makeTestFolder();
  const principal: Principal = { role, userId: `user-${name}`, stores: [storeId] };
  let { scope } = wanted;
  const open = async () => {
    const ditto = await Ditto.open(new DittoConfig(databaseId, connect, folder.path));
    const store = ditto.store as unknown as DittoStoreLike;
    const clock = new HybridClock(name);
    const carrier = await carry({ ditto, store, clock, deviceId: name, principal, scope });
    const retail = new RetailDevice({
      store,
      storage: carrier.storage,
      link: carrier.link,
      clock,
      wallClockMs: Date.now,
      deviceId: name,
      storeId,
      principal,
      permissions,
      newId: randomUUID,
    });
    // A transaction alone does not keep the process.
    const alive = setInterval(() => undefined, 1_000);
    const close = async () => {
      await carrier.close();
      clearInterval(alive);
      await ditto.close();
    };
    return { store, carrier, retail, close };
  };
  let opened = await open();
  return {
    get retail() {
      return opened.retail;
    },
    async documents(collection) {
      const { items } = await opened.store.execute(`SELECT * FROM ${collection}`);
      return items.map(({ value }) => value as Document);
    },
    setOnline: (isAllowed) => opened.carrier.setOnline(isAllowed),
    async subscribe(wider) {
      scope = wider;
      await opened.carrier.subscribe(wider);
    },
    async restart() {
      await opened.close();
      opened = await open();
    },
    async [Symbol.asyncDispose]() {
      await opened.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

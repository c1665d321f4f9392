/**
 * Somebody who changes documents in MongoDB at a steady pace, in a process of its own. What a sale touches, in its shares:
 * an order, two items and a customer of one store, and two items of stock, which every store sees. Each carries the moment
 * of its change in a text field: `bench 1700000000000.123`.
 */
import { type AnyBulkWriteOperation, MongoClient } from 'mongodb';
import { readSettings } from './child.ts';

export interface ChangesSettings {
  readonly databaseUri: string;
  readonly databaseName: string;
  readonly changesPerSecond: number;
  readonly orderedSince: string;
}

export type ChangesAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stopped'; readonly changes: number; readonly seconds: number };

/** Collection, the field that carries the moment, and changes of seven. */
const MIX = [
  ['orders', 'notes', 1],
  ['order_items', 'notes', 2],
  ['customers', 'first_name', 2],
  ['inventory', 'notes', 2],
] as const;
const POOL = 2_000;
const TURN_MS = 20;

const settings = await readSettings<ChangesSettings>();
const client = await new MongoClient(settings.databaseUri, { maxPoolSize: 4 }).connect();
const db = client.db(settings.databaseName);
const turns: { collection: string; field: string; ids: string[] }[] = [];
for (const [collection, field, share] of MIX) {
  const filter = collection.startsWith('order') ? { order_date: { $gte: settings.orderedSince } } : {};
  const found = db.collection<{ _id: string }>(collection).find(filter, { projection: { _id: 1 } });
  const all = (await found.toArray()).map(({ _id }) => _id);
  const step = Math.max(1, Math.floor(all.length / POOL));
  const ids = all.filter((_, index) => index % step === 0);
  for (let turn = 0; turn < share; turn++) turns.push({ collection, field, ids });
}

let changes = 0;
let isStopped = false;
const stampNow = () => `bench ${(performance.timeOrigin + performance.now()).toFixed(3)}`;

async function run(): Promise<void> {
  const startedMs = performance.now();
  while (!isStopped) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * settings.changesPerSecond);
    const writes = new Map<string, AnyBulkWriteOperation<{ _id: string }>[]>();
    for (; changes < due; changes++) {
      const { collection, field, ids } = turns[changes % turns.length] as (typeof turns)[number];
      const _id = ids[Math.floor(changes / turns.length) % ids.length] as string;
      // Of another store's item a device sees the level alone.
      const level = collection === 'inventory' ? { stock_level: 10 + (changes % 90) } : {};
      const write = { updateOne: { filter: { _id }, update: { $set: { [field]: stampNow(), ...level } } } };
      writes.set(collection, [...(writes.get(collection) ?? []), write]);
    }
    await Promise.all(
      [...writes].map(([collection, list]) =>
        db.collection<{ _id: string }>(collection).bulkWrite(list, { ordered: false }),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  process.send?.({ kind: 'stopped', changes, seconds } satisfies ChangesAnswer);
}

process.on('message', (order) => {
  if (order === 'begin') void run();
  else isStopped = true;
});
process.once('disconnect', () => void client.close());
process.send?.({ kind: 'ready' } satisfies ChangesAnswer);

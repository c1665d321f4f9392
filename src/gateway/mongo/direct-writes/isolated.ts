/** Direct writes that nothing can be made of. They are kept and counted until somebody puts them right; the rest goes on. */
import type { ClientSession, Db } from 'mongodb';

export interface IsolatedRecord {
  /** `collection/id` */
  readonly _id: string;
  readonly collection: string;
  readonly document_id: string;
  /** The item that a movement waits for. */
  readonly inventory_id: string | null;
  readonly reason: 'item_unknown' | 'document_invalid' | 'handler_failed';
  readonly message: string;
  readonly since: Date;
}

export type Isolation = Omit<IsolatedRecord, '_id' | 'since'>;

export const isolatedWrites = (db: Db) => db.collection<IsolatedRecord>('sync_isolated');

export async function isolate(db: Db, session: ClientSession, isolations: readonly Isolation[], atMs: number) {
  for (const isolation of isolations) {
    await isolatedWrites(db).updateOne(
      { _id: `${isolation.collection}/${isolation.document_id}` },
      { $set: { ...isolation }, $setOnInsert: { since: new Date(atMs) } },
      { session, upsert: true },
    );
  }
}

export async function createIsolatedIndexes(db: Db): Promise<void> {
  await isolatedWrites(db).createIndex({ inventory_id: 1 }, { name: 'idx_inventory_id' });
}

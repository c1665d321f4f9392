/** What a channel reads of MongoDB: hashes for a comparison, documents by id. */
import { type Db, MongoServerError, Timestamp } from 'mongodb';
import type { CollectionScope, ContentHash, Document, Position } from '../../sync/index.ts';
import { contentHash } from '../../sync/index.ts';
import { faultOf } from './syncable-document.ts';

type Stored = Document & { readonly _id: string };

/**
 * The hash of every document as the device should have it; of now, or as of a position. Null where MongoDB can't look
 * back that far any more (it keeps snapshots for five minutes).
 */
export async function scanHashes(
  db: Db,
  scope: CollectionScope,
  at: Position | null,
): Promise<Map<string, ContentHash> | null> {
  const hashes = new Map<string, ContentHash>();
  const readConcern =
    at === null ? { level: 'majority' } : { level: 'snapshot', atClusterTime: new Timestamp(BigInt(`0x${at.time}`)) };
  try {
    const cursor = db
      .collection<Stored>(scope.collection)
      .find(scope.filter as object, { readConcern: readConcern as never, batchSize: 2_000 });
    for await (const document of cursor) {
      const shown = faultOf(document) === null ? scope.visible(document) : undefined;
      if (shown !== undefined) hashes.set(document._id, contentHash(shown));
    }
    return hashes;
  } catch (error) {
    if (at !== null && error instanceof MongoServerError && SNAPSHOT_GONE.has(Number(error.code))) return null;
    throw error;
  }
}

export async function readDocuments(db: Db, scope: CollectionScope, ids: readonly string[]): Promise<Document[]> {
  const found = await db
    .collection<Stored>(scope.collection)
    .find({ _id: { $in: [...ids] } }, { readConcern: { level: 'majority' }, batchSize: ids.length + 1 })
    .toArray();
  return found.filter((document) => faultOf(document) === null);
}

/** SnapshotTooOld, SnapshotUnavailable, InvalidOptions (no snapshot reads at all). */
const SNAPSHOT_GONE = new Set([239, 246, 72]);

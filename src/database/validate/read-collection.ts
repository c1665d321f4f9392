import type { Db } from 'mongodb';
import { BsonReader } from './bson-reader.ts';

/** Large enough that the trip to the server doesn't count, small enough that a batch is forgotten while it is young. */
const BATCH_DOCUMENTS = 1000;

/**
 * Every document of a collection once, in batches. The next batch is asked for before this one is handed out, so that
 * the server reads while the caller works. What can't be read comes as an Error in the document's place.
 */
export async function* readCollection(
  db: Db,
  collection: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly unknown[]> {
  const reader = new BsonReader();
  await using cursor = db.collection(collection).find({}, { batchSize: BATCH_DOCUMENTS, raw: true });
  let more = cursor.hasNext();
  while (await more) {
    signal?.throwIfAborted();
    const batch = cursor.readBufferedDocuments() as unknown as Uint8Array[];
    more = cursor.hasNext();
    // When the caller stops here, nobody awaits this answer; its failure is then of no interest.
    more.catch(() => {});
    yield batch.map((bytes) => reader.read(bytes));
  }
}

import type { Db, Document } from 'mongodb';

/** Large enough that the trip to the server doesn't count, small enough that a batch is a few megabytes. */
const BATCH_DOCUMENTS = 4000;

/**
 * Every document of a collection once, in batches. The next batch is asked for before this one is handed out, so that
 * the server reads while the caller works. 64-bit integers stay what they are: whoever looks for wrong types must not
 * have them corrected.
 */
export async function* readCollection(
  db: Db,
  collection: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Document[]> {
  await using cursor = db.collection(collection).find({}, { batchSize: BATCH_DOCUMENTS, promoteLongs: false });
  let more = cursor.hasNext();
  while (await more) {
    signal?.throwIfAborted();
    const documents = cursor.readBufferedDocuments();
    more = cursor.hasNext();
    // When the caller stops here, nobody awaits this answer; its failure is then of no interest.
    more.catch(() => {});
    yield documents;
  }
}

import type { ClientSession, Db, Document, Long } from 'mongodb';
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
  const batches = (await isSharded(db)) ? cursorBatches(db, collection) : commandBatches(db, collection);
  for await (const batch of batches) {
    signal?.throwIfAborted();
    yield batch.map((bytes) => reader.read(bytes));
  }
}

/** `mongos` keeps a cursor to itself, and the driver alone knows which of several a command went to. */
async function isSharded(db: Db): Promise<boolean> {
  const { msg } = await db.command({ hello: 1 });
  return msg === 'isdbgrid';
}

/** The driver's cursor looks into each document even where only its bytes are asked for; with commands it doesn't: half the work. */
async function* commandBatches(db: Db, collection: string): AsyncGenerator<readonly Uint8Array[]> {
  const session = db.client.startSession();
  let next: Promise<RawReply> | undefined = ask(db, session, { find: collection, batchSize: BATCH_DOCUMENTS });
  let id: Long | undefined;
  try {
    while (next !== undefined) {
      const { cursor }: RawReply = await next;
      id = cursor.id.isZero() ? undefined : cursor.id;
      next = id && ask(db, session, { getMore: id, collection, batchSize: BATCH_DOCUMENTS });
      // When the caller stops here, nobody awaits this answer; its failure is then of no interest.
      next?.catch(() => {});
      yield cursor.firstBatch ?? cursor.nextBatch ?? [];
    }
  } finally {
    await next?.catch(() => {});
    // The caller stopped early. A cursor that can't be closed closes by itself after a while.
    if (next !== undefined) await db.command({ killCursors: collection, cursors: [id] }, { session }).catch(() => {});
    await session.endSession();
  }
}

interface RawReply {
  readonly cursor: {
    readonly id: Long;
    readonly firstBatch?: readonly Uint8Array[];
    readonly nextBatch?: readonly Uint8Array[];
  };
}

const ask = (db: Db, session: ClientSession, command: Document): Promise<RawReply> =>
  db.command(command, {
    session,
    promoteLongs: false,
    fieldsAsRaw: { firstBatch: true, nextBatch: true },
  }) as Promise<unknown> as Promise<RawReply>;

async function* cursorBatches(db: Db, collection: string): AsyncGenerator<readonly Uint8Array[]> {
  await using cursor = db.collection(collection).find({}, { batchSize: BATCH_DOCUMENTS, raw: true });
  let more = cursor.hasNext();
  while (await more) {
    const batch = cursor.readBufferedDocuments() as unknown as Uint8Array[];
    more = cursor.hasNext();
    more.catch(() => {});
    yield batch;
  }
}

/** What a change stream of MongoDB tells, and what a device could make of it. */
import { type ChangeStream, type Db, MongoServerError, type Timestamp } from 'mongodb';
import { type CollectionName, syncedCollectionNames } from '../../domain/index.ts';
import type { Document } from '../../sync/index.ts';
import type { StreamChange } from '../channel-effects.ts';
import { OPERATIONS } from './newest-stamp.ts';
import { faultOf } from './syncable-document.ts';

export interface StreamEvent {
  readonly _id: { readonly _data: string };
  readonly operationType: string;
  readonly clusterTime: Timestamp;
  readonly wallTime?: Date;
  readonly ns?: { readonly coll?: string };
  readonly documentKey?: { readonly _id: unknown };
  readonly fullDocument?: Document | null;
  readonly fullDocumentBeforeChange?: Document | null;
  readonly splitEvent?: { readonly fragment: number; readonly of: number };
}

/** A document that each gateway writes, to see its own stream alive. */
export const HEARTBEATS = 'sync_heartbeats';
const BATCH_EVENTS_MAX = 10_000;

export function watchFrom(db: Db, start: object): ChangeStream {
  const collections = [...syncedCollectionNames, HEARTBEATS, OPERATIONS];
  return db.watch(
    [
      {
        $match: {
          $or: [{ 'ns.coll': { $in: collections } }, { operationType: { $in: ['dropDatabase', 'invalidate'] } }],
        },
      },
      { $changeStreamSplitLargeEvent: {} },
    ],
    {
      ...start,
      fullDocument: 'whenAvailable',
      fullDocumentBeforeChange: 'whenAvailable',
      maxAwaitTimeMS: 1_000,
      batchSize: BATCH_EVENTS_MAX,
    },
  );
}

/** Makes changes of events, and keeps count of documents that no device can hold. */
export class ChangeReader {
  readonly #db: Db;
  readonly #log: (line: string) => void;
  readonly #quarantined = new Set<string>();

  constructor(db: Db, log: (line: string) => void) {
    this.#db = db;
    this.#log = log;
  }

  get quarantinedDocuments(): number {
    return this.#quarantined.size;
  }

  async changeOf(event: StreamEvent): Promise<StreamChange | null> {
    const collection = event.ns?.coll as CollectionName | undefined;
    if (collection === undefined || !(syncedCollectionNames as readonly string[]).includes(collection)) return null;
    const id = String(event.documentKey?._id);
    const image = event.fullDocumentBeforeChange ?? undefined;
    // Of what was withheld no device knows what it was before.
    const before = image === undefined || faultOf(image) !== null ? undefined : image;
    if (event.operationType === 'delete') return { collection, id, before, after: null };
    let after: Document | null = event.fullDocument ?? null;
    if (after === null || event.splitEvent !== undefined) {
      after = await this.#db.collection<{ _id: string }>(collection).findOne({ _id: id });
    }
    const key = `${collection}/${id}`;
    const fault = after === null ? null : faultOf(after);
    if (fault === null) {
      this.#quarantined.delete(key);
      return { collection, id, before: event.operationType === 'insert' ? null : before, after };
    }
    if (!this.#quarantined.has(key)) this.#log(`${key} can't be synced: ${fault.type} at '${fault.path}'`);
    this.#quarantined.add(key);
    return { collection, id, before: undefined, after: null };
  }
}

export class HistoryEnd extends Error {
  override readonly message = 'a collection was dropped or renamed';
}

/** ChangeStreamHistoryLost, ChangeStreamFatalError, InvalidResumeToken, CappedPositionLost. */
const LOST_CODES = new Set([286, 280, 260, 136]);

/**
 * A further part of an event that was too large for one: the first has said what it is about, the small fields stand in it,
 * and the document itself is read anew.
 */
export const isContinued = ({ splitEvent }: StreamEvent): boolean => (splitEvent?.fragment ?? 1) > 1;

export const endsHistory = ({ operationType }: StreamEvent): boolean =>
  operationType === 'drop' ||
  operationType === 'rename' ||
  operationType === 'dropDatabase' ||
  operationType === 'invalidate';

/** Whether the changes after a position can't be read any more. */
export const isHistoryLost = (error: unknown): boolean =>
  error instanceof HistoryEnd || (error instanceof MongoServerError && LOST_CODES.has(Number(error.code)));

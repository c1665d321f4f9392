/**
 * What the storage remembers of a session, in the same atomic step as its writes: its newest transaction number, and which
 * statements took effect under it. So a write or a commit that is sent again, even after a crash, finds what it did.
 */
import { Binary, type BsonValue, type Document } from '../bson/values.ts';
import type { WriteTransaction } from '../storage/storage.ts';

export const RECORD_PREFIX = 'session:';

/** What one statement did, as far as its answer needs it. */
export interface Executed {
  readonly operation: 'insert' | 'update' | 'delete';
  /** Of an upsert. */
  readonly id?: BsonValue;
  /** Of findAndModify: its reply, and which document that shows. */
  readonly image?: 'before' | 'after';
  readonly reply?: Document;
}

export interface SessionRecord {
  readonly txnNumber: bigint;
  readonly kind: 'retryable' | 'committed';
  readonly at: Date;
  /** By statement id. */
  readonly executed: ReadonlyMap<number, Executed>;
}

export function recordKey(session: string): string {
  return RECORD_PREFIX + session;
}

export function readRecord(transaction: WriteTransaction, session: string): SessionRecord | undefined {
  const stored = transaction.getMetadata(recordKey(session));
  return stored === undefined ? undefined : decodeRecord(stored);
}

export function writeRecord(transaction: WriteTransaction, session: string, record: SessionRecord): void {
  const { txnNumber, kind, at, executed } = record;
  transaction.setMetadata(recordKey(session), { txnNumber, kind, at, executed: runsOf(executed) });
}

export function decodeRecord(stored: Document): SessionRecord {
  const executed = new Map<number, Executed>();
  for (const { from, count, ...what } of stored['executed'] as Document[]) {
    for (let k = 0; k < Number(count); k++) executed.set(Number(from) + k, what as unknown as Executed);
  }
  const { txnNumber, kind, at } = stored as unknown as SessionRecord;
  return { txnNumber, kind, at, executed };
}

/** The lsid of a session, from its key. */
export function lsidOf(session: string): Document {
  return { id: new Binary(Buffer.from(session, 'hex'), Binary.SUBTYPE_UUID) };
}

/** Neighbours that did the same are kept as one: a thousand inserts take no more room than one. */
function runsOf(executed: ReadonlyMap<number, Executed>): Document[] {
  const runs: Document[] = [];
  let last: Document | undefined;
  for (const [statement, what] of executed) {
    const isPlain = what.id === undefined && what.reply === undefined;
    const goesOn =
      isPlain &&
      last !== undefined &&
      last['operation'] === what.operation &&
      last['id'] === undefined &&
      last['reply'] === undefined &&
      Number(last['from']) + Number(last['count']) === statement;
    if (goesOn) (last as Document)['count'] = Number(last?.['count']) + 1;
    else {
      last = { from: statement, count: 1, ...(what as unknown as Document) };
      runs.push(last);
    }
  }
  return runs;
}

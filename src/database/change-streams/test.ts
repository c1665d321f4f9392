/**
 * Proves that change streams deliver what devices need: in a collection of its own, which is dropped afterwards, a
 * document is inserted, updated and deleted; the events, their images and the resumption are looked at one by one.
 */
import { randomUUID } from 'node:crypto';
import type { ChangeStream, ChangeStreamDocument, Db, Document } from 'mongodb';
import { databaseErrorFrom, withDatabaseErrors } from '../connect/error-mapping.ts';
import type { WorkOptions } from '../indexes/manage.ts';
import { readChangeStreamStates } from './enable.ts';

const EVENT_TIMEOUT_MS = 10_000;

export interface ChangeStreamFinding {
  readonly check: string;
  readonly passed: boolean;
  /** What came, where it isn't what was expected. */
  readonly says: string;
}

export interface ChangeStreamTest {
  readonly passed: boolean;
  readonly findings: readonly ChangeStreamFinding[];
  /** From the acknowledged write to the event, the middle of the three. */
  readonly latencyMs: number | null;
}

/** Throws only where the connection itself fails; what the server does wrong is a finding. */
export async function testChangeStreams(db: Db, { signal }: WorkOptions = {}): Promise<ChangeStreamTest> {
  const findings: ChangeStreamFinding[] = [];
  const find = (check: string, passed: boolean, says = '') =>
    findings.push({ check, passed, says: passed ? '' : says });
  const name = `zava_change_stream_test_${randomUUID().slice(0, 8)}`;
  const latencies: number[] = [];
  try {
    for (const { collection, exists, isEnabled } of await readChangeStreamStates(db)) {
      find(
        `${collection} keeps pre- and post-images`,
        isEnabled,
        exists ? 'They are off.' : 'The collection does not exist.',
      );
    }
    await withDatabaseErrors(() => db.createCollection(name, { changeStreamPreAndPostImages: { enabled: true } }));
    const collection = db.collection<Document & { _id: string }>(name);
    const options = { fullDocument: 'required', fullDocumentBeforeChange: 'whenAvailable' } as const;
    let stream = collection.watch([], options);
    try {
      await opened(stream, signal);
      const next = async (write: () => Promise<unknown>) => {
        const event = nextEvent(stream, signal);
        event.catch(() => {}); // the write may fail first
        await write();
        const writtenAtMs = performance.now();
        const found = await event;
        latencies.push(Math.max(0, performance.now() - writtenAtMs));
        return found;
      };
      const inserted = await next(() => collection.insertOne({ _id: 'scratch', units: 1, note: 'first' }));
      find('an insert is reported', inserted.operationType === 'insert', shown(inserted));
      find(
        'an insert carries the document',
        same(imageOf(inserted), { _id: 'scratch', units: 1, note: 'first' }),
        shown(inserted),
      );
      const updated = await next(() =>
        collection.updateOne({ _id: 'scratch' }, { $set: { units: 2 }, $unset: { note: '' } }),
      );
      find('an update is reported', updated.operationType === 'update', shown(updated));
      find(
        'an update carries the document after it',
        same(imageOf(updated), { _id: 'scratch', units: 2 }),
        shown(updated),
      );
      find(
        'an update carries the document before it',
        same(imageBefore(updated), { _id: 'scratch', units: 1, note: 'first' }),
        shown(updated),
      );
      const description = updated.operationType === 'update' ? updated.updateDescription : undefined;
      find(
        'an update names the changed and the removed fields',
        same(description?.updatedFields, { units: 2 }) && same(description?.removedFields, ['note']),
        shown(updated),
      );
      const deleted = await next(() => collection.deleteOne({ _id: 'scratch' }));
      find('a delete is reported', deleted.operationType === 'delete', shown(deleted));
      find(
        'a delete carries the document before it',
        same(imageBefore(deleted), { _id: 'scratch', units: 2 }),
        shown(deleted),
      );
      await stream.close();
      stream = collection.watch([], { ...options, resumeAfter: inserted._id });
      const again = [await nextEvent(stream, signal), await nextEvent(stream, signal)];
      find(
        'a stream that resumes after the insert gives the update and the delete again, and nothing else',
        same(
          again.map(({ operationType }) => operationType),
          ['update', 'delete'],
        ),
        again.map(shown).join(' '),
      );
    } finally {
      await stream.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    const known = databaseErrorFrom(error);
    if (known === undefined && !(error instanceof NoEventError)) throw error;
    if (known?.code === 'UNREACHABLE' || known?.code === 'CONNECTION_LOST') throw known;
    find(
      'the server delivers change streams',
      false,
      known === undefined ? (error as Error).message : `${known.message} ${known.fix}`,
    );
  } finally {
    await db.dropCollection(name).catch(() => {}); // it may never have been made
  }
  const middle = latencies.sort((a, b) => a - b)[Math.floor(latencies.length / 2)];
  return {
    passed: findings.every(({ passed }) => passed),
    findings,
    latencyMs: middle === undefined ? null : Math.round(middle * 100) / 100,
  };
}

class NoEventError extends Error {}

/** A stream sees only what happens after it is open; the driver opens it with the first read. */
async function opened(stream: ChangeStream<Document & { _id: string }>, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const found = await stream.tryNext();
  if (found !== null) throw new NoEventError(`An event came before anything was written: ${shown(found)}`);
}

async function nextEvent(
  stream: ChangeStream<Document & { _id: string }>,
  signal?: AbortSignal,
): Promise<ChangeStreamDocument<Document & { _id: string }>> {
  const untilMs = performance.now() + EVENT_TIMEOUT_MS;
  while (performance.now() < untilMs) {
    signal?.throwIfAborted();
    const event = await stream.tryNext();
    if (event !== null) return event;
  }
  throw new NoEventError(`No event came within ${EVENT_TIMEOUT_MS / 1000} s.`);
}

const imageOf = (event: ChangeStreamDocument): unknown => ('fullDocument' in event ? event.fullDocument : undefined);
const imageBefore = (event: ChangeStreamDocument): unknown =>
  'fullDocumentBeforeChange' in event ? event.fullDocumentBeforeChange : undefined;
const shown = (event: ChangeStreamDocument): string => JSON.stringify(event);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

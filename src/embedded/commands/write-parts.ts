/**
 * The writes of one command in several atomic jobs, so that others get their turn in between: each write is atomic by
 * itself, and the command as a whole is not, as in MongoDB.
 */
import type { Document } from '../bson/values.ts';
import { type Statements, writeOnce } from '../sessions/retryable.ts';
import type { WriteTransaction } from '../storage/storage.ts';
import type { CommandContext } from './command.ts';

/** A job ends behind the write with which this is over; its commit comes on top. */
const JOB_MS = 50;
const WRITES_PER_JOB = 2500;

export interface PartsOfWrite<Part> {
  /** What one job has done so far: a fresh one for each run of it, because a job that meets a lock runs again. */
  readonly newPart: () => Part;
  /** Does write `index`; false where the batch must end behind it. */
  readonly write: (index: number, part: Part, transaction: WriteTransaction, statements: Statements) => boolean;
  /** Whether write `index` may concern many documents, so that `writeAlone` is asked first. */
  readonly isMany?: (index: number) => boolean;
  /** Whether finding what write `index` concerns may take long, so that `search` is asked first, and the write has a job of its own. */
  readonly isLongSearch?: (index: number) => boolean;
  readonly search?: (index: number) => Promise<void>;
  /** Does a write of many documents in jobs of its own; null where one job is enough. */
  readonly writeAlone?: (index: number, part: Part) => Promise<{ readonly goOn: boolean } | null>;
}

/** Resolves to what the jobs have done, in order, and what the reply says of writes that were done before. */
export async function writeInParts<Part>(
  context: CommandContext,
  count: number,
  {
    newPart,
    write,
    isMany = () => false,
    writeAlone = async () => null,
    isLongSearch = () => false,
    search = async () => undefined,
  }: PartsOfWrite<Part>,
): Promise<{ readonly parts: readonly Part[]; readonly retried: Document }> {
  const parts: Part[] = [];
  let retried: Document = {};
  const standsAlone = (index: number) => isMany(index) || isLongSearch(index);
  const oneJob = (from: number) =>
    writeOnce(context, count, (transaction, statements) => {
      const part = newPart();
      const endMs = performance.now() + JOB_MS;
      const end = standsAlone(from) ? from + 1 : Math.min(count, from + WRITES_PER_JOB);
      let next = from;
      let goOn = true;
      while (goOn && next < end && (next === from || (performance.now() <= endMs && !standsAlone(next)))) {
        goOn = write(next, part, transaction, statements);
        next += 1;
      }
      return { part, next: goOn ? next : count, retried: statements.replyFields() };
    });
  for (let from = 0; from < count; ) {
    if (from > 0) await context.operation.breathe();
    if (isMany(from)) {
      const part = newPart();
      const done = await writeAlone(from, part);
      if (done !== null) {
        parts.push(part);
        from = done.goOn ? from + 1 : count;
        continue;
      }
    }
    if (isLongSearch(from)) await search(from);
    const job = await oneJob(from);
    parts.push(job.part);
    retried = joinedLists(retried, job.retried);
    from = job.next;
  }
  return { parts, retried };
}

/** The fields of all, lists of the same name one behind the other. */
export function joinedLists(...all: readonly Document[]): Document {
  const joined: Document = {};
  for (const fields of all) {
    for (const [name, list] of Object.entries(fields)) {
      const before = joined[name];
      joined[name] = Array.isArray(before) && Array.isArray(list) ? before.concat(list) : list;
    }
  }
  return joined;
}

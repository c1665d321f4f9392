/**
 * The record of the one run that fills a database: what it loads, how far it is, and which process is at it. It is what
 * lets an interrupted run go on, and what keeps a half-loaded database from looking like a finished one.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClientSession, Db } from 'mongodb';
import type { CollectionName } from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';
import { RUNS_COLLECTION } from '../project-collections.ts';

/** After this long without a sign of life, another process may take a run over. */
export const CLAIM_MS = 60_000;

export type Positions = Partial<Record<CollectionName, number>>;

export interface DataSetRun {
  readonly _id: 'data_set';
  readonly kind: 'generate' | 'import';
  /** `clearing`: the collections of before are being dropped. */
  readonly state: 'clearing' | 'loading' | 'complete';
  /** Equal for runs that load the same documents. */
  readonly fingerprint: string;
  /** What the run loads, for people and for going on: seed, counts, dates, files. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Documents of each collection that are surely stored, from the start of the stream without a gap. */
  readonly positions: Positions;
  readonly started_at: Date;
  readonly updated_at: Date;
  readonly finished_at?: Date;
  /** Since when the stores (or a command) have worked with the data: it is no longer just what was generated. */
  readonly in_use_since?: Date;
  /** The process that is at it; null between runs. */
  readonly claim: { readonly token: string; readonly host: string; readonly pid: number; readonly until: Date } | null;
}

/** The run that filled, or is filling, this database; null when there was none. */
export const readRun = (db: Db): Promise<DataSetRun | null> => runs(db).findOne({ _id: 'data_set' });

/** Notes that the data is in use from now on. The first time counts. Part of the caller's transaction, where it has one. */
export async function markInUse(db: Db, session?: ClientSession): Promise<void> {
  await runs(db).updateOne(
    { _id: 'data_set', in_use_since: { $exists: false } },
    { $set: { in_use_since: new Date() } },
    session === undefined ? {} : { session },
  );
}

export class RunClaim {
  readonly #db: Db;
  readonly #token: string;

  private constructor(db: Db, token: string) {
    this.#db = db;
    this.#token = token;
  }

  /** Makes this process the one that works on the run. Throws RUN_IN_PROGRESS while another does. */
  static async take(
    db: Db,
    previous: DataSetRun | null,
    next: Pick<DataSetRun, 'kind' | 'fingerprint' | 'parameters' | 'state' | 'positions'> & {
      readonly started_at?: Date;
    },
  ): Promise<RunClaim> {
    if (previous?.claim != null && isAlive(previous.claim)) throw inProgress(previous.claim);
    const now = new Date();
    const token = randomUUID();
    const run = { started_at: now, ...next, updated_at: now, claim: newClaim(token) };
    if (previous === null) {
      try {
        await runs(db).insertOne({ _id: 'data_set', ...run });
      } catch (error) {
        if ((error as { code?: unknown }).code !== 11000) throw error;
        throw inProgress((await readRun(db))?.claim ?? null);
      }
    } else {
      // Nobody else may have taken it since we looked.
      const { matchedCount } = await runs(db).updateOne(
        { _id: 'data_set', 'claim.token': previous.claim?.token ?? null, updated_at: previous.updated_at },
        { $set: run, $unset: { finished_at: '', in_use_since: '' } },
      );
      if (matchedCount === 0) throw inProgress((await readRun(db))?.claim ?? null);
    }
    return new RunClaim(db, token);
  }

  /** Writes how far the run is, which is also the sign of life. */
  async save(change: { readonly state?: DataSetRun['state']; readonly positions?: Positions }): Promise<void> {
    await this.#update({ ...change, claim: newClaim(this.#token) });
  }

  async complete(positions: Positions): Promise<void> {
    await this.#update({ state: 'complete', positions, finished_at: new Date(), claim: null });
  }

  /** Lets go of an unfinished run, so that the next process need not wait. */
  async release(positions: Positions): Promise<void> {
    await this.#update({ positions, claim: null });
  }

  async #update(change: Partial<DataSetRun>): Promise<void> {
    const { matchedCount } = await runs(this.#db).updateOne(
      { _id: 'data_set', 'claim.token': this.#token },
      { $set: { ...change, updated_at: new Date() } },
    );
    if (matchedCount === 0) throw inProgress((await readRun(this.#db))?.claim ?? null);
  }
}

const runs = (db: Db) => db.collection<DataSetRun>(RUNS_COLLECTION);

const newClaim = (token: string) => ({
  token,
  host: hostname(),
  pid: process.pid,
  until: new Date(Date.now() + CLAIM_MS),
});

function isAlive(claim: NonNullable<DataSetRun['claim']>): boolean {
  if (claim.until.getTime() < Date.now()) return false;
  if (claim.host !== hostname()) return true;
  if (claim.pid === process.pid) return true;
  try {
    process.kill(claim.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inProgress(claim: DataSetRun['claim']): DatabaseError {
  const who = claim === null ? 'Another process' : `Process ${claim.pid} on ${claim.host}`;
  return new DatabaseError('RUN_IN_PROGRESS', `${who} is filling this database right now.`, {
    data: claim === null ? {} : { pid: claim.pid, host: claim.host },
  });
}

/**
 * The torture itself: clients write, the server is killed, it comes back, and everything is compared; then again on the
 * same directory, and after some kills on a fresh one.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient, type MongoClientOptions, type Timestamp } from 'mongodb';
import { applyUnits, collectionKey, indexKey, resolve, type State } from './model.ts';
import { observe } from './observe.ts';
import { DATABASE, Performer } from './operations.ts';
import { Random } from './random.ts';
import { replayDifferences } from './replay.ts';
import { ServerProcess } from './server.ts';
import { StreamReader } from './stream-reader.ts';
import {
  CAPPED_DOCUMENTS_MAX,
  type Call,
  ClientScript,
  COUNTER_COLLECTION,
  COUNTER_ID,
  cappedCollection,
  describeIndex,
  indexesAtStart,
  MERGED_COLLECTION,
  mainCollections,
  type Operation,
} from './workload.ts';

export interface TortureOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly clients?: number;
  /** Leave the data directory of a failed round where it is. */
  readonly keep?: boolean;
  readonly onRound?: (round: RoundReport) => void;
  /** Ends after the round that runs. */
  readonly signal?: AbortSignal;
}

export interface RoundReport {
  readonly round: number;
  readonly ending: 'SIGKILL' | 'SIGKILL, then SIGKILL while opening' | 'SIGTERM';
  readonly acknowledged: number;
  readonly interrupted: readonly string[];
  readonly documents: number;
  readonly indexes: number;
  readonly events: number;
  readonly openMs: number;
  readonly violations: readonly string[];
}

export interface TortureReport {
  readonly rounds: readonly RoundReport[];
  readonly transactions: boolean;
  readonly violations: readonly string[];
  /** Where the directory of the failed round is, if it was kept. */
  readonly kept: string | null;
}

const CLIENTS = 6;
const KILLS_PER_DIRECTORY = [2, 5] as const;
/** The kill comes after so many acknowledged operations, and then at any moment of the next ones. */
const OPERATIONS_BEFORE_KILL = [0, 250] as const;
const KILL_DELAY_MS_MAX = 25;
/** … or after this time, on a slow machine. */
const WORK_MS_MAX = 4000;
const SERVER_SELECTION_MS = 400;
/** So large that only the number of documents counts. */
const CAPPED_BYTES = 100_000_000;
const VIOLATIONS_SHOWN_MAX = 40;
const JOURNAL_LINES_MAX = 12;

const clientOptions: MongoClientOptions = { serverSelectionTimeoutMS: SERVER_SELECTION_MS, maxPoolSize: 4 };

interface Client {
  readonly state: State;
  readonly script: ClientScript;
  readonly sessionBytes: Uint8Array;
  interrupted: Operation | null;
  /** What it did in this round and what came of it, for the report. */
  readonly journal: string[];
  retryableLast: Extract<Call, { do: 'retryable' }> | null;
}

export async function torture(options: TortureOptions): Promise<TortureReport> {
  const random = new Random(`torture ${options.seed}`);
  const rounds: RoundReport[] = [];
  let transactions = false;
  const isStopped = () => options.signal?.aborted ?? false;
  for (let directory = 1; rounds.length < options.rounds && !isStopped(); directory++) {
    const kills = Math.min(random.integer(...KILLS_PER_DIRECTORY), options.rounds - rounds.length);
    const dataDir = await mkdtemp(join(tmpdir(), `zava-torture-${options.seed}-${directory}-`));
    const world = new World(dataDir, `${options.seed}/${directory}`, options.clients ?? CLIENTS);
    let violations: readonly string[] = [];
    try {
      await world.open();
      transactions = world.transactions;
      for (let kill = 1; kill <= kills && violations.length === 0 && !isStopped(); kill++) {
        const round = await world.round(rounds.length + 1, new Random(`${options.seed}/${directory}/${kill}`));
        rounds.push(round);
        violations = round.violations;
        options.onRound?.(round);
      }
      if (violations.length === 0) violations = await world.readHistoryAgain();
    } finally {
      await world.leave();
      if (violations.length === 0 || options.keep !== true) await rm(dataDir, { recursive: true, force: true });
    }
    if (violations.length > 0)
      return { rounds, transactions, violations, kept: options.keep === true ? dataDir : null };
  }
  return { rounds, transactions, violations: [], kept: null };
}

/** One data directory, its clients, and what must be in it. */
class World {
  transactions = false;
  readonly #dataDir: string;
  readonly #seed: string;
  readonly #clientCount: number;
  #clients: Client[] = [];
  #counter = 0;
  #server: ServerProcess | undefined;
  #connection: MongoClient | undefined;
  #reader: StreamReader | undefined;
  #start: Timestamp | undefined;
  #marker = 0;

  constructor(dataDir: string, seed: string, clientCount: number) {
    this.#dataDir = dataDir;
    this.#seed = seed;
    this.#clientCount = clientCount;
  }

  async open(): Promise<void> {
    await this.#startServer();
    const db = this.#db;
    const { operationTime } = await db.command({ ping: 1 });
    this.#start = operationTime as Timestamp;
    const start: State = new Map();
    for (const collection of mainCollections) {
      await db.createCollection(
        collection,
        collection === 'orders' ? { changeStreamPreAndPostImages: { enabled: true } } : {},
      );
      start.set(collectionKey(collection), true);
      for (const index of indexesAtStart) {
        const { key, ...spec } = index;
        await db.collection(collection).createIndex(key, spec);
        start.set(indexKey(collection, index.name), describeIndex(index));
      }
    }
    await db.createCollection(MERGED_COLLECTION);
    start.set(collectionKey(MERGED_COLLECTION), true);
    for (let client = 0; client < this.#clientCount; client++) {
      const collection = cappedCollection(client);
      await db.createCollection(collection, { capped: true, size: CAPPED_BYTES, max: CAPPED_DOCUMENTS_MAX });
      start.set(collectionKey(collection), true);
    }
    await db.collection<{ _id: string; value: number }>(COUNTER_COLLECTION).insertOne({ _id: COUNTER_ID, value: 0 });
    this.transactions = await this.#hasTransactions();
    this.#reader = new StreamReader(this.#start);
    this.#clients = Array.from({ length: this.#clientCount }, (_, client) => {
      const state: State = client === 0 ? start : new Map();
      return {
        state,
        script: new ClientScript({
          client,
          random: new Random(`${this.#seed}/client ${client}`),
          state,
          transactions: this.transactions,
          catalog: client === 0,
        }),
        sessionBytes: createHash('sha256').update(`${this.#seed}/${client}`).digest().subarray(0, 16),
        interrupted: null,
        journal: [],
        retryableLast: null,
      };
    });
  }

  async round(round: number, random: Random): Promise<RoundReport> {
    const server = this.#server!;
    const chance = random.next();
    const ending = chance < 0.1 ? 'SIGTERM' : chance < 0.2 ? 'SIGKILL, then SIGKILL while opening' : 'SIGKILL';
    const violations: string[] = [];
    let isAlive = true;
    this.#reader!.follow(this.#db, () => isAlive);
    const until = performance.now() + WORK_MS_MAX;
    let toDo = random.integer(...OPERATIONS_BEFORE_KILL);
    const onAcknowledged = () => void (toDo -= 1);
    const work = this.#clients.map((client) =>
      this.#work(client, server.uri, () => isAlive, onAcknowledged, violations),
    );
    const delayMs = random.next() * KILL_DELAY_MS_MAX;
    while (toDo > 0 && performance.now() < until && violations.length === 0 && server.ending === null) await sleep(1);
    await sleep(delayMs);
    if (server.ending !== null) violations.push(`the server ended by itself: ${server.ending}`);
    isAlive = false;
    if (ending === 'SIGTERM') {
      const how = await server.stop();
      if (how !== 'exit code 0') violations.push(`the server was asked to stop: ${how}`);
    } else await server.kill();
    const acknowledged = (await Promise.all(work)).reduce((sum, count) => sum + count, 0);
    if (server.said !== '') violations.push(`the server reported faults: ${server.said.slice(0, 3000)}`);
    await this.#reader!.leave();
    await this.#connection!.close();
    if (ending.endsWith('opening')) await this.#killWhileOpening(random);
    const openedAt = performance.now();
    await this.#startServer();
    const openMs = Math.round(performance.now() - openedAt);
    const interrupted = this.#clients.flatMap((client) =>
      client.interrupted === null ? [] : [client.interrupted.call.do],
    );
    const found = violations.length > 0 ? null : await this.#check(violations);
    return {
      round,
      ending,
      acknowledged,
      interrupted,
      documents: found?.documents ?? 0,
      indexes: found?.indexes ?? 0,
      events: this.#reader!.replay.events,
      openMs,
      violations: violations.slice(0, VIOLATIONS_SHOWN_MAX),
    };
  }

  /** Reads all events from the beginning once more: they must be those that were read on the way, over all kills. */
  async readHistoryAgain(): Promise<string[]> {
    const again = new StreamReader(this.#start!);
    again.follow(this.#db, () => true);
    const isComplete = await again.catchUp(this.#db, 'history');
    await again.leave();
    if (!isComplete) return ['the change stream read from its beginning does not reach the end', ...again.violations];
    const [then, now] = [this.#reader!.tokens, again.tokens];
    const at = then.findIndex((token, k) => token !== now[k]);
    if (then.length === now.length && at === -1) return [...again.replay.violations];
    return [
      `the history differs from what was read on the way: ${now.length} events, were ${then.length}; the first difference is at ${at === -1 ? then.length : at}`,
    ];
  }

  async leave(): Promise<void> {
    await this.#reader?.leave();
    await this.#connection?.close().catch(() => {});
    await this.#server?.kill();
  }

  get #db(): Db {
    return this.#connection!.db(DATABASE);
  }

  async #startServer(): Promise<void> {
    this.#server = await ServerProcess.start(this.#dataDir);
    this.#connection = new MongoClient(this.#server.uri, clientOptions);
    await this.#connection.connect();
  }

  async #killWhileOpening(random: Random): Promise<void> {
    // Ready or not: a part of these kills meets a server that has just begun to serve.
    const starting = ServerProcess.start(this.#dataDir, random.integer(100, 2500));
    await starting.then(
      (server) => server.kill(),
      () => {},
    );
  }

  async #hasTransactions(): Promise<boolean> {
    const session = this.#connection!.startSession();
    try {
      session.startTransaction();
      await this.#db.collection(COUNTER_COLLECTION).findOne({}, { session });
      await session.commitTransaction();
      return true;
    } catch {
      return false;
    } finally {
      await session.endSession();
    }
  }

  async #work(
    client: Client,
    uri: string,
    isAlive: () => boolean,
    onAcknowledged: () => void,
    violations: string[],
  ): Promise<number> {
    await using connection = new MongoClient(uri, clientOptions);
    const performer = new Performer(connection, client.sessionBytes);
    let acknowledged = 0;
    // A busy machine may not even connect within the short time that ends the wait for a killed server.
    while (isAlive() && !(await isConnected(connection)));
    client.interrupted = null;
    client.journal.length = 0;
    while (isAlive()) {
      const operation = client.script.next();
      const result = await performer.perform(operation);
      client.journal.push(`${JSON.stringify(operation.call).replace(/x{20,}/g, 'x…x')} → ${JSON.stringify(result)}`);
      if (result.outcome === 'acknowledged') {
        acknowledged += 1;
        onAcknowledged();
        applyUnits(client.state, operation.effect.units);
        this.#counter += operation.increments;
        if (operation.call.do === 'retryable') client.retryableLast = operation.call;
      } else if (result.outcome !== 'refused') {
        client.interrupted = operation;
        if (isAlive())
          violations.push(
            result.outcome === 'wrong'
              ? result.what
              : `the connection was lost during ${operation.call.do}, though nobody had killed the server`,
          );
        return acknowledged;
      }
    }
    return acknowledged;
  }

  async #check(violations: string[]): Promise<{ documents: number; indexes: number } | null> {
    await this.#repeatRetryableWrites(violations);
    this.#reader!.follow(this.#db, () => true);
    const seen = await observe(this.#db);
    violations.push(...seen.violations);
    let [least, most] = [this.#counter, this.#counter];
    for (const client of this.#clients) {
      const { interrupted } = client;
      const {
        violations: differences,
        keys,
        unitsKept,
      } = resolve(client.state, partOf(this.#clients, client, seen.state), interrupted?.effect ?? null);
      violations.push(...differences);
      const ids = new Set(keys.map((key) => `"${key.slice(key.indexOf('/') + 1)}"`));
      if (ids.size > 0) {
        const about = client.journal.filter((line) => [...ids].some((id) => line.includes(id)));
        violations.push(...about.slice(-JOURNAL_LINES_MAX).map((line) => `  the client did: ${line}`));
      }
      if (interrupted === null || interrupted.increments === 0) continue;
      if (interrupted.effect.units.length === 0) most += 1;
      else if (unitsKept > 0) {
        least += 1;
        most += 1;
      }
    }
    if (!(seen.counter >= least && seen.counter <= most)) {
      violations.push(
        `the shared counter is ${seen.counter}, must be ${least === most ? least : `from ${least} to ${most}`}`,
      );
    }
    this.#counter = seen.counter;
    this.#marker += 1;
    const reader = this.#reader!;
    if (!(await reader.catchUp(this.#db, `round ${this.#marker}`)))
      violations.push('the change stream does not reach the newest write');
    else
      violations.push(
        ...replayDifferences(
          reader.replay.state,
          new Map([...seen.state, [`${COUNTER_COLLECTION}/${COUNTER_ID}`, { _id: COUNTER_ID, value: seen.counter }]]),
        ),
      );
    violations.push(...reader.violations, ...reader.replay.violations);
    await reader.leave();
    return seen;
  }

  /** Each client sends its last retryable write again: the interrupted one takes effect once, the acknowledged one not again. */
  async #repeatRetryableWrites(violations: string[]): Promise<void> {
    for (const client of this.#clients) {
      const call = client.interrupted?.call.do === 'retryable' ? client.interrupted.call : client.retryableLast;
      if (call === null) continue;
      try {
        await new Performer(this.#connection!, client.sessionBytes).repeat(call);
      } catch (error) {
        violations.push(
          `a retryable write that is sent again after the crash fails: ${error instanceof Error ? error.message : String(error)}`,
        );
        continue;
      }
      if (client.interrupted?.call === call) {
        applyUnits(client.state, client.interrupted.effect.units);
        client.interrupted = null;
        client.retryableLast = call;
      }
    }
  }
}

/** What of the database belongs to a client: the documents that it made; the first one has also all that nobody made. */
function partOf(clients: readonly Client[], client: Client, observed: State): State {
  const at = clients.indexOf(client);
  return new Map([...observed].filter(([key]) => ownerOf(key, clients.length) === at));
}

function ownerOf(key: string, clientCount: number): number {
  const owner = Number(/\/c(\d+)-\d+$/.exec(key)?.[1] ?? 0);
  return owner < clientCount ? owner : 0;
}

const isConnected = (connection: MongoClient): Promise<boolean> =>
  connection.connect().then(
    () => true,
    () => false,
  );

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

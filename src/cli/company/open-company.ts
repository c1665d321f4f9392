/**
 * Brings the company up step by step, each with the command that a person could run too, and tells `Opening` how far it
 * is. What was done before is not done again.
 */
import type { ChildProcess } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Db, MongoClient } from 'mongodb';
import {
  compareIndexes,
  connect,
  countProjectDocuments,
  type DataSetRun,
  readChangeStreamStates,
  readRun,
  redactConnectionString,
  SummaryFollower,
  withDatabaseName,
} from '../../database/index.ts';
import { CodedError } from '../../domain/index.ts';
import type { ApplyContext, Gateway } from '../../gateway/index.ts';
import type { DatabaseDescription, Opening, Problem } from '../../headquarters/index.ts';
import { CliError } from '../errors.ts';
import { findRunningServer } from '../running-server.ts';
import type { Settings } from '../settings.ts';
import { type ChildOutcome, parseJson, runZava, startZava, stopZava } from './child-program.ts';
import { DeviceFleet } from './device-fleet.ts';
import { isFree } from './free-port.ts';
import { readValidation, type StoredValidation, summaryOf, writeValidation } from './stored-validation.ts';
import { warmUp } from './warm-up.ts';

/** The port that MongoDB's tools look for first; where it is taken, any free one. */
const USUAL_PORT = 27_017;
const SERVER_START_MS = 30_000;
const LOOK_AGAIN_MS = 50;

export const openingSteps = [
  { id: 'database', title: 'Start the database' },
  { id: 'load', title: 'Make the data set and load it' },
  { id: 'indexes', title: 'Build the indexes' },
  { id: 'change_streams', title: 'Turn change streams on' },
  { id: 'validate', title: 'Check every document' },
  { id: 'gateway', title: 'Let devices in' },
  { id: 'devices', title: 'Start the devices of the stores' },
] as const;

type StepId = (typeof openingSteps)[number]['id'];

export interface CompanyOptions {
  readonly settings: Settings;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly opening: Opening;
  /** Flags for `zava generate`. */
  readonly generateWords: readonly string[];
  /** How many devices of the stores come up with it; 0 for none. */
  readonly devices: number;
  /** Whether the database and the devices' apps answer where people look for them, 27017 and from 4101 on, or anywhere. */
  readonly hasUsualPorts: boolean;
  readonly now: () => Date;
  readonly note: (line: string) => void;
}

/** What is open so far. The first page asks it while it still grows. */
export class Company implements AsyncDisposable {
  #client: MongoClient | null = null;
  #server: ChildProcess | null = null;
  #database: { readonly db: Db; readonly description: DatabaseDescription } | null = null;
  #validation: StoredValidation | null = null;
  #gateway: Gateway | null = null;
  #summaries: SummaryFollower | null = null;
  #fleet: DeviceFleet | null = null;
  #sync: ApplyContext | null = null;
  readonly #options: CompanyOptions;
  /** Rejects when the embedded server ends although nobody stopped it. */
  readonly serverLost: Promise<never>;
  #loseServer: (error: Error) => void = () => {};

  constructor(options: CompanyOptions) {
    this.#options = options;
    this.serverLost = new Promise((_, reject) => {
      this.#loseServer = reject;
    });
    this.serverLost.catch(() => {}); // whoever waits for it hears it; nobody has to
  }

  get database() {
    return this.#database;
  }

  get validation() {
    return this.#validation;
  }

  /** What settles the inbox: null until devices are let in. */
  get sync(): ApplyContext | null {
    return this.#sync;
  }

  get fleet(): DeviceFleet | null {
    return this.#fleet;
  }

  /** Throws ACCESS_REFUSED where the token was withdrawn. */
  async checkWithdrawn(tokenId: string): Promise<void> {
    const { GatewayError, readWithdrawn } = await import('../../gateway/index.ts');
    const because = (await readWithdrawn(this.#openDb())).tokens.get(tokenId);
    if (because !== undefined) throw new GatewayError('ACCESS_REFUSED', because);
  }

  /** For WebSockets of headquarters' server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    return this.#gateway?.upgrade(request, socket, head) ?? false;
  }

  /** Before the server that their connections came through is closed: it would wait for them. */
  async sendDevicesAway(): Promise<void> {
    await this.#fleet?.stop();
    const gateway = this.#gateway;
    this.#gateway = null;
    await gateway?.close();
  }

  /** Runs all steps. Throws what a step threw, after telling `Opening`. `syncUri` is where devices will find the gateway. */
  async open(syncUri: string): Promise<void> {
    await this.#step('database', () => this.#openDatabase());
    await this.#step('load', () => this.#load());
    await this.#step('indexes', () => this.#index());
    await this.#step('change_streams', () => this.#enableChangeStreams());
    await this.#step('validate', () => this.#validate());
    await this.#step('gateway', () => this.#letDevicesIn(syncUri));
    await this.#step('devices', () => this.#startDevices(syncUri));
    void warmUp(() => this.#database?.db ?? null).then(() => this.#keepSummaries());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sendDevicesAway();
    this.#database = null;
    await this.#summaries?.[Symbol.asyncDispose]();
    this.#summaries = null;
    this.#sync = null;
    await this.#client?.close();
    if (this.#server !== null) await stopZava(this.#server);
  }

  async #step(id: StepId, work: () => Promise<StepEnd>): Promise<void> {
    const { opening } = this.#options;
    opening.start(id);
    try {
      const end = await work();
      if (end.state === 'skipped') opening.skip(id, end.note);
      else opening.finish(id, end.note);
    } catch (error) {
      opening.fail(id, problemOf(error));
      throw error;
    }
  }

  /** Not before the pages are quick: the first build reads every order. */
  #keepSummaries(): void {
    const db = this.#database?.db;
    if (db === undefined) return;
    this.#summaries = new SummaryFollower({ db, log: this.#options.note });
  }

  async #openDatabase(): Promise<StepEnd> {
    const { settings, signal } = this.#options;
    const given = settings.MONGODB_CONNECTION_STRING;
    const uri = given ?? (await this.#embeddedServer());
    const { client } = await connect(uri, { signal });
    this.#client = client;
    const db = client.db(settings.MONGODB_DATABASE);
    const { version } = (await db.command({ buildInfo: 1 })) as { version?: string };
    this.#database = {
      db,
      description: {
        kind: given === undefined ? 'embedded' : 'mongodb',
        connectionString: redactConnectionString(withDatabaseName(uri, settings.MONGODB_DATABASE)),
        databaseName: settings.MONGODB_DATABASE,
        version: version ?? null,
      },
    };
    return { state: 'done', note: this.#database.description.connectionString };
  }

  /** The address of the embedded server: of one that runs on the data directory already, or of a new process. */
  async #embeddedServer(): Promise<string> {
    const { settings, directory, environment, signal } = this.#options;
    const running = await findRunningServer(settings.ZAVA_DATA_DIR);
    if (running !== undefined) return running.uri;
    const port = this.#options.hasUsualPorts && (await isFree(USUAL_PORT)) ? USUAL_PORT : 0;
    const notes: string[] = [];
    const child = startZava(['db', '--port', String(port)], {
      directory,
      environment,
      onNote: (note) => notes.push(note),
    });
    this.#server = child;
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    let isUp = false;
    child.once('close', (code, killedBy) => {
      if (isUp && !signal.aborted) {
        const how = killedBy === null ? `ended by itself (exit code ${code})` : `was ended by the signal ${killedBy}`;
        this.#loseServer(new CliError('SERVER_LOST', `The embedded server ${how}.`));
      }
    });
    for (const giveUpAtMs = Date.now() + SERVER_START_MS; Date.now() < giveUpAtMs; ) {
      signal.throwIfAborted();
      const found = await findRunningServer(settings.ZAVA_DATA_DIR);
      if (found !== undefined) {
        isUp = true;
        return found.uri;
      }
      if (child.exitCode !== null) {
        throw problemFrom({ exitCode: child.exitCode, result: parseJson(output) }, notes.join('\n'));
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    throw new CliError('SERVER_LOST', `The embedded server did not answer within ${SERVER_START_MS / 1000} s.`);
  }

  async #load(): Promise<StepEnd> {
    const { generateWords, now } = this.#options;
    const db = this.#openDb();
    const run = await readRun(db);
    if (run?.state === 'complete') return { state: 'skipped', note: 'Loaded before.' };
    if (run === null) {
      const counts = await countProjectDocuments(db);
      if (counts.some(({ documents }) => documents > 0)) {
        return { state: 'skipped', note: 'The database holds documents of its own; they stay as they are.' };
      }
    }
    // A run that was interrupted goes on with the day on which it began: another day is another data set.
    const today = todayOf(run) ?? `${now().toISOString().slice(0, 19)}Z`;
    return await this.#run('load', ['generate', '--today', today, ...generateWords]);
  }

  async #index(): Promise<StepEnd> {
    const indexes = (await compareIndexes(this.#openDb())).filter(({ state }) => state !== 'foreign');
    if (indexes.every(({ state }) => state === 'as expected')) {
      return { state: 'skipped', note: `All ${indexes.length} are there.` };
    }
    return await this.#run('indexes', ['indexes', 'create']);
  }

  async #enableChangeStreams(): Promise<StepEnd> {
    const collections = await readChangeStreamStates(this.#openDb());
    if (collections.every(({ isEnabled }) => isEnabled)) return { state: 'skipped', note: 'They are on.' };
    return await this.#run('change_streams', ['change-streams', 'enable']);
  }

  async #validate(): Promise<StepEnd> {
    const { settings } = this.#options;
    const run = await readRun(this.#openDb());
    const stored = await readValidation(settings.ZAVA_DATA_DIR, run);
    if (stored !== null) {
      this.#validation = stored;
      return { state: 'skipped', note: 'Checked before.' };
    }
    const html = `${settings.ZAVA_DATA_DIR}/validation.html`;
    const outcome = await this.#child('validate', ['validate', '--html', html]);
    const summary = summaryOf(outcome.result);
    if (summary === null) throw problemFrom(outcome, '');
    this.#validation = await writeValidation(settings.ZAVA_DATA_DIR, run, summary, html);
    const verdict = summary.passed ? 'passed' : `${summary.failedChecks} failed`;
    return { state: 'done', note: `${summary.checks} checks, ${verdict}` };
  }

  /** Last, so that devices and the checks don't wait for each other. */
  async #letDevicesIn(syncUri: string): Promise<StepEnd> {
    const { settings, note } = this.#options;
    if (this.#client === null) throw new Error('The database is the first step.');
    // Loaded when its turn has come: the first page waits for none of it.
    const [{ Gateway }, { gatewayPartsOf }] = await Promise.all([
      import('../../gateway/index.ts'),
      import('../gateway-parts.ts'),
    ]);
    const parts = await gatewayPartsOf({ client: this.#client, db: this.#openDb() }, settings, note);
    this.#gateway = await Gateway.start(parts);
    const { client, db, permissions } = parts;
    this.#sync = { client, db, permissions, wallClockMs: () => this.#options.now().getTime() };
    return { state: 'done', note: syncUri };
  }

  async #startDevices(gatewayUri: string): Promise<StepEnd> {
    const { devices: count, hasUsualPorts, directory, environment, note } = this.#options;
    if (count === 0) return { state: 'skipped', note: 'None were asked for.' };
    this.#fleet = await DeviceFleet.start({
      db: this.#openDb(),
      count,
      gatewayUri,
      hasUsualPorts,
      directory,
      environment,
      note,
    });
    const { devices } = this.#fleet;
    const answering = devices.filter(({ url }) => url !== null).length;
    return { state: 'done', note: `${answering} of ${devices.length} answer` };
  }

  async #run(id: StepId, words: readonly string[]): Promise<StepEnd> {
    const outcome = await this.#child(id, words);
    if (outcome.exitCode !== 0) throw problemFrom(outcome, '');
    return { state: 'done', note: '' };
  }

  #child(id: StepId, words: readonly string[]): Promise<ChildOutcome> {
    const { directory, environment, signal, opening, note } = this.#options;
    return runZava(words, {
      directory,
      environment,
      signal,
      onNote: note,
      onProgress: ({ phase, done, total, unit }) =>
        opening.progress(id, { done, total: total ?? null, unit, note: phase }),
    });
  }

  #openDb(): Db {
    if (this.#database === null) throw new Error('The database is the first step.');
    return this.#database.db;
  }
}

interface StepEnd {
  readonly state: 'done' | 'skipped';
  readonly note: string;
}

const todayOf = (run: DataSetRun | null): string | null => {
  const today = run?.kind === 'generate' ? run.parameters['today'] : undefined;
  return typeof today === 'string' ? today : null;
};

/** The error that a command printed with `--json`, as our own. */
function problemFrom({ exitCode, result }: ChildOutcome, notes: string): CliError {
  const error = (result as { error?: Partial<Problem> } | null)?.error;
  if (typeof error?.code === 'string' && typeof error.message === 'string') {
    return new CodedError(error.code, error.fix ?? '', error.message, { data: { exitCode } });
  }
  return new CliError('STEP_FAILED', `A step ended with exit code ${exitCode}. ${notes}`.trim());
}

function problemOf(error: unknown): Problem {
  const { code, message, fix } = error as Partial<Problem>;
  return {
    code: typeof code === 'string' ? code : 'OUR_MISTAKE',
    message: typeof message === 'string' ? message : String(error),
    fix: typeof fix === 'string' ? fix : 'Please report it as CONTRIBUTING.md says.',
  };
}

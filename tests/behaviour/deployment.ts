/**
 * What the behaviour tests share: a database on whichever MongoDB the tests use, the commands that the driver sends, and
 * fail points. On a real MongoDB fail points need `--setParameter enableTestCommands=1`; tests that use them skip elsewhere.
 */
import { randomUUID } from 'node:crypto';
import {
  type ClientSession,
  type CommandFailedEvent,
  type CommandStartedEvent,
  type CommandSucceededEvent,
  type Db,
  type Document,
  MongoClient,
  type MongoClientOptions,
  MongoServerError,
} from 'mongodb';
import { testServerUri } from '../support/database.ts';

export interface Deployment extends AsyncDisposable {
  readonly client: MongoClient;
  readonly db: Db;
  /** Names of the commands sent since the last call, in order; those of the tests' own machinery left out. */
  sent(): string[];
  /** The commands themselves, since the last call. */
  commands(): CommandStartedEvent[];
  /**
   * A session for commands that carry transaction numbers by hand. It is never given back to the driver's pool, which would
   * count on from a lower number.
   */
  session(): ClientSession;
  /** A second client of the same deployment, closed with the first. */
  connect(options?: MongoClientOptions): Promise<MongoClient>;
  /** Makes commands fail until the deployment is closed, or as often as `mode` says. */
  failPoint(name: string, mode: Document | 'alwaysOn', data?: Document): Promise<void>;
}

const OWN = new Set(['configureFailPoint', 'endSessions', 'hello', 'isMaster', 'ping', 'killCursors']);

export async function openDeployment(options: MongoClientOptions = {}): Promise<Deployment> {
  const uri = await testServerUri();
  const clients: MongoClient[] = [];
  const connect = async (more: MongoClientOptions = {}) => {
    // After some faults the driver waits for its monitor, which may miss the wish for a look at once: looks come often.
    const client = new MongoClient(uri, { serverSelectionTimeoutMS: 20_000, heartbeatFrequencyMS: 500, ...more });
    clients.push(client);
    return client.connect();
  };
  const admin = await connect();
  const client = await connect({ monitorCommands: true, ...options });
  let events: CommandStartedEvent[] = [];
  client.on('commandStarted', (event) => {
    if (!OWN.has(event.commandName)) events.push(event);
  });
  const failing = new Set<string>();
  const db = client.db(`zava_behaviour_${randomUUID().slice(0, 8)}`);
  const commands = () => {
    const seen = events;
    events = [];
    return seen;
  };
  return {
    client,
    db,
    commands,
    connect,
    session: () => client.startSession({ causalConsistency: false }),
    sent: () => commands().map(({ commandName }) => commandName),
    async failPoint(name, mode, data = {}) {
      failing.add(name);
      await admin.db('admin').command({ configureFailPoint: name, mode, data });
    },
    async [Symbol.asyncDispose]() {
      for (const name of failing) await admin.db('admin').command({ configureFailPoint: name, mode: 'off' });
      // Closing a client aborts the transactions that a failed test has left open: the drop would wait for them.
      await Promise.all(clients.filter((one) => one !== admin).map((one) => one.close()));
      await admin.db(db.databaseName).dropDatabase();
      await admin.close();
    },
  };
}

/** What a command failed with: code, name, labels; undefined where it succeeded. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: unknown; codeName: unknown; labels: string[]; message: string } | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    // A client's bulk write wraps what the server said.
    const answer = [(error as Error).cause, error].find((one) => one instanceof MongoServerError);
    const { code, codeName } = answer ?? ({} as MongoServerError);
    const labels = (answer ?? (error as MongoServerError)).errorLabels ?? [];
    // Labels of the driver's own are not the server's.
    const given = labels.filter((label) => label !== 'ResetPool' && label !== 'InterruptInUseConnections').sort();
    return { code, codeName, labels: given, message: (error as Error).message };
  }
}

export type { CommandFailedEvent, CommandSucceededEvent };

import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';
import { parseConnectionString } from './connection-string.ts';
import { databaseErrorFrom } from './error-mapping.ts';

export interface ConnectOptions {
  /** Shows up in the server's log and in Atlas. */
  readonly appName?: string;
  /** How long to look for the server. */
  readonly serverSelectionTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly clientOptions?: MongoClientOptions;
}

/**
 * For a server beyond a network. A connection may die without a word, and what waits on it would wait for ever: the driver's
 * own watch finds that after both times together, and gives up all connections that it had.
 */
export const WATCHFUL_CLIENT_OPTIONS = {
  heartbeatFrequencyMS: 2_000,
  connectTimeoutMS: 5_000,
} as const satisfies MongoClientOptions;

export interface Connection {
  readonly client: MongoClient;
  db(name: string): Db;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Connects and makes sure that the server answers. Throws a DatabaseError that says what is wrong, without secrets. */
export async function connect(uri: string, options: ConnectOptions = {}): Promise<Connection> {
  parseConnectionString(uri);
  const connectTimeoutMS = options.connectTimeoutMs ?? 10_000;
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(uri, {
      appName: options.appName ?? 'zava',
      serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 10_000,
      connectTimeoutMS,
      ...options.clientOptions,
    });
    await client.connect();
    await client.db('admin').command({ ping: 1 }, options.signal === undefined ? {} : { signal: options.signal });
  } catch (error) {
    await client?.close().catch(() => {});
    throw databaseErrorFrom(error) ?? error;
  }
  const opened = client;
  const close = () => opened.close();
  return { client: opened, db: (name) => opened.db(name), close, [Symbol.asyncDispose]: close };
}

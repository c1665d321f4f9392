/**
 * The database that a command works on: the one that the settings name; without one, the embedded server that runs on
 * the data directory; and where none runs, one of our own for as long as the command takes.
 */
import type { Db, MongoClient } from 'mongodb';
import { connect, redactConnectionString, WATCHFUL_CLIENT_OPTIONS } from '../database/index.ts';
import { type OwnServer, openEmbeddedServer } from './embedded-server.ts';
import { findRunningServer } from './running-server.ts';
import type { Settings } from './settings.ts';

export interface OpenDatabase {
  readonly client: MongoClient;
  readonly db: Db;
  readonly uri: string;
  /** For people: the address without the password. */
  readonly address: string;
  /** `own`: the embedded server, started for this command; `running`: the one of `zava db` or `zava start`. */
  readonly server: 'own' | 'running' | 'given';
  [Symbol.asyncDispose](): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** Use MONGODB_LOCAL_CONNECTION_STRING. */
  readonly local?: boolean;
  readonly signal?: AbortSignal;
  readonly note?: (line: string) => void;
}

/** The connection string that a command would use, without connecting; undefined stands for the embedded server. */
export const givenConnectionString = (settings: Settings, local: boolean | undefined): string | undefined =>
  local === true ? settings.MONGODB_LOCAL_CONNECTION_STRING : settings.MONGODB_CONNECTION_STRING;

export async function openDatabase(settings: Settings, options: OpenDatabaseOptions = {}): Promise<OpenDatabase> {
  const given = givenConnectionString(settings, options.local);
  if (given !== undefined) return await openAt(given, 'given', settings, options);
  const running = await findRunningServer(settings.ZAVA_DATA_DIR);
  if (running !== undefined) return await openAt(running.uri, 'running', settings, options);
  const own = await openEmbeddedServer(settings.ZAVA_DATA_DIR, 0);
  options.note?.(`No MONGODB_CONNECTION_STRING: using the embedded server on ${settings.ZAVA_DATA_DIR}.`);
  try {
    return await openAt(own.uri, 'own', settings, options, own);
  } catch (error) {
    await own.close();
    throw error;
  }
}

async function openAt(
  uri: string,
  server: OpenDatabase['server'],
  settings: Settings,
  { signal }: OpenDatabaseOptions,
  own?: OwnServer,
): Promise<OpenDatabase> {
  const { client } = await connect(uri, {
    ...(signal === undefined ? {} : { signal }),
    ...(server === 'given' ? { clientOptions: WATCHFUL_CLIENT_OPTIONS } : {}),
  });
  return {
    client,
    db: client.db(settings.MONGODB_DATABASE),
    uri,
    address: redactConnectionString(uri),
    server,
    async [Symbol.asyncDispose]() {
      await client.close();
      await own?.close();
    },
  };
}

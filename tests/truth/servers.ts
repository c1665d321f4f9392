/** Servers and collections of one's own, read so that every BSON type stays what it is. */
// The types of BSON come from the driver everywhere here: `bson` loaded beside it would be another copy of the same classes.
import { BSON, type Collection, type Db, type Document, MongoClient, MongoServerError } from 'mongodb';
import { afterAll } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { makeTestFolder } from '../support/database.ts';

/** Every number keeps its type and a regular expression its options. */
const exactTypes = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

export interface Peer {
  readonly client: MongoClient;
  readonly db: Db;
}

/** A fresh embedded server of the test file's own. */
export async function openEmbedded(): Promise<Peer> {
  const folder = await makeTestFolder();
  const server = await startEmbeddedServer({ dataDir: folder.path, port: 0 });
  closers.push(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });
  return connect(server.uri, 'truth');
}

/** A database that is dropped at the end, on any MongoDB. */
export async function connect(uri: string, name: string): Promise<Peer> {
  const client = await new MongoClient(uri, { ...exactTypes, serverSelectionTimeoutMS: 5000 }).connect();
  const db = client.db(name);
  closers.push(async () => {
    await db.dropDatabase().catch(() => undefined);
    await client.close();
  });
  return { client, db };
}

let collectionLast = 0;

/** A new collection for one case, gone when the case is over. */
export async function withCollection(db: Db, run: (collection: Collection<Document>) => Promise<void>): Promise<void> {
  const collection = db.collection(`c${++collectionLast}`);
  try {
    await run(collection);
  } finally {
    await collection.drop().catch(() => undefined);
  }
}

/** Text that is equal exactly for equal BSON: types, order of fields, signs of zeros. */
export function exact(value: unknown): string {
  if (value === undefined) return 'missing';
  return BSON.EJSON.stringify(value as Document, { relaxed: false });
}

/** What an operation answered: its result, or the code of its refusal. */
export type Outcome<T> = { readonly result: T } | { readonly code: number; readonly message: string };

export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: await work() };
  } catch (error) {
    if (error instanceof MongoServerError) return { code: Number(error.code), message: error.message };
    throw error;
  }
}

export const isRefused = <T>(outcome: Outcome<T>): outcome is { readonly code: number; readonly message: string } =>
  'code' in outcome;

/** The same documents, whatever their order. */
export const asBag = (documents: readonly unknown[]): string[] => documents.map(exact).sort();

/** A small company in a database, for the examples to work on; and whether they left it as it was. */
import { createHash } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import { createIndexes } from '../../src/database/index.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { SmallDataSet } from '../support/small-data-set.ts';

export interface ExampleDatabase extends AsyncDisposable {
  /** With the name of the database in it, as the examples want it. */
  readonly uri: string;
  readonly db: Db;
  readonly dataSet: SmallDataSet;
}

export async function openExampleDatabase(): Promise<ExampleDatabase> {
  const database: TestDatabase = await openTestDatabase();
  const dataSet = SmallDataSet.generate({ numCustomers: 120, numOrders: 1_500 });
  for (const [collection, documents] of dataSet.entries()) {
    await database.db.collection(collection).insertMany(documents as Document[]);
  }
  await createIndexes(database.db);
  const url = new URL(database.uri);
  url.pathname = `/${database.name}`;
  return { uri: url.href, db: database.db, dataSet, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

/** Every collection with a hash of its documents. */
export async function fingerprintOf(db: Db): Promise<Readonly<Record<string, string>>> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const names = collections.map(({ name }) => name).sort();
  const hashes = names.map(async (name) => {
    const hash = createHash('sha256');
    for await (const document of db.collection(name).find().sort({ _id: 1 })) hash.update(JSON.stringify(document));
    return [name, hash.digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

import { Binary, Decimal128, Long, ObjectId, Timestamp, UUID } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { type AnyDocument, SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { enableChangeStreams } from '../change-streams/enable.ts';
import { createIndexes } from '../indexes/manage.ts';
import { rebuildSummaries } from '../summaries/keep.ts';
import type { CheckId } from './checks.ts';
import { type ValidationReport, validationReportSchema } from './report.ts';
import { type ValidateDatabaseOptions, validateDatabase } from './validate-database.ts';

/* Through the driver and a real server: what only a database can have wrong, and that types survive the way. */

const sound = SmallDataSet.generate({ numCustomers: 60, numOrders: 150 });

const failing = ({ checks }: ValidationReport): CheckId[] =>
  checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id as CheckId);

async function openSoundDatabase(): Promise<Awaited<ReturnType<typeof openTestDatabase>>> {
  const database = await openTestDatabase();
  await enableChangeStreams(database.db);
  for (const [collection, documents] of sound.entries()) {
    await database.db.collection(collection).insertMany(documents);
  }
  await createIndexes(database.db);
  return database;
}

const validate = (db: ValidateDatabaseOptions['db'], more: Partial<ValidateDatabaseOptions> = {}) =>
  validateDatabase({ db, manifest: { documents: sound.counts }, ...more });

type Db = ValidateDatabaseOptions['db'];

/** Documents whose `_id` is a text, whatever else they hold. */
type Stored = AnyDocument & { readonly _id: string };
const collectionOf = (db: Db, name: string) => db.collection<Stored>(name);

interface Corruption {
  readonly name: string;
  readonly corrupt: (db: Db) => Promise<unknown>;
  readonly restore: (db: Db) => Promise<unknown>;
  readonly fails: readonly CheckId[];
}

/** Changes one document and puts it back as it was. */
function changed(
  name: string,
  fails: readonly CheckId[],
  collection: Parameters<SmallDataSet['of']>[0],
  changes: AnyDocument,
  document: AnyDocument = sound.find(collection, 0),
): Corruption {
  const _id = document['_id'];
  return {
    name,
    fails,
    corrupt: (db) => db.collection(collection).updateOne({ _id }, { $set: changes }),
    restore: (db) => db.collection(collection).replaceOne({ _id }, document),
  };
}

const order = sound.find('orders', ({ item_count }) => item_count > 1);
const item = sound.find('order_items', ({ order_id }) => order_id === order['order_id']);
const images = (enabled: boolean) => ({ changeStreamPreAndPostImages: { enabled } });

const corruptions: readonly Corruption[] = [
  {
    name: 'an index is missing that no standard query needs',
    fails: ['database.indexes'],
    corrupt: (db) => db.collection('orders').dropIndex('idx_status'),
    restore: (db) => createIndexes(db),
  },
  {
    name: 'an index is missing, and its query reads everything',
    fails: ['database.indexes', 'database.index_use'],
    corrupt: (db) => db.collection('customers').dropIndex('idx_email'),
    restore: (db) => createIndexes(db),
  },
  {
    name: 'the text index is missing',
    fails: ['database.indexes', 'database.index_use'],
    corrupt: (db) => db.collection('products').dropIndex('idx_text_search'),
    restore: (db) => createIndexes(db),
  },
  {
    name: 'a unique index is not unique',
    fails: ['database.index_options'],
    corrupt: async (db) => {
      await db.collection('customers').dropIndex('idx_email');
      await db.collection('customers').createIndex({ email: 1 }, { name: 'idx_email' });
    },
    restore: async (db) => {
      await db.collection('customers').dropIndex('idx_email');
      await createIndexes(db);
    },
  },
  {
    name: 'an index has other keys',
    fails: ['database.index_options'],
    corrupt: async (db) => {
      await db.collection('orders').dropIndex('idx_status');
      await db.collection('orders').createIndex({ total: 1 }, { name: 'idx_status' });
    },
    restore: async (db) => {
      await db.collection('orders').dropIndex('idx_status');
      await createIndexes(db);
    },
  },
  {
    name: 'a synced collection keeps no images',
    fails: ['database.change_streams'],
    corrupt: (db) => db.command({ collMod: 'inventory', ...images(false) }),
    restore: (db) => db.command({ collMod: 'inventory', ...images(true) }),
  },
  {
    name: 'a month’s summary is wrong by a cent',
    fails: ['database.summaries'],
    corrupt: async (db) => {
      await rebuildSummaries(db);
      const [summary] = await db
        .collection('monthly_sales')
        .find({ orders: { $gt: 0 } })
        .limit(1)
        .toArray();
      await db.collection('monthly_sales').updateOne({ _id: summary?._id }, { $inc: { sales_cents: 1 } });
    },
    restore: (db) => db.dropCollection('monthly_sales'),
  },
  {
    name: 'embeddings keep images, as if they were synced',
    fails: ['database.embeddings_not_synced'],
    corrupt: (db) => db.command({ collMod: 'product_embeddings', ...images(true) }),
    restore: (db) => db.command({ collMod: 'product_embeddings', ...images(false) }),
  },
  {
    name: 'a document too many',
    fails: ['customers.count'],
    corrupt: (db) =>
      collectionOf(db, 'customers').insertOne({
        ...sound.find('customers', 0),
        _id: 'customer_777777',
        customer_id: 'customer_777777',
        email: 'extra@example.com',
      }),
    restore: (db) => collectionOf(db, 'customers').deleteOne({ _id: 'customer_777777' }),
  },
  {
    name: 'an item is gone',
    fails: [
      'order_items.count',
      'orders.item_count',
      'orders.subtotal',
      ...(item['discount_amount'] > 0 ? (['orders.discount_total'] as const) : []),
    ],
    corrupt: (db) => collectionOf(db, 'order_items').deleteOne({ _id: item['_id'] }),
    restore: (db) => db.collection('order_items').insertOne(item),
  },
  {
    name: 'a run that did not finish',
    fails: ['database.run'],
    corrupt: (db) =>
      collectionOf(db, 'zava_runs').insertOne({
        _id: 'data_set',
        kind: 'generate',
        state: 'loading',
        parameters: {},
        positions: {},
        started_at: new Date(),
      }),
    restore: (db) => db.collection('zava_runs').drop(),
  },
  changed('a date where a text is meant', ['customers.types'], 'customers', { updated_at: new Date() }),
  changed('an Int64', ['order_items.types'], 'order_items', { discount_percent: Long.fromNumber(5) }, item),
  changed('an Int64 in a place that a number would fit', ['inventory.types'], 'inventory', {
    reorder_quantity: Long.fromNumber(12),
  }),
  changed('a Decimal128', ['orders.types'], 'orders', { total: Decimal128.fromString('12.50') }, order),
  changed('an ObjectId', ['products.types'], 'products', { image_url: new ObjectId() }),
  changed('a UUID of BSON', ['stores.types'], 'stores', { rls_user_id: new UUID() }),
  changed('binary data', ['product_embeddings.types'], 'product_embeddings', {
    image_embedding: new Binary(new Uint8Array(2048)),
  }),
  changed('a timestamp of BSON', ['orders.types'], 'orders', { updated_at: new Timestamp({ t: 1, i: 1 }) }, order),
  changed('a regular expression', ['categories.types'], 'categories', { category_name: /tools/ }),
  changed('NaN', ['orders.money'], 'orders', { tax: Number.NaN }, order),
  changed('null', ['inventory.types'], 'inventory', { notes: null }),
  changed('an array where a map is meant', ['inventory.types'], 'inventory', { location: ['A1', '2', '3'] }),
  changed('a map with a `$` in it', ['inventory.location'], 'inventory', { location: { a$isle: 'A1' } }),
  changed('a total that does not add up', ['orders.total'], 'orders', { total: 1_000_000 }, order),
  changed('a stock level below zero', ['inventory.stock_not_negative', 'inventory.ledger'], 'inventory', {
    stock_level: -3,
  }),
  changed('a name that the orders do not have', ['stores.slug', 'orders.store_name'], 'stores', {
    store_name: 'Zava Retail Atlantis',
  }),
];

describe('validateDatabase', () => {
  test('finds nothing in a sound database, and every fault, one at a time', async () => {
    await using database = await openSoundDatabase();
    const { db } = database;
    const before = await validate(db);
    expect(failing(before)).toEqual([]);
    expect(before.score).toBe(100);
    expect(before.queries.map(({ passed }) => passed)).toEqual(before.queries.map(() => true));
    expect(before.queries.length).toBeGreaterThanOrEqual(15);

    const wrong: unknown[] = [];
    for (const { name, corrupt, restore, fails } of corruptions) {
      await corrupt(db);
      const report = await validate(db);
      validationReportSchema.parse(report);
      if (String(failing(report).sort()) !== String([...fails].sort()))
        wrong.push({ name, fails, found: failing(report) });
      await restore(db);
    }
    expect(wrong).toEqual([]);
    expect(failing(await validate(db))).toEqual([]);
  }, 300_000);

  test('says so when the database is empty, and does not fall over', async () => {
    await using database = await openTestDatabase();
    const report = await validateDatabase({ db: database.db });
    expect(report.outcome).toBe('failed');
    expect(report.score).toBe(0);
    expect(failing(report)).toEqual(
      expect.arrayContaining(['orders.count', 'database.collections', 'database.indexes', 'database.change_streams']),
    );
  });

  test('takes counts and dates from the record of the run that filled the database', async () => {
    await using database = await openTestDatabase();
    await collectionOf(database.db, 'stores').insertMany(sound.of('stores') as Stored[]);
    await collectionOf(database.db, 'zava_runs').insertOne({
      _id: 'data_set',
      kind: 'generate',
      state: 'complete',
      parameters: { start_date: '2021-01-01', end_date: '2021-12-31' },
      positions: { stores: 9 },
      started_at: new Date(),
    });
    const report = await validateDatabase({ db: database.db });
    expect(report.collections.find(({ name }) => name === 'stores')).toMatchObject({ documents: 8, expected: 9 });
    expect(report.orderDates).toEqual({ earliest: '2021-01-01T00:00:00Z', latest: '2021-12-31T23:59:59Z' });
  });

  test('lets stores go on after the last day of the data set, up to now, once they are in use', async () => {
    await using database = await openTestDatabase();
    const manifest = { startDate: '2020-01-01', endDate: '2024-12-31', today: '2024-06-30T12:00:00Z' };
    const generated = await validateDatabase({ db: database.db, manifest });
    expect(generated.orderDates.latest).toBe('2024-06-30T12:00:00Z');
    const inUse = await validateDatabase({ db: database.db, manifest, stage: 'in_use' });
    expect(Math.abs(Date.parse(inUse.orderDates.latest) - Date.now())).toBeLessThan(60_000);
  });

  test('stops with the signal’s reason', async () => {
    await using database = await openTestDatabase();
    await collectionOf(database.db, 'stores').insertMany(sound.of('stores') as Stored[]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(validateDatabase({ db: database.db, signal })).rejects.toThrow('enough');
  });

  test('tells how far it is', async () => {
    await using database = await openTestDatabase();
    await collectionOf(database.db, 'stores').insertMany(sound.of('stores') as Stored[]);
    const phases: string[] = [];
    await validateDatabase({ db: database.db, onProgress: ({ phase }) => phases.push(phase) });
    expect(phases).toContain('validating stores');
  });
});

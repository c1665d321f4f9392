import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type CollectionName, ROLES, type Role } from '../../src/domain/index.ts';
import type { Document, Holding } from '../../src/sync/index.ts';
import { company, OTHER, OWN, ofStore, ownedCollections } from './documents.ts';
import { openGateway, type TestGateway, tokenOf } from './gateway.ts';
import { type Asked, RawDevice } from './raw-device.ts';
import { hiddenFields, mayRead, unitsAlone } from './rules.ts';

const synced = (Object.keys(company) as CollectionName[]).filter((name) => name !== 'product_embeddings');

/** Where a document says whose it is. */
const storeFieldOf = (collection: CollectionName): string =>
  ({ customers: 'primary_store_id', stock_transfers: 'from_store_id' })[collection as string] ?? 'store_id';

/** What a role sees of a document, by the table; undefined where nothing. */
function seen(role: Role, collection: CollectionName, document: Document): Document | undefined {
  const isOwn = document[storeFieldOf(collection)] === OWN;
  const shown = Object.fromEntries(
    Object.entries(document).filter(([field]) => !(hiddenFields[role][collection] ?? []).includes(field)),
  );
  switch (mayRead[role][collection] ?? 'none') {
    case 'all':
      return shown;
    case 'own':
      return isOwn ? shown : undefined;
    case 'end':
      return isOwn || document['to_store_id'] === OWN ? shown : undefined;
    case 'masked':
      return isOwn ? shown : Object.fromEntries(unitsAlone.map((field) => [field, document[field]]));
    case 'none':
      return undefined;
  }
}

interface Way {
  readonly name: string;
  where(collection: CollectionName): unknown;
  means(collection: CollectionName, document: Document): boolean;
}

const idsOf = (collection: CollectionName) => company[collection].map(({ _id }) => _id);

const ways: readonly Way[] = [
  { name: 'without a filter', where: () => ({}), means: () => true },
  {
    name: 'with another store’s filter',
    where: (collection) => ({ [storeFieldOf(collection)]: OTHER }),
    means: (collection, document) => document[storeFieldOf(collection)] === OTHER,
  },
  {
    name: 'with $or of everything',
    where: (collection) => ({
      $or: [{ [storeFieldOf(collection)]: OWN }, { _id: { $exists: true } }, { [storeFieldOf(collection)]: OTHER }],
    }),
    means: () => true,
  },
  {
    name: 'with an $and that holds another store’s filter',
    where: (collection) => ({
      $and: [{ _id: { $gte: '' } }, { $or: [{ [storeFieldOf(collection)]: { $in: [OTHER] } }] }],
    }),
    means: (collection, document) => document[storeFieldOf(collection)] === OTHER,
  },
  { name: 'by id', where: (collection) => ({ _id: { $in: idsOf(collection) } }), means: () => true },
];

function expected(role: Role, way: Way): Record<string, Document> {
  const documents: Record<string, Document> = {};
  for (const collection of synced) {
    for (const document of company[collection]) {
      const shown = way.means(collection, document) ? seen(role, collection, document) : undefined;
      if (shown !== undefined) documents[`${collection}/${String(document['_id'])}`] = shown;
    }
  }
  return documents;
}

const asksFor = (way: Way): Asked[] => synced.map((collection) => ({ collection, where: way.where(collection) }));
const [everything] = ways as [Way];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('what a token for one store reads', () => {
  for (const role of ROLES) {
    test.each(ways)(`[GW40] as ${role}, $name: what the table says, field by field`, async (way) => {
      const device = await RawDevice.hello(gateway.uri, await tokenOf(role));
      expect(Object.fromEntries(await device.download(asksFor(way)))).toEqual(expected(role, way));
      device.close();
    });
  }

  test.each(ROLES)('[GW40] as %s, by pretending to hold it already: nothing more', async (role) => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf(role));
    const holding: Holding = { state: 'whole', fingerprint: '0000000000000000' };
    const holdings = Object.fromEntries(synced.map((collection) => [collection, holding]));
    const position = gateway.gateway.status().stream.position ?? undefined;
    const found = await device.download(asksFor(everything), { ...(position && { position }), holdings });
    expect(Object.fromEntries(found)).toEqual(expected(role, everything));
    device.close();
  });

  test.each(ROLES.filter((role) => role !== 'headquarters'))(
    '[GW40] as %s, by watching: what changes in another store is not told',
    async (role) => {
      await using own = await openGateway();
      const device = await RawDevice.hello(own.uri, await tokenOf(role));
      await device.download(asksFor(everything));
      const from = device.frames.length;
      for (const collection of ownedCollections) {
        const documents = own.db.collection<{ _id: string }>(collection);
        await documents.updateMany({}, { $set: { touched: 'yes' } });
        await documents.insertOne(ofStore[collection](OTHER, 77) as never);
        await documents.deleteOne({ _id: String(ofStore[collection](OTHER, 77)['_id']) });
      }
      await own.db.collection<{ _id: string }>('stores').updateMany({}, { $set: { touched: 'last' } });
      const told = () => device.frames.slice(from).flatMap((frame) => (frame.type === 'changes' ? frame.upserts : []));
      await device.until(() => told().some(({ document }) => document['touched'] === 'last'));
      for (const { collection, document } of told()) {
        const original = company[collection as CollectionName].find(({ _id }) => _id === document['_id']);
        const touched = document['touched'] ?? 'yes';
        const whole = original ?? ofStore.inventory(OTHER, 77);
        const changed = original === undefined ? whole : { ...whole, touched };
        expect(document, collection).toEqual(seen(role, collection as CollectionName, changed));
      }
      const removals = device.frames.slice(from).flatMap((frame) => (frame.type === 'changes' ? frame.removals : []));
      for (const { collection } of removals) expect(collection).toBe('inventory');
      device.close();
    },
  );

  test('[GW40] product_embeddings are not to be asked for, by nobody', async () => {
    for (const role of ROLES) {
      const device = await RawDevice.hello(gateway.uri, await tokenOf(role));
      device.send({
        type: 'subscribe',
        request: 1,
        subscriptions: [{ collection: 'product_embeddings', where: {} }],
        position: null,
        awaitsTime: null,
        holdings: {},
      });
      await device.ended();
      expect(device.goodbye?.code).toBe('FRAME_MALFORMED');
    }
  });

  /** Asks the same question about a hidden value both ways round: the answers must not differ. */
  const riddles: readonly [collection: string, yes: unknown, no: unknown][] = [
    ['products', { cost: { $gt: 1 } }, { cost: { $gt: 1000 } }],
    [
      'products',
      { $or: [{ cost: 13.39 }, { cost: { $exists: false } }] },
      { $or: [{ cost: 1 }, { cost: { $exists: false } }] },
    ],
    ['products', { gross_margin_percent: { $exists: true } }, { gross_margin_percent: { $exists: false }, cost: 1 }],
    ['inventory', { store_id: OTHER, notes: `kept at ${OTHER}` }, { store_id: OTHER, notes: 'elsewhere' }],
    ['inventory', { store_id: OTHER, 'location.aisle': 'A7' }, { store_id: OTHER, 'location.aisle': 'B1' }],
    [
      'inventory',
      { store_id: OTHER, reorder_threshold: { $lte: 5 } },
      { store_id: OTHER, reorder_threshold: { $lte: 4 } },
    ],
  ];

  test.each(riddles)('[GW41] %s: a filter cannot be used to guess what is hidden (%j)', async (collection, yes, no) => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker'));
    const answers = [];
    for (const where of [yes, no]) answers.push([...(await device.download([{ collection, where }])).keys()]);
    expect(answers[0]).toEqual(answers[1]);
    device.close();
  });

  test('[GW41] a hidden field cannot be watched either', async () => {
    await using own = await openGateway();
    const device = await RawDevice.hello(own.uri, await tokenOf('worker'));
    await device.download([
      { collection: 'products', where: { cost: { $gt: 100 } } },
      { collection: 'stores', where: {} },
    ]);
    const from = device.frames.length;
    await own.db.collection<{ _id: string }>('products').updateOne({ _id: 'prod_1' }, { $set: { cost: 500 } });
    await own.db.collection<{ _id: string }>('stores').updateOne({ _id: OWN }, { $set: { touched: 'last' } });
    await vi.waitFor(() => expect(JSON.stringify(device.frames.slice(from))).toContain('"last"'), { timeout: 10_000 });
    expect(JSON.stringify(device.frames.slice(from))).not.toContain('prod_1');
    device.close();
  });
});

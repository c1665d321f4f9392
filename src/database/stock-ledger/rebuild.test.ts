import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { hlcText, type LedgerMovement, OPENING_COUNT_REASON } from '../../domain/index.ts';
import { createIndexes } from '../indexes/manage.ts';
import { foldMovements, type LedgerItem } from './fold.ts';
import { compareStock, repairStock } from './rebuild.ts';

const noonMs = Date.parse('2026-11-22T12:00:00.000Z');
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const anItem = (number: number, level: number): LedgerItem => ({
  _id: idOf(number),
  inventory_id: idOf(number),
  store_id: 'store_seattle',
  product_id: `prod_${number}`,
  stock_level: level,
  reorder_threshold: 3,
  reorder_quantity: 20,
  location: { aisle: 'A', shelf: '1', bin: '2' },
  last_counted: '2026-01-01T00:00:00Z',
  last_updated: '2026-01-01T00:00:00Z',
  notes: '',
  deleted: false,
});

function aMovement(item: number, kind: LedgerMovement['kind'], quantity: number, atMs: number): LedgerMovement {
  const id = randomUUID();
  return {
    _id: id,
    movement_id: id,
    inventory_id: idOf(item),
    store_id: 'store_seattle',
    product_id: `prod_${item}`,
    kind,
    quantity,
    reason: kind === 'count' ? OPENING_COUNT_REASON : '',
    user_id: 'headquarters',
    device_id: 'headquarters',
    hlc: hlcText(atMs, 0, 'headquarters'),
    occurred_at: '2026-01-01T00:00:00Z',
    deleted: false,
  };
}

const inventory = ({ db }: TestDatabase) => db.collection<LedgerItem>('inventory');
const movements = ({ db }: TestDatabase) => db.collection<LedgerMovement>('stock_movements');

/** Items 1 to `count`, each with a level of ten and the count that says so. */
async function openShop(count: number): Promise<TestDatabase> {
  const database = await openTestDatabase();
  await createIndexes(database.db);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  await inventory(database).insertMany(numbers.map((number) => anItem(number, 10)));
  await movements(database).insertMany(numbers.map((number) => aMovement(number, 'count', 10, 0)));
  return database;
}

async function take(database: TestDatabase, movement: LedgerMovement): Promise<void> {
  await database.client.withSession((session) =>
    session.withTransaction(async () => {
      await movements(database).insertOne(movement, { session });
      await foldMovements(database.db, session, [movement]);
    }),
  );
}

describe('the stock ledger, rebuilt', () => {
  test('[DB18] has nothing to say about stock as it was generated, or as the ledger keeps it', async () => {
    await using database = await openShop(600);
    await take(database, aMovement(7, 'sale', -3, noonMs));
    await take(database, aMovement(8, 'count', 4, noonMs));
    expect(await compareStock(database.client, database.db)).toEqual({ items: 600, differences: [], unfounded: [] });
  });

  test('[DB18] tells each difference with its reason, changes nothing by looking, and is repaired once', async () => {
    await using database = await openShop(6);
    for (const number of [1, 2, 3, 4, 5]) await take(database, aMovement(number, 'sale', -3, noonMs));
    await inventory(database).updateOne({ _id: idOf(1) }, { $set: { stock_level: 99 } });
    await movements(database).insertOne(aMovement(2, 'receipt', 5, noonMs + 1));
    await inventory(database).updateOne({ _id: idOf(3) }, { $unset: { ledger: true as never } });
    await movements(database).updateOne({ inventory_id: idOf(4), kind: 'sale' }, { $set: { quantity: -4 } });
    await inventory(database).insertOne(anItem(9, 12));
    const before = await inventory(database).find().toArray();
    const found = await compareStock(database.client, database.db);
    expect(await inventory(database).find().toArray()).toEqual(before);
    expect(found.unfounded).toEqual([idOf(9)]);
    expect(found.differences).toMatchObject([
      { inventory_id: idOf(1), stock_level: 99, folded: 7, fault: 'level_written' },
      { inventory_id: idOf(2), stock_level: 7, folded: 12, fault: 'movements_left_out' },
      { inventory_id: idOf(3), stock_level: 7, folded: 7, fault: 'ledger_missing' },
      { inventory_id: idOf(4), stock_level: 7, folded: 6, fault: 'ledger_differs' },
    ]);
    const ids = found.differences.map(({ inventory_id }) => inventory_id);
    expect(await repairStock(database.client, database.db, ids)).toHaveLength(4);
    expect(await repairStock(database.client, database.db, ids)).toHaveLength(0);
    expect((await compareStock(database.client, database.db)).differences).toEqual([]);
    const levels = await inventory(database).find().sort({ _id: 1 }).toArray();
    expect(levels.map(({ stock_level }) => stock_level)).toEqual([7, 12, 7, 6, 7, 10, 12]);
  });

  test('[DB18] goes on beside sales, and loses none of them', async () => {
    await using database = await openShop(4);
    const sell = async (number: number) => {
      for (let sale = 0; sale < 6; sale++) await take(database, aMovement(number, 'sale', -1, noonMs + sale));
    };
    const rebuild = async () => {
      for (let round = 0; round < 6; round++) {
        await inventory(database).updateOne({ _id: idOf(1) }, { $set: { stock_level: 500 + round } });
        const { differences } = await compareStock(database.client, database.db);
        const ids = differences.map(({ inventory_id }) => inventory_id);
        await repairStock(database.client, database.db, ids);
      }
    };
    await Promise.all([sell(1), sell(2), sell(3), rebuild()]);
    const { differences } = await compareStock(database.client, database.db);
    await repairStock(
      database.client,
      database.db,
      differences.map(({ inventory_id }) => inventory_id),
    );
    const levels = await inventory(database).find().sort({ _id: 1 }).toArray();
    expect(levels.map(({ stock_level }) => stock_level)).toEqual([4, 4, 4, 10]);
  });
});

/** A shop with one item and one customer, a leader of direct writes, and devices that upload to it. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import { vi } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts';
import { createIndexes, enableChangeStreams, type LedgerItem } from '../../../database/index.ts';
import {
  foldStock,
  hlcText,
  OPENING_COUNT_REASON,
  permissionsSchema,
  type StockMovement,
} from '../../../domain/index.ts';
import type { DocumentChange, OperationResult } from '../../../sync/index.ts';
import { applyOperation } from '../apply-operation.ts';
import { createSyncIndexes } from '../collections.ts';
import { DirectWrites } from './leader.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);

export const itemId = '00000000-0000-4000-8000-000000000001';
export const openingMs = Date.parse('2020-01-01T00:00:00.000Z');

export const anItem = (level: number, id = itemId) => ({
  _id: id,
  inventory_id: id,
  store_id: 'store_seattle',
  product_id: 'prod_1',
  stock_level: level,
  reorder_threshold: 3,
  reorder_quantity: 20,
  location: { aisle: 'A', shelf: '1', bin: '2' },
  last_counted: '2026-01-01T00:00:00Z',
  last_updated: '2026-01-01T00:00:00Z',
  notes: '',
  deleted: false,
});

export const aCustomer = (id = 'customer_1') => ({
  _id: id,
  customer_id: id,
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: `${id}@example.com`,
  phone: '(206) 555-0100',
  primary_store_id: 'store_seattle',
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
  deleted: false,
});

export function aMovement(kind: StockMovement['kind'], quantity: number, atMs: number, deviceId = 'tablet-1') {
  const id = randomUUID();
  return {
    _id: id,
    movement_id: id,
    inventory_id: itemId,
    store_id: 'store_seattle',
    product_id: 'prod_1',
    kind,
    quantity,
    reason: '',
    user_id: 'rep-1',
    device_id: deviceId,
    hlc: hlcText(atMs, 0, deviceId),
    occurred_at: '2026-11-22T11:00:00Z',
    deleted: false,
  };
}

export const create = (collection: string, document: { _id: string }): DocumentChange => ({
  kind: 'create',
  collection,
  id: document._id,
  document: document as never,
});

export const setField = (collection: string, id: string, fields: Record<string, string>): DocumentChange => ({
  kind: 'set',
  collection,
  id,
  fields,
  unset: [],
  seen: {},
});

type Stored = { _id: string; [field: string]: unknown };

export class Shop implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly leaders: DirectWrites[] = [];
  readonly logged: string[] = [];
  readonly #mortals: MongoClient[] = [];
  #sequence = 0;

  private constructor(database: TestDatabase) {
    this.database = database;
  }

  static async open(): Promise<Shop> {
    const database = await openTestDatabase();
    const shop = new Shop(database);
    await enableChangeStreams(database.db);
    await createIndexes(database.db);
    await createSyncIndexes(database.db);
    return shop;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const leader of this.leaders) await leader.close();
    for (const client of this.#mortals) await client.close(true);
    await this.database[Symbol.asyncDispose]();
  }

  collection(name: string) {
    return this.database.db.collection<Stored>(name);
  }

  get inventory() {
    return this.database.db.collection<LedgerItem>('inventory');
  }

  async increment(units: number): Promise<void> {
    const inventory = this.database.db.collection('inventory');
    await inventory.updateOne({ inventory_id: itemId }, { $inc: { stock_level: units } });
  }

  async stock(level: number): Promise<void> {
    await this.collection('inventory').insertOne(anItem(level));
    const opening = { ...aMovement('count', level, openingMs, 'headquarters'), reason: OPENING_COUNT_REASON };
    await this.collection('stock_movements').insertOne(opening);
  }

  /** Resolves when it leads. */
  async lead(gatewayId = 'gateway-1', leaseMs = 800): Promise<DirectWrites> {
    const leader = await this.wait(gatewayId, leaseMs);
    await vi.waitFor(() => {
      if (!leader.status.isLeader || leader.status.position === null) throw new Error('does not lead yet');
    }, WAIT);
    return leader;
  }

  async wait(gatewayId: string, leaseMs = 800): Promise<DirectWrites> {
    const { client, db } = this.database;
    const leader = await DirectWrites.start({ client, db, gatewayId, leaseMs, log: (line) => this.logged.push(line) });
    this.leaders.push(leader);
    return leader;
  }

  /** A gateway's leader that dies with its connections when its command number `commands` begins, or has been answered. */
  async mortal(gatewayId: string, commands: number, moment: 'begins' | 'was answered'): Promise<DirectWrites> {
    const { uri, name } = this.database;
    const client = await new MongoClient(uri, { monitorCommands: true }).connect();
    let left = commands;
    client.on(moment === 'begins' ? 'commandStarted' : 'commandSucceeded', () => {
      left -= 1;
      if (left === 0) void client.close(true);
    });
    this.#mortals.push(client);
    const leader = await DirectWrites.start({
      client,
      db: client.db(name),
      gatewayId,
      leaseMs: 800,
      log: () => undefined,
    });
    this.leaders.push(leader);
    return leader;
  }

  killMortals(): void {
    for (const client of this.#mortals) void client.close(true);
  }

  async upload(change: DocumentChange, atMs = Date.now(), deviceId = 'tablet-1'): Promise<OperationResult> {
    const { client, db } = this.database;
    this.#sequence += 1;
    const sequence = this.#sequence;
    for (;;) {
      const result = await applyOperation(
        { client, db, permissions, wallClockMs: Date.now },
        {
          deviceId,
          epoch: '0123456789abcdef',
          principal: { role: 'store_manager', userId: 'rep-1', stores: ['store_seattle'] },
        },
        { sequence, hlc: hlcText(atMs, sequence, deviceId), action: 'test', userId: 'rep-1', changes: [change] },
      );
      if (result !== null && result.outcome !== 'retry') return result;
    }
  }

  async item(id = itemId): Promise<LedgerItem> {
    return (await this.inventory.findOne({ _id: id })) as LedgerItem;
  }

  /** The level, and what its movements come to. */
  async levels(id = itemId): Promise<{ level: number; ledger: number | undefined; fold: number }> {
    const { stock_level: level, ledger } = await this.item(id);
    const movements = await this.database.db
      .collection<StockMovement>('stock_movements')
      .find({ inventory_id: id })
      .toArray();
    return { level, ledger: ledger?.level, fold: foldStock(movements) };
  }

  /** Until every write so far has been dealt with. */
  async settled(): Promise<void> {
    const { operationTime } = await this.database.db.command({ ping: 1 });
    const time = operationTime.toBigInt().toString(16).padStart(16, '0');
    await vi.waitFor(() => {
      const leader = this.leaders.find(({ status }) => status.isLeader);
      if ((leader?.status.position ?? '') <= time) throw new Error('not there yet');
    }, WAIT);
  }
}

export const WAIT = { timeout: 15_000, interval: 10 };

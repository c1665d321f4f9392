import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../tests/support/database.ts';
import { hlcText, type Principal, permissionsSchema } from '../domain/index.ts';
import type { DocumentChange, Operation } from '../sync/index.ts';
import { listConflicts, listInbox, settleConflict, settleInboxEntry, showInboxEntry } from './inbox.ts';
import { applyOperation } from './mongo/apply-operation.ts';
import { syncCollections, type Uploader } from './mongo/collections.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);
const noonMs = Date.parse('2026-11-22T12:00:00.000Z');
const EPOCH = '0123456789abcdef';
const rep: Principal = { role: 'sales_rep', userId: 'rep-1', stores: ['store_seattle'] };
const headquarters: Principal = { role: 'headquarters', userId: 'grace', stores: 'all' };
const tablet: Uploader = { deviceId: 'tablet-1', epoch: EPOCH, principal: rep };
const inboxId = (sequence: number) => `tablet-1:${EPOCH}:${sequence}`;

const contextOf = ({ client, db }: TestDatabase) => ({ client, db, permissions, wallClockMs: () => noonMs });

const anOperation = (sequence: number, changes: DocumentChange[], more: Partial<Operation> = {}): Operation => ({
  sequence,
  hlc: hlcText(noonMs - 60_000 + sequence, 0, 'tablet-1'),
  action: 'edit_customer',
  userId: 'rep-1',
  changes,
  ...more,
});

const aCustomer = (id: string, more: object = {}) => ({
  _id: id,
  customer_id: id,
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: 'ada@example.com',
  phone: '(206) 555-0100',
  primary_store_id: 'store_seattle',
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
  deleted: false,
  ...more,
});

const set = (fields: Record<string, string | boolean>): DocumentChange => ({
  kind: 'set',
  collection: 'customers',
  id: 'customer_1',
  fields,
  unset: [],
  seen: { email: 'ada@example.com' },
});

/** A customer, and an operation of the tablet on it that was refused. */
async function withRefused(change: DocumentChange): Promise<TestDatabase> {
  const database = await openTestDatabase();
  await database.db.collection<{ _id: string }>('customers').insertOne(aCustomer('customer_1'));
  const result = await applyOperation(contextOf(database), tablet, anOperation(1, [change]));
  expect(result).toMatchObject({ outcome: 'rejected', inboxId: inboxId(1) });
  return database;
}

const theCustomer = ({ db }: TestDatabase) => db.collection('customers').findOne({});

describe('at headquarters, what was refused', () => {
  test('[GW51] is listed by state, store and device, and shown field by field against what is there now', async () => {
    await using database = await withRefused(set({ email: 'none' }));
    const { db } = database;
    expect(await listInbox(db)).toHaveLength(1);
    expect(await listInbox(db, { storeId: 'store_seattle', deviceId: 'tablet-1' })).toHaveLength(1);
    expect(await listInbox(db, { storeId: 'store_tacoma' })).toEqual([]);
    expect(await listInbox(db, { state: 'discarded' })).toEqual([]);
    await db.collection('customers').updateOne({}, { $set: { email: 'ada@work.example.com' } });
    const shown = await showInboxEntry(db, inboxId(1));
    expect(shown?.record.before['customers/customer_1']).toMatchObject({ email: 'ada@example.com' });
    expect(shown?.changes).toMatchObject([
      {
        key: 'customers/customer_1',
        fields: [
          { path: 'email', seen: 'ada@example.com', wanted: 'none', now: 'ada@work.example.com', differs: true },
        ],
      },
    ]);
    expect(await showInboxEntry(db, 'nothing')).toBeNull();
  });

  test('[GW51] is carried out in the name of headquarters; what was written since wins over a replay, not over a restoration', async () => {
    await using database = await withRefused(set({ deleted: true, first_name: 'Grace' }));
    const { db } = database;
    const context = contextOf(database);
    await applyOperation(context, tablet, anOperation(2, [set({ first_name: 'Newer' })]));
    expect(await settleInboxEntry(context, headquarters, inboxId(1), { how: 'replay' })).toEqual({
      outcome: 'settled',
      state: 'replayed',
      changedDocuments: 1,
    });
    expect(await theCustomer(database)).toMatchObject({ first_name: 'Newer', deleted: true });
    expect(await db.collection('sync_inbox').findOne({})).toMatchObject({ state: 'replayed', settled_by: 'grace' });
    const [lost] = await listConflicts(db);
    expect(lost).toMatchObject({ path: 'first_name', value: 'Grace', standing: 'Newer', state: 'open' });
    expect(await settleInboxEntry(context, headquarters, inboxId(1), { how: 'discard' })).toMatchObject({
      outcome: 'already_settled',
      message: expect.stringContaining('grace'),
    });
  });

  test('[GW51] restored wins over a newer write, even of a clock that runs ahead', async () => {
    await using database = await withRefused(set({ deleted: false, first_name: 'Grace' }));
    const context = contextOf(database);
    const ahead = { hlc: hlcText(noonMs + 50_000, 0, 'tablet-1') };
    await applyOperation(context, tablet, anOperation(2, [set({ first_name: 'Ahead' })], ahead));
    await settleInboxEntry(context, headquarters, inboxId(1), { how: 'restore' });
    expect(await theCustomer(database)).toMatchObject({ first_name: 'Grace' });
  });

  test('[GW51] is carried out with other values, or stays with the reason of the try', async () => {
    await using database = await withRefused(set({ email: 'none' }));
    const context = contextOf(database);
    const settle = (change: DocumentChange) =>
      settleInboxEntry(context, headquarters, inboxId(1), { how: 'change', changes: [change] });
    expect(await settle(set({ email: 'still none' }))).toMatchObject({
      outcome: 'refused',
      reason: 'document_invalid',
    });
    expect(await listInbox(database.db)).toMatchObject([
      { state: 'open', attempts: [{ by: 'grace', how: 'change', changes: [{ fields: { email: 'still none' } }] }] },
    ]);
    expect(await settle(set({ email: 'ada@new.example.com' }))).toMatchObject({ state: 'changed' });
    expect(await theCustomer(database)).toMatchObject({ email: 'ada@new.example.com' });
  });

  test('[GW51] is settled by those who may: others are told, and it stays', async () => {
    await using database = await withRefused(set({ deleted: true }));
    const context = contextOf(database);
    const manager = (store: string): Principal => ({ role: 'store_manager', userId: 'm', stores: [store] });
    const settle = (principal: Principal, how: 'replay' | 'discard') =>
      settleInboxEntry(context, principal, inboxId(1), { how });
    expect(await settle(rep, 'replay')).toMatchObject({ outcome: 'refused', reason: 'delete_not_allowed' });
    expect(await settle(rep, 'discard')).toMatchObject({ outcome: 'refused', reason: 'settlement_not_allowed' });
    expect(await settle(manager('store_tacoma'), 'discard')).toMatchObject({ outcome: 'refused' });
    expect(await settle(manager('store_seattle'), 'replay')).toMatchObject({ outcome: 'settled' });
    expect(await settleInboxEntry(context, headquarters, 'x', { how: 'discard' })).toEqual({
      outcome: 'unknown_entry',
    });
  });

  test('[GW52] settled by ten people at once is settled once, and the others are told', async () => {
    await using database = await withRefused(set({ deleted: true }));
    const context = contextOf(database);
    const settles = { inboxId: inboxId(1), how: 'replay' as const };
    const [onDevice, ...atHeadquarters] = await Promise.all([
      applyOperation(
        context,
        { ...tablet, principal: { ...rep, role: 'store_manager' } },
        anOperation(2, [set({ deleted: true })], { settles }),
      ),
      ...Array.from({ length: 9 }, () => settleInboxEntry(context, headquarters, inboxId(1), { how: 'replay' })),
    ]);
    const done = atHeadquarters.filter(({ outcome }) => outcome === 'settled').length;
    expect(done + (onDevice?.outcome === 'applied' ? 1 : 0)).toBe(1);
    for (const { outcome } of atHeadquarters) expect(['settled', 'already_settled']).toContain(outcome);
    if (onDevice?.outcome !== 'applied') expect(onDevice).toMatchObject({ reason: 'already_settled' });
  });

  test('[GW52] of one device is not another’s to settle', async () => {
    await using database = await withRefused(set({ email: 'none' }));
    const settles = { inboxId: inboxId(1), how: 'discard' as const };
    const other = { ...anOperation(1, [], { settles }), hlc: hlcText(noonMs, 0, 'tablet-2') };
    expect(await applyOperation(contextOf(database), { ...tablet, deviceId: 'tablet-2' }, other)).toMatchObject({
      outcome: 'rejected',
      reason: 'settlement_not_allowed',
    });
    expect(await listInbox(database.db)).toHaveLength(1);
  });
});

describe('what lost to a newer write', () => {
  test('[GW53] gets its place after all, or is let be, by those who may write it', async () => {
    await using database = await openTestDatabase();
    const context = contextOf(database);
    await database.db.collection<{ _id: string }>('customers').insertOne(aCustomer('customer_1'));
    await applyOperation(context, tablet, anOperation(5, [set({ first_name: 'Newer', last_name: 'Newer' })]));
    await applyOperation(context, tablet, anOperation(1, [set({ first_name: 'Grace', last_name: 'Hopper' })]));
    const [first, last] = (await listConflicts(database.db)).sort((one, other) => (one.path < other.path ? -1 : 1));
    const nobody: Principal = { ...rep, stores: ['store_tacoma'] };
    expect(await settleConflict(context, nobody, first?._id ?? '', 'discard')).toMatchObject({ outcome: 'refused' });
    expect(await settleConflict(context, headquarters, first?._id ?? '', 'restore')).toMatchObject({
      state: 'restored',
    });
    expect(await settleConflict(context, headquarters, last?._id ?? '', 'discard')).toMatchObject({
      state: 'discarded',
    });
    expect(await theCustomer(database)).toMatchObject({ first_name: 'Grace', last_name: 'Newer' });
    expect(await listConflicts(database.db)).toEqual([]);
    expect(await settleConflict(context, headquarters, first?._id ?? '', 'discard')).toMatchObject({
      outcome: 'already_settled',
    });
  });
});

describe('an operation that can’t be carried out', () => {
  test('[GW54] is set aside alone, and answered alike when it comes again', async () => {
    await using database = await openTestDatabase();
    const { db } = database;
    const context = contextOf(database);
    await db.createCollection('customers', { validator: { last_name: { $ne: 'Refused' } } });
    await db.collection('customers').createIndex({ email: 1 }, { unique: true });
    const create = (id: string, more: object = {}): DocumentChange => ({
      kind: 'create',
      collection: 'customers',
      id,
      document: aCustomer(id, { email: `${id}@example.com`, ...more }) as never,
    });
    const operations: unknown[] = [
      anOperation(1, [create('customer_1')]),
      anOperation(2, [create('customer_2', { last_name: 'Refused' })]),
      anOperation(3, [create('customer_3', { email: 'customer_1@example.com' })]),
      { sequence: 4, hlc: hlcText(noonMs, 0, 'tablet-1'), action: 'a', userId: 'rep-1', characters: 9_000_000 },
      anOperation(5, [create('customer_5')]),
      { no: 'operation' },
      anOperation(6, [create('customer_1', { first_name: 'Second' })]),
    ];
    const results = [];
    for (const operation of operations) results.push(await applyOperation(context, tablet, operation));
    expect(results.map((result) => (result?.outcome === 'rejected' ? result.reason : result?.outcome))).toEqual([
      'applied',
      'document_invalid',
      'document_invalid',
      'operation_too_large',
      'applied',
      undefined,
      'already_done',
    ]);
    expect(await db.collection('customers').countDocuments()).toBe(2);
    expect(await syncCollections(db).inbox.countDocuments({ state: 'open' })).toBe(5);
    await db.command({ collMod: 'customers', validator: {} });
    const again = await applyOperation(context, tablet, operations[1]);
    expect(again).toEqual(results[1]);
    expect(await settleInboxEntry(context, headquarters, inboxId(2), { how: 'replay' })).toMatchObject({
      outcome: 'settled',
    });
  });

  test('[GW54] because of a fault of ours is kept with that; a database that does not answer sets nothing aside', async () => {
    await using database = await openTestDatabase();
    const faulty = { ...contextOf(database), permissions: { version: 1, roles: {} } as never };
    const operation = anOperation(1, [set({ first_name: 'Grace' })]);
    await database.db.collection<{ _id: string }>('customers').insertOne(aCustomer('customer_1'));
    const result = await applyOperation(faulty, tablet, operation);
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'handler_failed' });
    expect(await applyOperation(contextOf(database), tablet, operation)).toEqual(result);
    expect(await settleInboxEntry(contextOf(database), headquarters, inboxId(1), { how: 'replay' })).toMatchObject({
      outcome: 'settled',
    });
    const away = await openTestDatabase();
    const lost = contextOf(away);
    await away.client.close();
    await expect(applyOperation(lost, tablet, operation)).rejects.toThrow();
  });
});

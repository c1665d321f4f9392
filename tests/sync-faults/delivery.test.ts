/** A network that lies, and messages that are wrong (scenarios 3, 4, 11 and 14). */
import { cp } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { aCustomer, anItem, SEATTLE } from '../../src/edge/retail/device.fixture.ts';
import { create, hlcOf, RawDevice, set } from '../sync-security/raw-device.ts';
import { FaultCompany, type FaultDevice } from './fault-company.ts';
import { TcpProxy } from './tcp-proxy.ts';

// Processes start slowly where others use the machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let company: FaultCompany;
beforeAll(async () => {
  company = await FaultCompany.open();
});
afterAll(() => company[Symbol.asyncDispose]());

const gatewayPort = () => company.portOf(company.gateways[0] as never);
const gatewayUri = () => `ws://127.0.0.1:${gatewayPort()}/sync`;
const adjust = (device: FaultDevice, product: number, units = 1) =>
  device.done('adjust', { product_id: `prod_${product}`, units, reason: 'found' });
const levelOf = async (product: number) =>
  (await company.db.collection('inventory').findOne({ store_id: SEATTLE, product_id: `prod_${product}` }))?.[
    'stock_level'
  ];
const customers = () => company.db.collection<{ _id: string }>('customers');

/** As a device does: where two meet in one transaction after the other, one of them may be asked to come again. */
async function settled(device: RawDevice, operation: Parameters<RawDevice['upload']>[0]) {
  for (;;) {
    const answer = await device.upload(operation);
    if (answer.outcome !== 'retry') return answer;
  }
}

describe('when messages are wrong', () => {
  test('[GW47] 3. an operation that comes twice, late, out of order and cut counts once; another payload under its number is parked', async () => {
    const deviceId = 'pos-1';
    const principal = { role: 'store_manager', userId: 'pos', stores: [SEATTLE] } as const;
    const token = await company.tokenOf(principal, deviceId);
    const hello = () => RawDevice.hello(gatewayUri(), token, { deviceId });
    const operation = (sequence: number, quantity: number) => {
      const id = `99999999-0000-4000-8000-${String(sequence).padStart(12, '0')}`;
      const movement = {
        ...{
          _id: id,
          movement_id: id,
          deleted: false,
          store_id: SEATTLE,
          product_id: 'prod_1',
          kind: 'sale',
          quantity,
        },
        ...{ inventory_id: String(anItem(SEATTLE, 1, 0)['_id']), reason: '', user_id: 'pos', device_id: deviceId },
        ...{ hlc: hlcOf(sequence, deviceId, 1_780_000_000_000), occurred_at: '2026-06-01T00:00:00Z' },
      };
      const changes = [create('stock_movements', movement)];
      return { sequence, hlc: movement.hlc, action: 'sell', userId: 'pos', changes };
    };
    const [first, second, third] = [operation(1, -1), operation(2, -1), operation(3, -1)];
    const one = await hello();
    const other = await hello();
    // Cut: half a frame, and the connection is gone.
    const cut = await hello();
    cut.sendRaw(JSON.stringify({ type: 'upload', pending: 0, operations: [first] }).slice(0, 200));
    await cut.ended();
    // Out of order, and the same ones over two connections at the same moment.
    const answers = await Promise.all([settled(one, third), settled(other, third)]);
    answers.push(...(await Promise.all([settled(one, first), settled(other, second)])));
    answers.push(...(await Promise.all([settled(one, second), settled(other, first)])));
    expect(answers.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'applied'));
    expect(await levelOf(1)).toBe(7);
    expect(await one.upload(operation(2, -5))).toMatchObject({ outcome: 'rejected', reason: 'payload_differs' });
    expect(await levelOf(1)).toBe(7);
    expect(await company.db.collection('sync_inbox').countDocuments({ device_id: deviceId })).toBe(1);
    one.close();
    other.close();
  });

  test('[GW47] 3. a device that was put back from an old copy loses nothing and does nothing twice', async () => {
    const device = await company.startDevice({ name: 'copied-tablet' });
    await device.isOnline();
    await adjust(device, 2);
    await company.settles([device]);
    await device.kill();
    const copy = `${device.folder}-copy`;
    await cp(device.folder, copy, { recursive: true });
    await device.startAgain();
    await adjust(device, 2, 2);
    await adjust(device, 2, 3);
    await company.settles([device]);
    await device.kill();
    await cp(copy, device.folder, { recursive: true, force: true });
    await device.startAgain();
    // Uses the numbers again that it does not know it has used.
    await adjust(device, 2, 4);
    await adjust(device, 2, 5);
    await company.settles([device]);
    expect(await levelOf(2)).toBe(25);
  });

  test('[GW47] 4. a network that works one way only is noticed by both ends; after it heals all arrives without another write', async () => {
    await Promise.all(
      (['up', 'down'] as const).map(async (direction, index) => {
        await using proxy = await TcpProxy.open(gatewayPort());
        const device = await company.startDevice({ name: `one-way-${direction}`, gateways: [proxy.uri] });
        await device.isOnline();
        proxy.swallow(direction);
        await adjust(device, 3 + index, 4);
        await customers().updateOne({ _id: 'customer_6' }, { $set: { last_name: `Way ${direction}` } });
        await vi.waitFor(async () => expect((await device.state()).phase).not.toBe('online'), {
          timeout: 15_000,
          interval: 100,
        });
        proxy.heal();
        await company.settles([device]);
        expect(await levelOf(3 + index)).toBe(14);
        await device.kill();
      }),
    );
  });

  test('[GW47] 11. a first sync that meets changes, deletions and its own death half-way ends as MongoDB is', async () => {
    await using proxy = await TcpProxy.open(gatewayPort());
    const many = Array.from({ length: 3_000 }, (_, index) => aCustomer(10_000 + index));
    await customers().insertMany(many as never);
    proxy.slowDown(150_000);
    const device = await company.startDevice({ name: 'new-tablet', gateways: [proxy.uri] });
    const holds = async () => (await device.call('GET', '/api/checksums')).body['customers']?.documents ?? 0;
    await vi.waitFor(async () => expect(await holds()).toBeGreaterThan(300), { timeout: 30_000, interval: 20 });
    expect(await holds()).toBeLessThan(3_000);
    const race = async (word: string, from: number) => {
      await customers().deleteOne({ _id: `customer_${10_000 + from}` });
      await customers().deleteOne({ _id: `customer_${12_900 + from}` });
      await customers().updateMany({ customer_id: /^customer_10[0-3]/ }, { $set: { first_name: word } });
      await customers().updateOne({ _id: `customer_${10_001 + from}` }, { $set: { primary_store_id: 'store_tacoma' } });
      await customers().insertOne(aCustomer(20_000 + from) as never);
    };
    await race('Ada', 5);
    proxy.cutAfter(20_000);
    await race('Grace', 15);
    await device.kill();
    await race('Mary', 25);
    proxy.heal();
    await device.startAgain();
    await race('Joan', 35);
    await company.settles([device]);
    await customers().deleteMany({ customer_id: /^customer_(1|2)\d{4}$/ });
    await company.settles([device]);
    await device.kill();
  });

  test('[GW47] 14. poison costs itself alone: documents and operations beside it go on', async () => {
    const device = await company.startDevice({ name: 'poisoned-tablet' });
    await device.isOnline();
    const poison = [
      { born: new Date() },
      { notes: 'x'.repeat(400_000) },
      { photo: Buffer.from('not for a tablet') },
      { balance: Number.NaN },
    ];
    for (const [index, part] of poison.entries()) {
      await customers().insertOne({ ...aCustomer(30_000 + index), ...part, withheld: true } as never);
    }
    await customers().insertOne({ ...aCustomer(30_009), _id: 7, withheld: true } as never);
    await customers().updateOne({ _id: 'customer_2' }, { $set: { first_name: 'Neighbour' } });
    await vi.waitFor(
      async () =>
        expect((await device.view('customer?id=customer_2')).customer).toMatchObject({ first_name: 'Neighbour' }),
      { timeout: 20_000, interval: 50 },
    );
    const health = await fetch(`${gatewayUri().replace('ws:', 'http:').replace('/sync', '')}/health`);
    expect(await health.json()).toMatchObject({ stream: { quarantinedDocuments: 5 } });

    const deviceId = 'poisoner';
    const principal = { role: 'store_manager', userId: 'p', stores: [SEATTLE] } as const;
    const raw = await RawDevice.hello(gatewayUri(), await company.tokenOf(principal, deviceId), { deviceId });
    const operation = (sequence: number, changes: readonly unknown[]) => ({
      ...{ sequence, hlc: hlcOf(sequence, deviceId), action: 'test', userId: 'p', changes },
    });
    const rename = (name: string) => set('customers', 'customer_3', { first_name: name });
    const operations = [
      operation(1, [rename('First')]),
      operation(2, [set('customers', 'customer_4', { last_name: 'y'.repeat(1_200_000) })]),
      operation(3, [create('nowhere', { _id: 'x' })]),
      operation(4, [set('customers', 'customer_4', { email: null })]),
      operation(5, []),
      operation(6, [rename('Last')]),
    ];
    raw.send({ type: 'upload', operations, pending: 0 });
    const outcomes = () => raw.frames.flatMap((frame) => (frame.type === 'results' ? frame.results : []));
    await raw.until(() => raw.isClosed || outcomes().length === operations.length);
    expect(outcomes().map((one) => (one.outcome === 'rejected' ? one.reason : one.outcome))).toEqual([
      'applied',
      'operation_too_large',
      'collection_unknown',
      'document_invalid',
      'operation_malformed',
      'applied',
    ]);
    expect(await company.db.collection('sync_inbox').countDocuments({ device_id: deviceId })).toBe(4);
    await company.settles([device]);
    expect((await device.view('customer?id=customer_3')).customer).toMatchObject({ first_name: 'Last' });
  });
});

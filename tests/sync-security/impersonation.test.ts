import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsOf, revokeToken, signToken } from '../../src/gateway/index.ts';
import type { Document } from '../../src/sync/index.ts';
import { OTHER, OWN, ofStore } from './documents.ts';
import { openGateway, principalOf, signingKey, type TestGateway, tokenOf } from './gateway.ts';
import { create, hlcOf, RawDevice, set } from './raw-device.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const aChange = () => set('alerts', ofStore.alerts(OWN)['_id'], { state: 'acknowledged' });
const aMovement = (number: number, more: Document) =>
  create('stock_movements', { ...ofStore.stock_movements(OWN, number), ...more });

describe('a device speaks for itself alone', () => {
  test('[GW43] an operation in another user’s name is parked', async () => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker'));
    const result = await device.perform([aChange()], { userId: 'user-2' });
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'speaks_for_another' });
    expect(await gateway.db.collection('sync_inbox').countDocuments({ reason: 'speaks_for_another' })).toBe(1);
  });

  test('[GW43] a stamp in another device’s name is parked: it would win ties for it', async () => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker', 'tablet-2'), { deviceId: 'tablet-2' });
    const result = await device.perform([aChange()], { hlc: hlcOf(1, 'zzz') });
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'speaks_for_another' });
  });

  test.each([
    ['device', 80, { device_id: 'tablet-9' }],
    ['user', 81, { user_id: 'user-9' }],
  ])('[GW43] a movement in another %s’s name is parked', async (_whose, number, more) => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker', 'tablet-3'), { deviceId: 'tablet-3' });
    const own = { device_id: 'tablet-3' };
    const sequence = 10 + number;
    const hlc = hlcOf(sequence, 'tablet-3');
    const foreign = await device.perform([aMovement(number, { ...own, ...more })], { hlc, sequence });
    expect(foreign).toMatchObject({ outcome: 'rejected', reason: 'speaks_for_another' });
    const mine = await device.perform([aMovement(number, own)], { hlc, sequence: sequence + 100 });
    expect(mine).toMatchObject({ outcome: 'applied' });
  });

  test('[GW43] a token without a device opens no device of another user', async () => {
    const mine = await RawDevice.hello(gateway.uri, await tokenOf('worker', 'tablet-4'), { deviceId: 'tablet-4' });
    expect(mine.frames[0]).toMatchObject({ type: 'welcome' });
    const stranger = { role: 'worker', userId: 'user-2', stores: [OTHER] } as const;
    const token = await signToken(signingKey, { principal: stranger });
    const device = await RawDevice.hello(gateway.uri, token, { deviceId: 'tablet-4', name: 'taken over' });
    await device.ended();
    expect(device.goodbye).toMatchObject({ code: 'ACCESS_REFUSED' });
    const record = await gateway.db.collection<{ _id: string }>('sync_devices').findOne({ _id: 'tablet-4' });
    expect(record).toMatchObject({ name: 'tablet-1', stores: [OWN] });
    const own = await RawDevice.hello(gateway.uri, await signToken(signingKey, { principal: principalOf('worker') }), {
      deviceId: 'tablet-4',
    });
    expect(own.frames[0]).toMatchObject({ type: 'welcome' });
  });

  test('[GW43] a tablet that changes hands sends the work of who had it before, as theirs, and says who sent it', async () => {
    const shared = 'tablet-7';
    const by = async (userId: string, role: 'worker' | 'store_manager') => {
      const token = await signToken(signingKey, { principal: { role, userId, stores: [OWN] }, deviceId: shared });
      return await RawDevice.hello(gateway.uri, token, { deviceId: shared });
    };
    const morning = await by('morning', 'store_manager');
    morning.close();
    const evening = await by('evening', 'worker');
    const work = (sequence: number, userId: string, changes: readonly unknown[]) =>
      evening.upload({ sequence, hlc: hlcOf(sequence, shared), action: 'test', userId, changes });
    const own = { device_id: shared };
    const movement = (number: number, user_id: string) => aMovement(number, { ...own, user_id });
    expect(await work(1, 'morning', [movement(90, 'morning')])).toMatchObject({ outcome: 'applied' });
    const record = await gateway.db.collection('sync_operations').findOne({ device_id: shared, sequence: 1 });
    expect(record).toMatchObject({ user_id: 'morning', sent_by: 'evening' });
    // Of one person's operation, another person's movement.
    expect(await work(2, 'morning', [movement(91, 'evening')])).toMatchObject({ reason: 'speaks_for_another' });
    // Who never had this tablet.
    expect(await work(3, 'user-1', [movement(92, 'user-1')])).toMatchObject({ reason: 'speaks_for_another' });
    // Neither does more than both of them may: a manager's work is not done by a worker's token, nor the other way round.
    const rename = [set('customers', ofStore.customers(OWN)['_id'], { first_name: 'Borrowed' })];
    expect(await work(4, 'morning', rename)).toMatchObject({ reason: 'collection_not_writable' });
    expect(await gateway.db.collection('sync_inbox').findOne({ device_id: shared, reason: /writable/ })).toMatchObject({
      user_id: 'morning',
      role: 'store_manager',
    });
    evening.close();
    const again = await by('morning', 'store_manager');
    const upload = { sequence: 5, hlc: hlcOf(5, shared), action: 'test', userId: 'evening', changes: rename };
    expect(await again.upload(upload)).toMatchObject({ reason: 'collection_not_writable' });
    again.close();
  });

  test('[GW43] whose token was withdrawn since, and who came with a token for any device, is nobody’s colleague', async () => {
    const shared = 'tablet-8';
    const principal = (userId: string) => ({ role: 'worker', userId, stores: [OWN] }) as const;
    const anyDevice = await signToken(signingKey, { principal: principal('passer-by') });
    (await RawDevice.hello(gateway.uri, anyDevice, { deviceId: shared })).close();
    const leaver = await signToken(signingKey, { principal: principal('leaver'), deviceId: shared });
    (await RawDevice.hello(gateway.uri, leaver, { deviceId: shared })).close();
    await revokeToken(gateway.db, { tokenId: String(factsOf(leaver)?.tokenId), because: 'left the company' });
    const token = await signToken(signingKey, { principal: principal('user-1'), deviceId: shared });
    const device = await RawDevice.hello(gateway.uri, token, { deviceId: shared });
    for (const [index, userId] of ['leaver', 'passer-by'].entries()) {
      const sequence = index + 1;
      const changes = [aMovement(95 + index, { device_id: shared, user_id: userId })];
      const operation = { sequence, hlc: hlcOf(sequence, shared), action: 'test', userId, changes };
      expect(await device.upload(operation)).toMatchObject({ outcome: 'rejected', reason: 'speaks_for_another' });
    }
    device.close();
  });

  test('[GW43] a token for another device opens nothing', async () => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker', 'tablet-5'), { deviceId: 'tablet-6' });
    await device.ended();
    expect(device.goodbye).toMatchObject({ code: 'ACCESS_REFUSED', retryAfterMs: null });
  });
});

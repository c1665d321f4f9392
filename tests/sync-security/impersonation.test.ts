import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signToken } from '../../src/gateway/index.ts';
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

  test('[GW43] a token for another device opens nothing', async () => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker', 'tablet-5'), { deviceId: 'tablet-6' });
    await device.ended();
    expect(device.goodbye).toMatchObject({ code: 'ACCESS_REFUSED', retryAfterMs: null });
  });
});

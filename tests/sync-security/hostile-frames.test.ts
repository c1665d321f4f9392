import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../torture/random.ts';
import { OWN, ofStore } from './documents.ts';
import { openGateway, type TestGateway, tokenOf } from './gateway.ts';
import { mutated, nested } from './mutations.ts';
import { create, helloFrame, hlcOf, RawDevice, set } from './raw-device.ts';

const SEED = 20_261_122;
/** Ten thousand take about a minute on two busy cores. */
const FRAMES = Number(process.env['ZAVA_HOSTILE_FRAMES'] ?? 2_500);
const SIDE_BY_SIDE = 8;
const FRAMES_PER_CONNECTION_MAX = 8;
/** Of the device that does nothing wrong, while all the others do. */
const ANSWER_MS_MAX = 2_000;

const phases = ['hello', 'authenticating', 'idle', 'syncing', 'following'] as const;
/** How a gateway may end a connection that a stranger made, if it does. */
const farewells = new Set(['none', 'ACCESS_REFUSED', 'FRAME_MALFORMED', 'FRAME_TOO_LARGE', 'PROTOCOL_UNSUPPORTED']);
const everything = [
  { collection: 'alerts', where: {} },
  { collection: 'inventory', where: { store_id: OWN, stock_level: { $gte: 0 } } },
];

let gateway: TestGateway;
let witness: RawDevice;
beforeAll(async () => {
  gateway = await openGateway();
  witness = await RawDevice.hello(gateway.uri, await tokenOf('worker', 'witness'), { deviceId: 'witness' });
  await witness.download(everything);
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** The device that does nothing wrong gets its answer, and says after how long. */
async function answerMs(): Promise<number> {
  const pongs = () => witness.frames.filter(({ type }) => type === 'pong').length;
  const before = pongs();
  const startedAt = performance.now();
  witness.send({ type: 'ping', wallClockMs: Date.now() });
  await witness.until(() => witness.isClosed || pongs() > before);
  expect(witness.goodbye).toBeUndefined();
  return performance.now() - startedAt;
}

async function expectGoodHealth(): Promise<void> {
  expect(await answerMs()).toBeLessThan(ANSWER_MS_MAX);
  expect(gateway.log.filter((line) => /fault of the gateway|not answer/.test(line))).toEqual([]);
  expect(gateway.gateway.status().stream.isStalled).toBe(false);
  expect({}).not.toHaveProperty('polluted');
}

describe('hostile frames', () => {
  test(`[GW44] ${FRAMES} of them, in every phase, stop nobody (seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const token = await tokenOf('worker', 'fuzz');
    const rightFrames = (): unknown[] => [
      helloFrame(token, { deviceId: 'fuzz' }),
      { type: 'subscribe', request: 2, subscriptions: everything, position: null, awaitsTime: null, holdings: {} },
      {
        type: 'upload',
        pending: 1,
        operations: [
          {
            sequence: random.integer(1, 1e6),
            hlc: hlcOf(1, 'fuzz'),
            action: 'test',
            userId: 'user-1',
            changes: [
              set('alerts', ofStore.alerts(OWN)['_id'], { state: 'acknowledged' }),
              create('stock_movements', {
                ...ofStore.stock_movements(OWN, random.integer(100, 1e6)),
                device_id: 'fuzz',
              }),
            ],
          },
        ],
      },
      { type: 'confirm', frame: 1 },
      { type: 'checksums', collection: 'alerts', position: { time: '0'.repeat(16), resumeToken: null }, buckets: [''] },
      { type: 'contents', collection: 'alerts', hashes: { a: '0'.repeat(16) } },
      { type: 'ping', wallClockMs: 1 },
    ];
    let sent = 0;
    let worstMs = 0;
    const codes = new Map<string, number>();
    const attack = async () => {
      while (sent < FRAMES) {
        const phase = random.pick(phases);
        const device = await RawDevice.connect(gateway.uri);
        if (phase !== 'hello') device.send(helloFrame(token, { deviceId: 'fuzz' }));
        if (phase === 'idle') await device.until(() => device.isClosed || device.frames.length > 0);
        if (phase === 'syncing' || phase === 'following') await device.until(() => device.frames.length > 0);
        if (phase === 'syncing') device.send(rightFrames()[1]);
        if (phase === 'following') await device.download(everything);
        for (let left = random.integer(1, FRAMES_PER_CONNECTION_MAX); left > 0 && !device.isClosed; left--) {
          sent += 1;
          device.sendRaw(mutated(random, random.pick(rightFrames())));
          if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
        }
        const asked = device.frames.length;
        device.send({ type: 'ping', wallClockMs: 1 });
        await device.until(() => device.isClosed || device.frames.slice(asked).some(({ type }) => type === 'pong'));
        const code = device.goodbye?.code ?? 'none';
        codes.set(code, (codes.get(code) ?? 0) + 1);
        device.close();
      }
    };
    const watch = async () => {
      while (sent < FRAMES) {
        worstMs = Math.max(worstMs, await answerMs());
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await Promise.all([...Array.from({ length: SIDE_BY_SIDE }, attack), watch()]);
    expect(worstMs).toBeLessThan(ANSWER_MS_MAX);
    expect([...codes].filter(([code]) => !farewells.has(code))).toEqual([]);
    await expectGoodHealth();
    expect(
      await witness.perform([set('alerts', ofStore.alerts(OWN)['_id'], { state: 'resolved' })], {
        hlc: hlcOf(9, 'witness'),
      }),
    ).toMatchObject({ outcome: 'applied' });
  });

  test.each([
    ['a frame beyond the limit', () => `{"type":"hello","token":"${'x'.repeat(9 * 1024 * 1024)}"}`],
    ['a frame nested 4 million deep', () => nested(4_000_000)],
    ['a filter nested 100,000 deep', () => `{"type":"subscribe","subscriptions":[{"where":${nested(100_000, true)}}]}`],
    ['bytes instead of text', () => Uint8Array.from({ length: 1_000 }, (_, index) => index % 256)],
  ])('[GW44] %s ends its connection and no other', async (_name, frameOf) => {
    const device = await RawDevice.connect(gateway.uri);
    device.sendRaw(frameOf());
    await device.ended();
    await expectGoodHealth();
  });

  test('[GW44] an operation nested beyond all measure is parked, and its neighbours are applied', async () => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker'));
    const right = (sequence: number) =>
      JSON.stringify({
        sequence,
        hlc: hlcOf(sequence),
        action: 'test',
        userId: 'user-1',
        changes: [set('alerts', ofStore.alerts(OWN)['_id'], { state: 'acknowledged' })],
      });
    for (const [index, depth] of [60, 150].entries()) {
      const first = index * 3 + 1;
      const [before, after] = right(first + 1).split('"acknowledged"') as [string, string];
      device.frames.length = 0;
      const poison = `${before}${nested(depth, true)}${after}`;
      device.sendRaw(`{"type":"upload","pending":0,"operations":[${right(first)},${poison},${right(first + 2)}]}`);
      const outcomes = () =>
        device.frames.flatMap((frame) => (frame.type === 'results' ? frame.results.map(({ outcome }) => outcome) : []));
      await device.until(() => device.isClosed || outcomes().length === 3);
      expect(outcomes(), String(depth)).toEqual(['applied', 'rejected', 'applied']);
    }
    await expectGoodHealth();
  });

  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];
  test.each(names)('[GW44] a field called %s changes nothing but the document, or is refused', async (name) => {
    const device = await RawDevice.hello(gateway.uri, await tokenOf('worker', `tablet-${names.indexOf(name)}`), {
      deviceId: `tablet-${names.indexOf(name)}`,
    });
    const hlc = (counter: number) => hlcOf(counter, `tablet-${names.indexOf(name)}`);
    const id = ofStore.inventory(OWN)['_id'];
    const fields = [{ [`location.${name}.polluted`]: 'yes' }, { [`location.${name}`]: { polluted: 'yes' } }];
    for (const [index, field] of [...fields, JSON.parse(`{"location":{"${name}":{"polluted":"yes"}}}`)].entries()) {
      const result = await device.perform([set('inventory', id, field as never)], { hlc: hlc(index + 1) });
      expect(['applied', 'rejected']).toContain(result.outcome);
      expect(({} as { polluted?: string }).polluted).toBeUndefined();
    }
    await expectGoodHealth();
    // Whatever was taken in can be downloaded, and what a device holds of it compares.
    const other = await RawDevice.hello(gateway.uri, await tokenOf('worker'));
    expect((await other.download(everything)).get(`inventory/${String(id)}`)).toMatchObject({ store_id: OWN });
  });

  test.each([
    ['no path at all', 'GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['a path that is no URL', 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['another path', 'GET /else HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['a key that is none', upgrade('Sec-WebSocket-Key: x')],
    ['no version', upgrade('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '')],
    ['an unmasked frame', `${upgrade('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')}\x81\x05Hello`],
    [
      'a frame of 2^62 bytes',
      `${upgrade('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')}\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0`,
    ],
    ['an unknown opcode', `${upgrade('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')}\x8f\x80\0\0\0\0`],
    [
      'a ping of 200 bytes',
      `${upgrade('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')}\x89\xfe\x00\xc8\0\0\0\0${'x'.repeat(200)}`,
    ],
    ['text that is no UTF-8', `${upgrade('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')}\x81\x82\0\0\0\0\xff\xff`],
    ['garbage', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
  ])('[GW44] %s at the door ends that connection and no other', async (_name, bytes) => {
    const { port } = new URL(gateway.uri.replace('ws:', 'http:'));
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end());
      socket.on('close', () => resolve());
      socket.setTimeout(2_000, () => socket.destroy());
    });
    await expectGoodHealth();
  });
});

function upgrade(key: string, version = 'Sec-WebSocket-Version: 13\r\n'): string {
  return `GET /sync HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${version}${key}\r\n\r\n`;
}

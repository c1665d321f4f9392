import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../index.ts';
import { FrameReader } from './frames.ts';
import { opMsg, SocketClient } from './socket-client.testing.ts';

let dataDir: string;
let server: EmbeddedServer;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-'));
  server = await startEmbeddedServer({ dataDir, port: 0 });
});

afterAll(async () => {
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

test('[ES17] frames are cut right, however the bytes arrive', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 50 })),
      (sizes, cuts) => {
        const frames = sizes.map((size, n) => opMsg({ ping: 1, text: 'x'.repeat(size) }, n));
        const bytes = Buffer.concat(frames);
        const reader = new FrameReader();
        const found: Buffer[] = [];
        for (let at = 0; at < bytes.length; ) {
          const step = cuts.next().value as number;
          found.push(...reader.push(bytes.subarray(at, at + step)));
          at += step;
        }
        expect(Buffer.concat(found)).toEqual(bytes);
        expect(found).toHaveLength(frames.length);
      },
    ),
  );
});

test('[ES17] a malformed frame closes its connection and no other', async () => {
  await using other = await SocketClient.open(server.host, server.port);
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.alloc(16),
    Buffer.from([0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0]),
    Buffer.concat([opMsg({ ping: 1 }).subarray(0, 20), Buffer.from([9]), opMsg({ ping: 1 }).subarray(21)]),
  ]) {
    await using client = await SocketClient.open(server.host, server.port);
    client.send(bytes);
    expect(await client.reply()).toBeNull();
  }
  expect(await other.command({ ping: 1, $db: 'admin' })).toMatchObject({ ok: 1 });
});

test('[ES17] ten thousand damaged messages neither stop the server nor fill it', async () => {
  const original = opMsg({ find: 'c', filter: { a: { $gt: 1 } }, sort: { a: 1 }, limit: 5, $db: 'test' });
  let client = await SocketClient.open(server.host, server.port);
  const random = seeded(20261122);
  for (let round = 0; round < 10_000; round++) {
    const damaged = Buffer.from(original);
    for (let k = 0; k <= random(3); k++) damaged[16 + random(damaged.length - 16)] = random(256);
    if (client.closed) client = await SocketClient.open(server.host, server.port);
    client.send(damaged);
    if (round % 20 === 0) await client.reply();
  }
  await client[Symbol.asyncDispose]();
  await using fresh = await SocketClient.open(server.host, server.port);
  expect(await fresh.command({ ping: 1, $db: 'admin' })).toMatchObject({ ok: 1 });
});

test('[ES2] a command with malformed BSON gets an error reply, and the connection stays open', async () => {
  await using client = await SocketClient.open(server.host, server.port);
  const frame = opMsg({ ping: 1, text: 'abc', $db: 'admin' });
  frame[frame.indexOf('text') - 1] = 0x55;
  client.send(frame);
  expect(await client.reply()).toMatchObject({ ok: 0, code: 22, codeName: 'InvalidBSON' });
  expect(await client.command({ ping: 1, $db: 'admin' })).toMatchObject({ ok: 1 });
});

/** A small linear congruential generator: the same seed, the same damage. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

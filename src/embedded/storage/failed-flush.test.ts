/** A disk that stops taking what it is given: the one thing of it that can't be had for real is a failing flush. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import { openStorage, type Storage } from './index.ts';

const disk = vi.hoisted(() => ({ isBroken: false }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const fdatasync = (descriptor: number, done: (error: Error | null) => void) =>
    disk.isBroken ? done(new Error('EIO: i/o error, fdatasync')) : real.fdatasync(descriptor, done);
  return { ...real, fdatasync };
});

const NAMESPACE = 'shop.items';
let dataDir: string;
let storage: Storage;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'zava-flush-'));
  storage = await openStorage({ dataDir });
  await storage.write((transaction) => void transaction.createCollection(NAMESPACE, {}));
  await insert(1);
});

afterEach(async () => {
  disk.isBroken = false;
  // It says so once more where the disk was broken.
  await storage.close().catch(() => undefined);
  rmSync(dataDir, { recursive: true, force: true });
});

const insert = (id: number) =>
  storage.write((transaction) => void transaction.collection(NAMESPACE)!.insert(encode({ _id: id })));

function ids(): unknown[] {
  using snapshot = storage.snapshot();
  return [...snapshot.collection(NAMESPACE)!.scan()].map(({ raw }) => decode(raw)['_id']);
}

const refusal = { code: 14031, message: expect.stringContaining('EIO: i/o error, fdatasync') };

test('[ST17] a flush that fails fails the write, and those after it, with 14031 and the cause; reads go on', async () => {
  disk.isBroken = true;
  const together = await Promise.allSettled([insert(2), insert(3)]);
  for (const one of together) expect(one).toMatchObject({ status: 'rejected', reason: refusal });
  expect(ids()).toEqual([1]);
  // The disk may have lost what it had not written: a flush that succeeds later proves nothing.
  disk.isBroken = false;
  await expect(insert(4)).rejects.toMatchObject(refusal);
  const slices = storage.writeInSlices(function* (transaction) {
    yield void transaction.collection(NAMESPACE)!.insert(encode({ _id: 5 }));
  });
  await expect(slices).rejects.toMatchObject(refusal);
  expect(ids()).toEqual([1]);
  expect(storage.changeLog.readAfter({ clusterTime: storage.changeLog.oldest(), index: 0 }, 10)).toHaveLength(2);
});

test('[ST17] after a failed flush the next opening has what was acknowledged, of the rest all or nothing, and writes', async () => {
  disk.isBroken = true;
  await expect(insert(2)).rejects.toMatchObject(refusal);
  disk.isBroken = false;
  await storage.close().catch(() => undefined);
  storage = await openStorage({ dataDir });
  expect([[1], [1, 2]]).toContainEqual(ids());
  await insert(3);
  expect(ids().slice(-1)).toEqual([3]);
});

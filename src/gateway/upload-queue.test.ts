import { describe, expect, test, vi } from 'vitest';
import { LIMITS } from '../sync/index.ts';
import { UploadQueue } from './upload-queue.ts';

const operations = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

describe('[GW70] uploads that wait', () => {
  test('are decided in their order, and are too many at twice what a device may wait for', async () => {
    const decided: unknown[] = [];
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const queue = new UploadQueue(
      async (operation) => {
        await held;
        decided.push(operation);
      },
      (error) => expect.unreachable(error.message),
    );
    const most = 2 * LIMITS.operationsInFlightMax;
    expect(queue.take(operations(most - 1), 100)).toBe(true);
    expect(queue.take(operations(2), 100)).toBe(false);
    expect(queue.take([most - 1], 100)).toBe(true);
    goOn();
    await vi.waitFor(() => expect(decided).toEqual(operations(most)));
    expect(queue.take(operations(most), 100)).toBe(true);
  });

  test('are too large together at four frames', () => {
    const queue = new UploadQueue(
      () => new Promise(() => undefined),
      () => undefined,
    );
    for (let frame = 0; frame < 4; frame++) expect(queue.take([frame], LIMITS.frameBytesMax)).toBe(true);
    expect(queue.take([4], 1)).toBe(false);
  });

  test('are not decided any more when the database does not answer', async () => {
    const tried: unknown[] = [];
    const faults: string[] = [];
    const queue = new UploadQueue(
      async (operation) => {
        tried.push(operation);
        throw new Error('no answer');
      },
      ({ message }) => void faults.push(message),
    );
    queue.take([1, 2], 10);
    queue.take([3], 10);
    await vi.waitFor(() => expect(faults).toEqual(['no answer']));
    await Promise.resolve();
    expect(tried).toEqual([1]);
  });
});

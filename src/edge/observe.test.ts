import { describe, expect, test, vi } from 'vitest';
import { statements } from './dql.ts';
import { observe } from './observe.ts';
import { anItem, SEATTLE, TestDevice } from './retail/device.fixture.ts';

const setTo = (device: TestDevice, stock_level: number) =>
  device.sync({ inventory: [anItem(SEATTLE, 1, stock_level)] });

describe('a live query', () => {
  test('[ED20] tells the rows at once and after each change that touches them, and nothing once it is cancelled', async () => {
    await using device = await TestDevice.open();
    const seen: number[] = [];
    const live = observe<{ stock_level: number }>(
      device.store,
      statements.inventoryItem,
      { storeId: SEATTLE, productId: 'prod_1' },
      (rows) => void seen.push(...rows.map(({ stock_level }) => stock_level)),
      () => undefined,
    );
    await vi.waitFor(() => expect(seen).toEqual([10]), 10_000);
    await setTo(device, 9);
    await vi.waitFor(() => expect(seen).toEqual([10, 9]), 10_000);
    live.cancel();
    live.cancel();
    await setTo(device, 8);
    await new Promise((done) => setTimeout(done, 200));
    expect(seen).toEqual([10, 9]);
  });

  test('[ED20] a slow view sees the newest state, not every state; one that fails goes on with the next', async () => {
    await using device = await TestDevice.open();
    const seen: number[] = [];
    const faults: string[] = [];
    let letGo = (): void => undefined;
    const isLetGo = new Promise<void>((done) => {
      letGo = done;
    });
    const live = observe<{ stock_level: number }>(
      device.store,
      statements.inventoryItem,
      { storeId: SEATTLE, productId: 'prod_1' },
      async ([row]) => {
        seen.push(row?.stock_level ?? -1);
        await isLetGo;
        if (seen.length === 1) throw new Error('The view broke.');
      },
      ({ message }) => faults.push(message),
    );
    await vi.waitFor(() => expect(seen).toEqual([10]), 10_000);
    for (const units of [9, 8, 7]) await setTo(device, units);
    letGo();
    await vi.waitFor(() => expect(seen.at(-1)).toBe(7), 10_000);
    expect(seen.length).toBeLessThanOrEqual(3);
    expect(faults).toEqual(['The view broke.']);
    live.cancel();
  });
});

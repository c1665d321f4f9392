import type { DeviceState } from '../../../../src/device/api.ts';

/**
 * When the device was last up to date, in epoch milliseconds; null where it never was. After a restart it is known by its
 * position alone: a time of MongoDB, whose first eight digits are seconds in hexadecimal.
 */
export function lastSyncMsOf({ lastSyncMs, position }: DeviceState): number | null {
  if (lastSyncMs !== null || position === null) return lastSyncMs;
  const seconds = Number.parseInt(position.time.slice(0, 8), 16);
  return Number.isNaN(seconds) ? null : seconds * 1000;
}

import { useSyncExternalStore } from 'react';
import type { DeviceState } from '../../../../src/device/api.ts';
import { followEvents } from '../event-stream.ts';
import { queryClient } from '../mount.tsx';

export interface LiveDevice {
  /** Null until the device has answered once. */
  readonly state: DeviceState | null;
  /** False while the device's own program does not answer: that is a fault, being offline is none. */
  readonly isAnswering: boolean;
  /** When it was last heard, in epoch milliseconds. */
  readonly heardAtMs: number | null;
}

let live: LiveDevice = { state: null, isAnswering: true, heardAtMs: null };
const listeners = new Set<() => void>();

function set(next: Partial<LiveDevice>): void {
  live = { ...live, ...next };
  for (const hear of listeners) hear();
}

const reading = new Set<string>();
const staleAgain = new Set<string>();

/** One reading of a view at a time: in a burst of changes each would otherwise call off the one before, and none would end. */
async function readAnew(view: string): Promise<void> {
  if (reading.has(view)) {
    staleAgain.add(view);
    return;
  }
  reading.add(view);
  do {
    staleAgain.delete(view);
    await queryClient.invalidateQueries({ queryKey: ['view', view] });
  } while (staleAgain.has(view));
  reading.delete(view);
}

/** One stream for the whole page; each view that a write made stale is read anew. */
export function followDevice(): () => void {
  const stream = followEvents(
    '/api/events',
    {
      state: (state) => set({ state: state as DeviceState, isAnswering: true, heardAtMs: Date.now() }),
      stale: (stale) => {
        for (const view of (stale as { views: readonly string[] }).views) {
          void readAnew(view);
        }
      },
    },
    (isAnswering) => {
      // What was written while nobody listened is not told: everything may be old.
      if (isAnswering && !live.isAnswering) void queryClient.invalidateQueries({ queryKey: ['view'] });
      set({ isAnswering });
    },
  );
  return () => stream.close();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useLiveDevice = (): LiveDevice => useSyncExternalStore(subscribe, () => live);

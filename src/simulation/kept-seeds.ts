/** Runs that once broke a promise. Each is played again with every test, for good. */
import type { PlanOptions } from './plan.ts';

export interface KeptSeed extends Pick<PlanOptions, 'seed' | 'devices' | 'gateways' | 'steps'> {
  /** What it found. */
  readonly broke: string;
}

export const keptSeeds: readonly KeptSeed[] = [
  {
    seed: 4,
    devices: 4,
    gateways: 2,
    steps: 400,
    broke:
      'a device killed while it was compared with another scope kept the old scope’s name on what it held, and went on from there with fields of the other',
  },
  {
    seed: 23,
    devices: 4,
    gateways: 2,
    steps: 400,
    broke: 'a document that left the scope between being found different and being read again was left on the device',
  },
  {
    seed: 196,
    devices: 4,
    gateways: 2,
    steps: 400,
    broke: 'a restored device numbered anew what MongoDB had under its old number, and it took effect twice',
  },
  {
    seed: 235,
    devices: 5,
    gateways: 1,
    steps: 250,
    broke: 'a device whose clock was put back waited for a dead connection as long as the clock had jumped',
  },
];

/** The shape of the world that a seed stands for in the tests: mostly small, now and then as large as fifty devices. */
export function worldOfSeed(seed: number): Pick<PlanOptions, 'seed' | 'devices' | 'gateways' | 'steps'> {
  const gateways = 1 + (seed % 3);
  if (seed % 100 === 0) return { seed, devices: 50, gateways, steps: 500 };
  if (seed % 10 === 0) return { seed, devices: 12, gateways, steps: 350 };
  return { seed, devices: 2 + (seed % 4), gateways, steps: 250 };
}

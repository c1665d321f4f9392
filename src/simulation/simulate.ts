/** Plays one world from its beginning to its end. The same options give the same run, to the last byte. */
import type { Permissions } from '../domain/index.ts';
import { BrokenPromise, type PromiseName } from './broken-promise.ts';
import { heal } from './healing.ts';
import { kindOf, type PlanOptions, planOf, type Step } from './plan.ts';
import type { Sabotage } from './sabotage.ts';
import { guarded, playStep } from './steps.ts';
import type { TimelineEntry } from './timeline.ts';
import { World } from './world.ts';

export interface SimulationOptions extends PlanOptions {
  readonly permissions: Permissions;
  readonly sabotage?: Sabotage | undefined;
}

export interface Violation {
  readonly promise: PromiseName;
  readonly message: string;
  /** Where it showed. */
  readonly step: TimelineEntry['step'];
}

export interface DeviceAtTheEnd {
  readonly deviceId: string;
  readonly role: string;
  readonly stores: readonly string[] | 'all';
  readonly acknowledged: number;
  readonly refused: number;
  readonly documents: number;
}

export interface SimulationReport {
  readonly violation: Violation | null;
  readonly timeline: readonly TimelineEntry[];
  readonly steps: readonly Step[];
  readonly devices: readonly DeviceAtTheEnd[];
  readonly figures: {
    readonly acknowledged: number;
    readonly applied: number;
    readonly parked: number;
    readonly lostFields: number;
    readonly framesCarried: number;
    readonly simulatedSeconds: number;
  };
}

export function simulate(options: SimulationOptions): SimulationReport {
  const steps = planOf(options);
  const isWhole = options.only === undefined && options.script === undefined;
  const participants = isWhole ? undefined : participantsOf(steps);
  const world = new World({ ...options, participants });
  const startedMs = world.wallClockMs;
  let violation: Violation | null = null;
  try {
    for (const step of steps) playStep(world, step);
    guarded(() => heal(world, options.seed));
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    violation = { promise: error.promise, message: error.message, step: world.step };
    world.tell('the world', `a promise is broken: ${error.message}`);
  }
  const { effects, inbox, conflicts } = world.transactions;
  return {
    violation,
    timeline: world.timeline,
    steps,
    devices: world.devices.map(({ deviceId, principal, acknowledged, store }) => ({
      deviceId,
      role: principal.role,
      stores: principal.stores,
      acknowledged: acknowledged.length,
      refused: store.rejected.length,
      documents: store.documents.size,
    })),
    figures: {
      acknowledged: world.devices.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
      applied: [...effects.values()].reduce((sum, times) => sum + times, 0),
      parked: inbox.size,
      lostFields: conflicts.size,
      framesCarried: world.framesCarried,
      simulatedSeconds: Math.round((world.wallClockMs - startedMs) / 1000),
    },
  };
}

/** Where steps were left out, a device that none of the others names takes no part. */
function participantsOf(steps: readonly Step[]): ReadonlySet<number> {
  return new Set(steps.filter((step) => kindOf(step).isOfWorld !== true).map(({ device }) => device));
}

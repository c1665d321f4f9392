/**
 * What happens in a world, decided before it begins. Each step draws what it needs from a seed of its own, so that a step
 * can be left out and the others stay as they were: that is what makes a failing run small.
 */
import type { FaultName } from './faults.ts';
import { Random } from './random.ts';

/** What a step does (steps.ts), how often it comes, and the fault that it belongs to. */
export const stepKinds = {
  carry: { weight: 40, isOfWorld: true },
  stream: { weight: 8, isOfWorld: true },
  work: { weight: 16 },
  correct: { weight: 6 },
  settle: { weight: 1 },
  settle_at_headquarters: { weight: 0.7, isOfWorld: true },
  direct: { weight: 3, isOfWorld: true },
  connect: { weight: 5 },
  tick: { weight: 3, isOfWorld: true },
  verify: { weight: 2 },
  cut: { weight: 2, fault: 'cut' },
  part: { weight: 0.7, fault: 'one_way' },
  crash: { weight: 2, fault: 'crash' },
  kill_gateway: { weight: 0.7, fault: 'gateway', isOfWorld: true },
  restart_gateway: { weight: 0.4, fault: 'gateway', isOfWorld: true },
  back_up: { weight: 0.5, fault: 'backup' },
  restore: { weight: 0.3, fault: 'backup' },
  busy: { weight: 0.7, fault: 'busy', isOfWorld: true },
  set_clock: { weight: 1, fault: 'clock' },
  run_ahead: { weight: 2, fault: 'clock' },
  damage: { weight: 0.5, fault: 'damage' },
  duplicate: { weight: 1, fault: 'duplicate' },
  lose_history: { weight: 0.7, fault: 'history', isOfWorld: true },
  change_role: { weight: 0.5, fault: 'permissions' },
  revoke: { weight: 0.5, fault: 'revoke' },
  grant: { weight: 1, fault: 'revoke' },
  slow_down: { weight: 0.5, fault: 'slow' },
  stall_stream: { weight: 0.5, fault: 'stream', isOfWorld: true },
  repeat_stream: { weight: 1, fault: 'stream' },
  subscribe: { weight: 0.7, fault: 'subscriptions' },
  truncate: { weight: 0.5, fault: 'truncate' },
} as const satisfies Record<string, KindOfStep>;

export type StepKind = keyof typeof stepKinds;

interface KindOfStep {
  readonly weight: number;
  readonly fault?: FaultName;
  /** Happens to no device in particular. */
  readonly isOfWorld?: true;
}

export const kindOf = ({ kind }: Step): KindOfStep => stepKinds[kind];

export interface Step {
  /** From 1; names the step for good, whatever is left out. */
  readonly number: number;
  readonly kind: StepKind;
  readonly device: number;
  readonly seed: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly devices: number;
  readonly gateways: number;
  readonly steps: number;
  readonly faults: readonly FaultName[];
  /** Only these steps are played. */
  readonly only?: readonly number[] | undefined;
  /** Instead of what the seed would give: a run that is kept stays as it was, whatever plans become. */
  readonly script?: readonly Step[] | undefined;
}

const kinds = Object.entries(stepKinds) as [StepKind, KindOfStep][];
const WEIGHT_SUM = kinds.reduce((sum, [, { weight }]) => sum + weight, 0);

export function planOf({ seed, devices, steps, faults, only, script }: PlanOptions): Step[] {
  if (script !== undefined) return script.filter(({ number }) => only?.includes(number) ?? true);
  const random = new Random(seed);
  const allowed = new Set<FaultName>(faults);
  const kept = only === undefined ? null : new Set(only);
  const plan: Step[] = [];
  for (let number = 1; number <= steps; number++) {
    const drawn = kindAt((random.below(1_000_000) / 1_000_000) * WEIGHT_SUM);
    const device = random.below(devices);
    const stepSeed = random.below(0x7fffffff);
    const { fault }: KindOfStep = stepKinds[drawn];
    // A fault that is not wanted leaves its place to traffic: the other steps stay where they were.
    const kind = fault === undefined || allowed.has(fault) ? drawn : 'carry';
    if (kept === null || kept.has(number)) plan.push({ number, kind, device, seed: stepSeed });
  }
  return plan;
}

function kindAt(place: number): StepKind {
  let rest = place;
  for (const [kind, { weight }] of kinds) {
    rest -= weight;
    if (rest < 0) return kind;
  }
  return 'carry';
}

/** `118 connect 4 1839`: number, kind, device and seed of a step. */
export function stepFromText(text: string): Step {
  const [number, kind, device, seed] = text.split(' ') as [string, StepKind, string, string];
  return { number: Number(number), kind, device: Number(device), seed: Number(seed) };
}

export const stepText = ({ number, kind, device, seed }: Step): string => `${number} ${kind} ${device} ${seed}`;

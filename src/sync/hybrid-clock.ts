/**
 * Hybrid logical time: close to the wall clock, never going back, and ordered alike on every replica. A stamp is text
 * that sorts (`2026-11-22T08:30:00.000Z-0000-seattle-tablet-1`): milliseconds, a counter, and the device that breaks ties.
 *
 * Source: Kulkarni et al., "Logical Physical Clocks", 2014.
 */
import { hlcText } from '../domain/index.ts';
import { SyncError } from './errors.ts';

/** A hybrid logical timestamp as text. */
export type Hlc = string;

export interface HlcParts {
  readonly epochMs: number;
  readonly counter: number;
  readonly deviceId: string;
}

/** How far a device's clock may run ahead of a gateway's before its stamps count as of now. */
export const DRIFT_MS_MAX = 60_000;

const COUNTER_MAX = 0xffff;
const HLC_PATTERN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-([0-9a-f]{4})-([A-Za-z0-9_.-]{1,100})$/;

/** Below every stamp that a device can make: what was there before anyone stamped it. */
export const HLC_ORIGIN: Hlc = '';

export function parseHlc(stamp: Hlc): HlcParts {
  const match = HLC_PATTERN.exec(stamp);
  const epochMs = match === null ? Number.NaN : Date.parse(match[1] as string);
  if (match === null || Number.isNaN(epochMs)) {
    throw new SyncError('HLC_MALFORMED', `'${stamp.slice(0, 60)}' is not a hybrid logical timestamp.`);
  }
  return { epochMs, counter: Number.parseInt(match[2] as string, 16), deviceId: match[3] as string };
}

export function isHlc(value: unknown): value is Hlc {
  return typeof value === 'string' && HLC_PATTERN.test(value) && !Number.isNaN(Date.parse(value.slice(0, 24)));
}

/** One replica's clock. The wall clock is given to each call: it may be wrong, jump or stand still. */
export class HybridClock {
  readonly #deviceId: string;
  #epochMs: number;
  #counter: number;

  /** `last` is the newest stamp that this replica made or saw before it was restarted. */
  constructor(deviceId: string, last: Hlc = HLC_ORIGIN) {
    this.#deviceId = deviceId;
    const { epochMs, counter } = last === HLC_ORIGIN ? { epochMs: 0, counter: 0 } : parseHlc(last);
    this.#epochMs = epochMs;
    this.#counter = counter;
  }

  /** The newest stamp that this clock has made or seen, as if it were its own. */
  get newest(): Hlc {
    return hlcText(this.#epochMs, this.#counter, this.#deviceId);
  }

  /** A stamp above every one that this clock has made or seen. */
  tick(wallClockMs: number): Hlc {
    if (wallClockMs > this.#epochMs) {
      this.#epochMs = wallClockMs;
      this.#counter = 0;
    } else this.#countUp();
    return hlcText(this.#epochMs, this.#counter, this.#deviceId);
  }

  /** What another replica stamped: the next tick comes after it. */
  observe(stamp: Hlc): void {
    if (stamp === HLC_ORIGIN) return;
    const { epochMs, counter } = parseHlc(stamp);
    if (epochMs > this.#epochMs || (epochMs === this.#epochMs && counter > this.#counter)) {
      this.#epochMs = epochMs;
      this.#counter = counter;
    }
  }

  /** Milliseconds that this clock runs ahead of the wall clock. */
  aheadMs(wallClockMs: number): number {
    return Math.max(0, this.#epochMs - wallClockMs);
  }

  /** Leaves room for stamps that others have made right above the newest, and that were not heard of yet. */
  leaveRoom(stamps: number): void {
    this.#countUp(stamps);
  }

  #countUp(by = 1): void {
    this.#counter += by;
    if (this.#counter <= COUNTER_MAX) return;
    this.#epochMs += 1;
    this.#counter = 0;
  }
}

export interface ClampedHlc {
  readonly hlc: Hlc;
  readonly wasClamped: boolean;
}

/**
 * The stamp under which a device's operation counts. One that lies further ahead of this gateway's clock than
 * `driftMsMax` is put back to the present, so that a tablet with a wrong clock cannot win for ever; but never to or
 * below `floor`: the device's newest accepted stamp, so that its own operations keep their order, or what it has seen.
 */
export function clampHlc(stamp: Hlc, wallClockMs: number, driftMsMax: number, floor: Hlc = HLC_ORIGIN): ClampedHlc {
  const { epochMs, deviceId } = parseHlc(stamp);
  if (epochMs <= wallClockMs + driftMsMax) return { hlc: stamp, wasClamped: false };
  const clock = new HybridClock(deviceId, floor);
  return { hlc: clock.tick(wallClockMs), wasClamped: true };
}

/**
 * Below what an operation of `own` can't be put back: the newest of these stamps that it lies above. Whoever made it may
 * have seen what they stand for.
 */
export function newestBelow(own: Hlc, stamps: Iterable<Hlc>): Hlc {
  let newest = HLC_ORIGIN;
  for (const stamp of stamps) if (stamp < own && stamp > newest) newest = stamp;
  return newest;
}

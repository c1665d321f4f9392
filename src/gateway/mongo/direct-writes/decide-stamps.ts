/**
 * What a direct write means for the stamps of its document: from now on an older edit of a device loses against it.
 * Pure. An edit may have come between the write and its stamping; the document as it stands then differs from what was
 * written, and what it should be is awaited until the events after the write tell why.
 */
import { fieldAt, hlcText } from '../../../domain/index.ts';
import {
  type Document,
  type FieldChanges,
  type Hlc,
  parseHlc,
  type Stamps,
  sameValue,
  standingStamp,
} from '../../../sync/index.ts';

/** What was written directly at a path, and when; until it is known who wrote over it. */
export interface AwaitedValue {
  readonly value: unknown;
  /** The write took the field away. */
  readonly isGone: boolean;
  readonly hlc: Hlc;
}

/** By path. */
export type Awaited = Readonly<Record<string, AwaitedValue>>;

export interface Stamped {
  readonly stamps: Stamps;
  readonly awaited: Awaited;
}

/** `current` is the document as it stands; undefined where no device can have written to it. */
export function stampChanges(
  stamps: Stamps,
  awaited: Awaited,
  changes: FieldChanges,
  hlc: Hlc,
  current: Document | undefined,
): Stamped {
  const fields: Record<string, Hlc> = { ...stamps.fields };
  const waiting = { ...awaited };
  for (const [path, value] of Object.entries(changes)) {
    const standing = standingStamp({ base: stamps.base, fields }, path);
    const stands = current === undefined || sameValue(fieldAt(current, path), value);
    delete waiting[path];
    // What stands there with a later stamp was there before: the writer in MongoDB has seen it.
    const since = hlc > standing.hlc ? hlc : stands ? stampAbove(standing.hlc, hlc) : null;
    if (since === null) continue;
    for (const covered of standing.covered) delete fields[covered];
    fields[path] = since;
    if (!stands) waiting[path] = { value: value ?? null, isGone: value === undefined, hlc: since };
  }
  return { stamps: { base: stamps.base, fields }, awaited: waiting };
}

/** A document that was made again: nothing that was stamped before counts any more. */
export function stampNewIncarnation(stamps: Stamps, hlc: Hlc): Stamps {
  const fields = Object.entries(stamps.fields).filter(([, stamp]) => stamp > hlc);
  return { base: hlc > stamps.base ? hlc : stampAbove(stamps.base, hlc), fields: Object.fromEntries(fields) };
}

/** The next stamp after `stamp`, by the writer of `own`. */
export function stampAbove(stamp: Hlc, own: Hlc): Hlc {
  if (own > stamp) return own;
  const { epochMs, counter } = parseHlc(stamp);
  const { deviceId } = parseHlc(own);
  return counter < 0xffff ? hlcText(epochMs, counter + 1, deviceId) : hlcText(epochMs + 1, 0, deviceId);
}

export interface Overwritten {
  readonly path: string;
  /** What the device wrote; undefined where it took the field away. */
  readonly value: unknown;
  readonly by: AwaitedValue;
}

/** A device's edit that came after direct writes that are awaited: which of its values lose, and what is awaited still. */
export function resolveAwaited(
  awaited: Awaited,
  written: FieldChanges,
  hlc: Hlc,
  current: Document | undefined,
): { readonly lost: readonly Overwritten[]; readonly awaited: Awaited } {
  const waiting = { ...awaited };
  const lost: Overwritten[] = [];
  for (const [path, value] of Object.entries(written)) {
    const direct = awaited[path];
    if (direct === undefined) continue;
    if (hlc > direct.hlc) delete waiting[path];
    else if (current === undefined) delete waiting[path];
    else if (sameValue(fieldAt(current, path), value)) {
      delete waiting[path];
      lost.push({ path, value, by: direct });
    }
  }
  return { lost, awaited: waiting };
}

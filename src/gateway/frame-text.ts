/**
 * Frames as text. What many devices are sent alike is written once: the same documents in a `changes` frame are known by
 * the array that they stand in.
 */
import type { GatewayFrame } from '../sync/index.ts';

export interface FrameText {
  /** This device's own. */
  readonly head: string;
  /** What follows it, and others may be sent as well; null where there is no such part. */
  readonly shared: SharedText | null;
}

export interface SharedText {
  readonly plain: Buffer;
  /** Once a device was sent it so. */
  deflated: Buffer | null;
}

type ChangesFrame = Extract<GatewayFrame, { type: 'changes' }>;

interface KnownText {
  readonly removals: ChangesFrame['removals'];
  readonly position: ChangesFrame['position'];
  readonly hlc: ChangesFrame['hlc'];
  readonly isCheckpoint: boolean;
  readonly text: SharedText;
}

/** Of the newest frame with these documents. */
const known = new WeakMap<ChangesFrame['upserts'], KnownText>();

export function frameText(frame: GatewayFrame): FrameText {
  if (frame.type !== 'changes' || frame.upserts.length + frame.removals.length === 0)
    return { head: JSON.stringify(frame), shared: null };
  return { head: `{"type":"changes","frame":${frame.frame},`, shared: sharedText(frame) };
}

function sharedText({ upserts, removals, position, hlc, isCheckpoint }: ChangesFrame): SharedText {
  const before = known.get(upserts);
  const isOfSame = before?.removals === removals && before.position === position && before.hlc === hlc;
  if (isOfSame && before.isCheckpoint === isCheckpoint) return before.text;
  const plain = Buffer.from(JSON.stringify({ position, hlc, upserts, removals, isCheckpoint }).slice(1));
  const text = { plain, deflated: null };
  known.set(upserts, { removals, position, hlc, isCheckpoint, text });
  return text;
}

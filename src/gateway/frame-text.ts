/**
 * Frames as text. What many devices are sent alike is written once: the same documents in a `changes` frame are known by
 * the array that they stand in.
 */
import type { GatewayFrame } from '../sync/index.ts';

export interface FrameText {
  /** This device's own. */
  readonly head: string;
  /** What follows it, and others may be sent as well; null where there is no such part. */
  readonly shared: Buffer | null;
}

type ChangesFrame = Extract<GatewayFrame, { type: 'changes' }>;

interface KnownText {
  readonly removals: ChangesFrame['removals'];
  readonly position: ChangesFrame['position'];
  readonly isCheckpoint: boolean;
  readonly text: Buffer;
}

/** Of the newest frame with these documents. */
const known = new WeakMap<ChangesFrame['upserts'], KnownText>();

export function frameText(frame: GatewayFrame): FrameText {
  if (frame.type !== 'changes' || frame.upserts.length === 0) return { head: JSON.stringify(frame), shared: null };
  return { head: `{"type":"changes","frame":${frame.frame},`, shared: sharedText(frame) };
}

function sharedText({ upserts, removals, position, isCheckpoint }: ChangesFrame): Buffer {
  const before = known.get(upserts);
  const isSame = before?.removals === removals && before.position === position && before.isCheckpoint === isCheckpoint;
  if (before !== undefined && isSame) return before.text;
  const text = Buffer.from(JSON.stringify({ position, upserts, removals, isCheckpoint }).slice(1));
  known.set(upserts, { removals, position, isCheckpoint, text });
  return text;
}

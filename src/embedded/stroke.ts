/**
 * JavaScript runs on one thread: what one expression does at a stroke, everybody waits for. A pipeline pauses between
 * documents, but one document is enough for a `$reduce` over millions. So loops whose length a client chooses count their
 * steps here, and a stroke that has lasted too long ends with MaxTimeMSExpired, as if `maxTimeMS` had been given.
 */
import { MongoError } from './errors.ts';

/** Below the second that others may be kept waiting, with room for what follows and for slower machines. */
const STROKE_MS_MAX = 600;
/** Steps between two looks at the clock. A step is a few dozen nanoseconds of work. */
const STEPS_PER_LOOK = 8192;

let stepsLeft = STEPS_PER_LOOK;
/** 0: nobody has looked since the stroke began. */
let startedAt = 0;

/** Others have just had their turn. */
export function beginStroke(): void {
  startedAt = 0;
}

/** Counts steps of a loop, before or after they are done. */
export function work(steps = 1): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) look();
}

function look(): void {
  stepsLeft = STEPS_PER_LOOK;
  const now = performance.now();
  if (startedAt === 0) {
    startedAt = now;
    setImmediate(beginStroke);
  } else if (now - startedAt > STROKE_MS_MAX) {
    throw new MongoError(
      'MaxTimeMSExpired',
      `operation exceeded time limit: what one document needs may take ${STROKE_MS_MAX} ms at a stroke, for others wait meanwhile`,
    );
  }
}

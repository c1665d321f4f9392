/**
 * JavaScript runs on one thread: what one expression does at a stroke, everybody waits for. A pipeline pauses between
 * documents, but one document is enough for a `$reduce` over millions. So loops whose length a client chooses count their
 * steps here, and a stroke that has lasted too long ends with MaxTimeMSExpired, as if `maxTimeMS` had been given.
 */
import { readFileSync } from 'node:fs';
import { MongoError } from './errors.ts';

/** Far below the second that others may be kept waiting: what follows (writing the result, clearing away) takes as long again. */
const STROKE_MS_MAX = 300;
/** Steps between two looks at the clock. A step is a few dozen nanoseconds of work. */
const STEPS_PER_LOOK = 8192;

let stepsLeft = STEPS_PER_LOOK;
/** 0: nobody has looked since the stroke began. */
let startedAt = 0;
let startedCpuMs = 0;
/** Nobody waits for what is done before the first stroke begins. */
let isAwaited = false;

/** Others have just had their turn. */
export function beginStroke(): void {
  startedAt = 0;
  isAwaited = true;
}

/** Counts steps of a loop, before or after they are done. */
export function work(steps = 1): void {
  stepsLeft -= steps;
  if (stepsLeft < 0) look();
}

function look(): void {
  stepsLeft = STEPS_PER_LOOK;
  if (!isAwaited) return;
  const now = performance.now();
  if (startedAt === 0) {
    startedAt = now;
    startedCpuMs = cpuMs();
    setImmediate(beginStroke);
  } else if (now - startedAt > STROKE_MS_MAX && cpuMs() - startedCpuMs > STROKE_MS_MAX) {
    // By the clock alone, a machine that runs other programs would end what is no long work.
    throw new MongoError(
      'MaxTimeMSExpired',
      `operation exceeded time limit: what one document or one query's plan needs may take ${STROKE_MS_MAX} ms at a stroke, for others wait meanwhile`,
    );
  }
}

/** Of this thread, where the system tells it; else of all threads, which is at least as much. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  const ofAll = (user + system) / 1000;
  if (process.platform !== 'linux') return ofAll;
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    return ofAll;
  }
}

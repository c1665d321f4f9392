/** When a device is told that it is at a checkpoint although nothing has happened to it. */
import type { Position } from '../sync/index.ts';

/** Between two positions told to a device to which nothing happens. */
const CHECKPOINT_MS = 10_000;

export class Checkpoints {
  /** The device waits for the checkpoint with its newest applied operation. */
  #awaitedTime: string | null = null;
  #toldTime: string | null = null;
  #toldMs = 0;
  /** Whether the next one is told whatever it is: with it the device is up to date for the first time. */
  #isFirstDue = false;

  begin(awaitedTime: string | null): void {
    this.#awaitedTime ??= awaitedTime;
    this.#isFirstDue = true;
  }

  await(time: string): void {
    if (this.#awaitedTime === null || time > this.#awaitedTime) this.#awaitedTime = time;
  }

  isAwaited({ time }: Position): boolean {
    return this.#awaitedTime !== null && time >= this.#awaitedTime;
  }

  /** For its own writes, or now and then. */
  isDue(position: Position, wallClockMs: number): boolean {
    return this.#isFirstDue || this.isAwaited(position) || wallClockMs - this.#toldMs >= CHECKPOINT_MS;
  }

  wasTold({ time }: Position): boolean {
    return time === this.#toldTime;
  }

  told(position: Position, wallClockMs: number): void {
    this.#toldTime = position.time;
    this.#toldMs = wallClockMs;
    this.#isFirstDue = false;
    if (this.isAwaited(position)) this.#awaitedTime = null;
  }
}

/**
 * Queries that hold much memory, a few at a time: on one thread sixty of them at once get nothing done sooner, and hold
 * sixty times as much. Who holds little needs no seat.
 */
import type { WorkSpace } from './work-space.ts';

/** A query that holds more than this waits for a seat before it goes on. */
const SEAT_BYTES_MIN = 1024 * 1024;
const SEATS = 4;

/** Whoever is at work: it can wait, and stops waiting (by throwing) when nobody wants its work any more. */
export interface Waiter {
  breathe(): Promise<void>;
  waitFor(subscribe: (wake: () => void) => () => void, milliseconds: number): Promise<boolean>;
}

/** First come, first served. */
export class Seats {
  readonly #waiting = new Set<() => void>();
  #free = SEATS;

  async take(waiter: Waiter): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    let isMine = false;
    const subscribe = (wake: () => void) => {
      const called = () => {
        isMine = true;
        wake();
      };
      this.#waiting.add(called);
      return () => this.#waiting.delete(called);
    };
    try {
      while (!isMine) await waiter.waitFor(subscribe, Number.POSITIVE_INFINITY);
    } catch (error) {
      if (isMine) this.leave();
      throw error;
    }
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}

/** One query's way through a batch of its results: it holds a seat from when it needs one to the batch's end. */
export class SeatedWork {
  readonly #work: WorkSpace;
  readonly #waiter: Waiter;
  #isSeated = false;

  constructor(work: WorkSpace, waiter: Waiter) {
    this.#work = work;
    this.#waiter = waiter;
  }

  /** Lets others have their turn, and those who came earlier go first if this one holds much. */
  async breathe(): Promise<void> {
    const { own, memory } = this.#work;
    if (!this.#isSeated && own.bytes > SEAT_BYTES_MIN) {
      await memory.seats.take(this.#waiter);
      this.#isSeated = true;
    }
    await this.#waiter.breathe();
  }

  end(): void {
    if (this.#isSeated) this.#work.memory.seats.leave();
    this.#isSeated = false;
  }
}

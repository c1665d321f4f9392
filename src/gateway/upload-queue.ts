/** What a device has uploaded and not been answered: decided one after the other, and bounded, whatever the device sends. */
import { LIMITS } from '../sync/index.ts';

/** Of all uploads of a device that wait, as they came. A device that keeps to the protocol stays far below. */
const WAITING_CHARACTERS_MAX = 4 * LIMITS.frameBytesMax;
/** A device waits for the results of at most `operationsInFlightMax`; twice that, where an upload arrives twice. */
const WAITING_OPERATIONS_MAX = 2 * LIMITS.operationsInFlightMax;

export class UploadQueue {
  readonly #decide: (operation: unknown) => Promise<void>;
  readonly #onFault: (error: Error) => void;
  #working: Promise<void> = Promise.resolve();
  #operations = 0;
  #characters = 0;
  #isOver = false;

  /** `decide` throws where the database does not answer; what waits then is not decided either. */
  constructor(decide: (operation: unknown) => Promise<void>, onFault: (error: Error) => void) {
    this.#decide = decide;
    this.#onFault = onFault;
  }

  /** False where it would be too much: nothing of it is taken. `characters` is the size of the frame that it came in. */
  take(operations: readonly unknown[], characters: number): boolean {
    const isTooMuch =
      this.#operations + operations.length > WAITING_OPERATIONS_MAX ||
      this.#characters + characters > WAITING_CHARACTERS_MAX;
    if (isTooMuch) return false;
    this.#operations += operations.length;
    this.#characters += characters;
    this.#working = this.#working.then(() => this.#work(operations, characters));
    return true;
  }

  end(): void {
    this.#isOver = true;
  }

  async #work(operations: readonly unknown[], characters: number): Promise<void> {
    try {
      for (const operation of operations) {
        if (this.#isOver) return;
        await this.#decide(operation);
        this.#operations -= 1;
      }
      this.#characters -= characters;
    } catch (error) {
      this.end();
      this.#onFault(error as Error);
    }
  }
}

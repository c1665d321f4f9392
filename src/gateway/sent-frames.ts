/** The frames with documents that went to a device: numbered, bounded, and remembered until it says that they are stored. */
import { type Position, SyncError } from '../sync/index.ts';

export class SentFrames {
  #newest = 0;
  #confirmed = 0;
  readonly #positions = new Map<number, Position>();
  #confirmedPosition: Position | null = null;

  /** Everything up to here is stored on the device. */
  get confirmedPosition(): Position | null {
    return this.#confirmedPosition;
  }

  /** Frames that the device has not confirmed yet. */
  get underWay(): number {
    return this.#newest - this.#confirmed;
  }

  get isAllConfirmed(): boolean {
    return this.#confirmed === this.#newest;
  }

  /** The number of the next frame; with `position` where the device is at a checkpoint once it is stored. */
  next(position: Position | null): number {
    this.#newest += 1;
    if (position !== null) this.#positions.set(this.#newest, position);
    return this.#newest;
  }

  confirm(frame: number): void {
    if (frame > this.#newest)
      throw new SyncError('FRAME_MALFORMED', `Frame ${frame} was confirmed before it was sent.`);
    this.#confirmed = Math.max(this.#confirmed, frame);
    for (const [sent, position] of this.#positions) {
      if (sent > frame) break;
      this.#confirmedPosition = position;
      this.#positions.delete(sent);
    }
  }

  /** The device has asked for another scope, and passes over what was sent for the earlier one. */
  forget(): void {
    this.#confirmed = this.#newest;
    this.#positions.clear();
  }
}

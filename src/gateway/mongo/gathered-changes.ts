/** Changes put together: those of one moment always, those of several where that makes larger portions. */
import type { Hlc, Position } from '../../sync/index.ts';
import type { StreamChange } from '../channel-effects.ts';
import type { ChangeBatch } from '../scope-group.ts';
import type { StreamEvent } from './change-events.ts';
import { timeText } from './timestamps.ts';

const GATHER_MS = 2;
/** Changes that are told at once, but for those of one moment. */
export const TOLD_CHANGES_MAX = 500;

/**
 * Puts the changes of one cluster time together: those of a transaction belong to one checkpoint. They come in one batch
 * of the cursor, so a batch of ours ends with the next time, or when the cursor has nothing at hand.
 */
export class Gathered {
  readonly #emit: (batch: ChangeBatch) => void;
  readonly #newestHlc: () => Hlc;
  #changes: StreamChange[] = [];
  #position: Position | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** `newestHlc`: no stamp of what was added is above it. */
  constructor(emit: (batch: ChangeBatch) => void, newestHlc: () => Hlc) {
    this.#emit = emit;
    this.#newestHlc = newestHlc;
  }

  /** More is at hand: nothing ends while it is looked at. */
  hold(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  add(change: StreamChange | null, event: StreamEvent): void {
    const time = timeText(event.clusterTime);
    if (this.#position !== null && this.#position.time !== time) this.flush();
    this.#position = { time, resumeToken: event._id._data };
    if (change !== null) this.#changes.push(change);
    this.hold();
    this.#timer = setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    this.hold();
    const position = this.#position;
    if (position === null) return;
    const changes = this.#changes;
    this.#position = null;
    this.#changes = [];
    this.#emit({ position, hlc: this.#newestHlc(), changes });
  }
}

/** Consecutive batches in fewer, each of a bounded size where its parts are. */
export function joined(batches: readonly ChangeBatch[]): ChangeBatch[] {
  const result: { position: Position; hlc: Hlc; changes: StreamChange[] }[] = [];
  for (const { position, hlc, changes } of batches) {
    const last = result.at(-1);
    if (last === undefined || last.changes.length + changes.length > TOLD_CHANGES_MAX) {
      result.push({ position, hlc, changes: [...changes] });
    } else {
      last.position = position;
      last.hlc = hlc;
      last.changes.push(...changes);
    }
  }
  return result;
}

/**
 * MongoDB as a gateway can observe it: documents with all their versions, a history of changes that can be lost, reads as
 * of a moment, and transactions of which the second to write the same thing has to begin again.
 */
import type { StreamChange } from '../gateway/index.ts';
import type { Document, Position } from '../sync/index.ts';

interface LoggedBatch {
  readonly time: string;
  readonly changes: readonly StreamChange[];
}

interface Version {
  readonly clock: number;
  readonly document: Document | null;
}

/** Written in one moment: `collection/id` → the document, null where it goes. */
export type Writes = ReadonlyMap<string, Document | null>;

export class ModelDatabase {
  readonly #documents = new Map<string, Document>();
  readonly #idsOf = new Map<string, string[]>();
  readonly #versions = new Map<string, Version[]>();
  /** When a thing was last written, whatever it is: a document, stamps, a record of the gateways. */
  readonly #writtenAt = new Map<string, number>();
  #log: LoggedBatch[] = [];
  #clock = 0;
  #historyBegins = 0;
  /** False where MongoDB has no image of what was there before a change. */
  keepsPreImages = true;

  now(): Position {
    return positionAt(this.#clock);
  }

  find(key: string): Document | undefined {
    return this.#documents.get(key);
  }

  /** In the order of `_id`. */
  of(collection: string): Document[] {
    const documents: Document[] = [];
    for (const id of this.#idsOf.get(collection) ?? []) {
      const found = this.#documents.get(`${collection}/${id}`);
      if (found !== undefined) documents.push(found);
    }
    return documents;
  }

  /** As of an earlier moment. */
  ofAt(collection: string, { time }: Position): Document[] {
    const clock = clockOf(time);
    return this.idsEver(collection).flatMap((id) => {
      const version = this.versions(`${collection}/${id}`).findLast((each) => each.clock <= clock);
      return version?.document == null ? [] : [version.document];
    });
  }

  /** Of every document that there has ever been. */
  idsEver(collection: string): readonly string[] {
    return this.#idsOf.get(collection) ?? [];
  }

  versions(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  /** Every state that a document had at `time` or has had since; null where it was not there. */
  statesSince(key: string, { time }: Position): (Document | null)[] {
    const clock = clockOf(time);
    const versions = this.versions(key);
    const before = versions.findLast((version) => version.clock <= clock)?.document ?? null;
    return [before, ...versions.filter((version) => version.clock > clock).map(({ document }) => document)];
  }

  // ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** For a transaction: what was written after this makes it fail. */
  get clock(): number {
    return this.#clock;
  }

  isUnwrittenSince(clock: number, things: Iterable<string>): boolean {
    for (const thing of things) if ((this.#writtenAt.get(thing) ?? 0) > clock) return false;
    return true;
  }

  /** All in one moment; `records` are things besides documents that it writes. */
  write(writes: Writes, records: Iterable<string> = []): Position {
    this.#clock += 1;
    const changes: StreamChange[] = [];
    for (const [key, after] of writes) {
      const slash = key.indexOf('/');
      const collection = key.slice(0, slash) as StreamChange['collection'];
      const id = key.slice(slash + 1);
      const before = this.#documents.get(key) ?? null;
      if (after === null) this.#documents.delete(key);
      else this.#documents.set(key, after);
      this.#keepVersion(key, collection, id, after);
      changes.push({ collection, id, before: before !== null && !this.keepsPreImages ? undefined : before, after });
    }
    for (const record of records) this.#writtenAt.set(record, this.#clock);
    this.#log.push({ time: this.now().time, changes });
    return this.now();
  }

  /** A gateway's heartbeat: time goes on though nothing happens. */
  beat(): void {
    this.write(new Map());
  }

  #keepVersion(key: string, collection: string, id: string, document: Document | null): void {
    const versions = this.#versions.get(key);
    this.#writtenAt.set(key, this.#clock);
    if (versions !== undefined) {
      versions.push({ clock: this.#clock, document });
      return;
    }
    this.#versions.set(key, [{ clock: this.#clock, document }]);
    const ids = this.#idsOf.get(collection) ?? [];
    const place = ids.findIndex((other) => other > id);
    ids.splice(place < 0 ? ids.length : place, 0, id);
    this.#idsOf.set(collection, ids);
  }

  // ── The history of changes ───────────────────────────────────────────────────────────────────────────────────────

  keepsHistorySince({ time }: Position): boolean {
    return clockOf(time) >= this.#historyBegins;
  }

  loseHistory(): void {
    this.#historyBegins = this.#clock;
    this.#log = [];
  }

  /** The next moment after a position, if it is not later than `until`. */
  batchAfter({ time }: Position, until: Position): { position: Position; changes: readonly StreamChange[] } | null {
    const next = this.#log[this.#placeAfter(time)];
    if (next === undefined || next.time > until.time) return null;
    return { position: { time: next.time, resumeToken: null }, changes: next.changes };
  }

  #placeAfter(time: string): number {
    let [low, high] = [0, this.#log.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle] as LoggedBatch).time <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const clockOf = (time: string): number => Number.parseInt(time, 16);

export function positionAt(clock: number): Position {
  return { time: Math.max(0, clock).toString(16).padStart(16, '0'), resumeToken: null };
}

export const earlier = ({ time }: Position, moments: number): Position => positionAt(clockOf(time) - moments);

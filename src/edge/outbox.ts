/**
 * A device's unsettled operations, found by number, by document and by what they wait for, so that a day of sales without
 * a network costs no more per operation than one sale does.
 */
import { type DocumentKey, keysOf, type Operation, operationCharacters } from '../sync/index.ts';

export interface OutboxEntry {
  readonly operation: Operation;
  /** Once MongoDB has it: the time from which downloads contain it. */
  readonly appliedTime: string | null;
}

export class Outbox {
  readonly #entries = new Map<number, OutboxEntry>();
  /** Every entry of a document, in order: what a view of it is made of. */
  readonly #changing = new Map<DocumentKey, Set<number>>();
  /** Those of a document that MongoDB does not have: the first may go up, the others wait for it. */
  readonly #lanes = new Map<DocumentKey, Set<number>>();
  readonly #waiting = new Set<number>();
  readonly #applied = new Set<number>();
  /** May go up now. */
  #ready = new Set<number>();
  readonly #inFlight = new Set<number>();

  /** In the order in which the user did them. */
  constructor(entries: Iterable<OutboxEntry>) {
    for (const entry of entries) this.add(entry);
  }

  add(entry: OutboxEntry): void {
    const { operation, appliedTime } = entry;
    const { sequence } = operation;
    const keys = keysOf(operation);
    this.#entries.set(sequence, entry);
    for (const key of keys) addTo(this.#changing, key, sequence);
    if (appliedTime !== null) {
      this.#applied.add(sequence);
      return;
    }
    this.#waiting.add(sequence);
    for (const key of keys) addTo(this.#lanes, key, sequence);
    if (this.#isFirst(sequence, keys)) this.#ready.add(sequence);
  }

  get(sequence: number): OutboxEntry | undefined {
    return this.#entries.get(sequence);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Those that wait for an answer, or may be sent for one; not those that wait for another. */
  get unansweredCount(): number {
    return this.#inFlight.size + this.#ready.size;
  }

  /** Operations that MongoDB does not have, the oldest first. */
  *waiting(): Generator<Operation> {
    for (const sequence of this.#waiting) yield this.#operation(sequence);
  }

  get oldestWaiting(): Operation | undefined {
    const [sequence] = this.#waiting;
    return sequence === undefined ? undefined : this.#operation(sequence);
  }

  /** The entries that change a document, in order. */
  *changing(key: DocumentKey): Generator<Operation> {
    for (const sequence of this.#changing.get(key) ?? []) yield this.#operation(sequence);
  }

  isChanging(key: DocumentKey): boolean {
    return this.#changing.has(key);
  }

  /** Every document with an unsettled operation. */
  keys(): Iterable<DocumentKey> {
    return this.#changing.keys();
  }

  get newestAppliedTime(): string | null {
    let newest: string | null = null;
    for (const sequence of this.#applied) {
      const { appliedTime } = this.#entries.get(sequence) as OutboxEntry;
      if (newest === null || (appliedTime as string) > newest) newest = appliedTime;
    }
    return newest;
  }

  /** Operations whose effect a download up to `time` contains. */
  appliedUpTo(time: string): Operation[] {
    const done: Operation[] = [];
    for (const sequence of this.#applied) {
      const { operation, appliedTime } = this.#entries.get(sequence) as OutboxEntry;
      if ((appliedTime as string) <= time) done.push(operation);
    }
    return done;
  }

  /** The next ones to send, each the earliest of its documents; they are in flight from now on. */
  takeReady(limits: {
    readonly countMax: number;
    readonly inFlightMax: number;
    readonly charactersMax: number;
  }): Operation[] {
    const taken: Operation[] = [];
    let characters = 0;
    for (const sequence of this.#ready) {
      if (taken.length >= limits.countMax || this.#inFlight.size >= limits.inFlightMax) break;
      const operation = this.#operation(sequence);
      characters += operationCharacters(operation);
      if (taken.length > 0 && characters > limits.charactersMax) break;
      this.#ready.delete(sequence);
      this.#inFlight.add(sequence);
      taken.push(operation);
    }
    return taken;
  }

  /** To be sent again. */
  putBack(sequence: number): void {
    if (this.#inFlight.delete(sequence)) this.#ready.add(sequence);
  }

  /** The connection is gone: what was in flight goes first, in its order. */
  putAllBack(): void {
    if (this.#inFlight.size === 0) return;
    this.#ready = new Set([...this.#inFlight, ...this.#ready].sort((one, other) => one - other));
    this.#inFlight.clear();
  }

  /** MongoDB has it; it stays until its effect has come back. */
  applied(sequence: number, appliedTime: string): OutboxEntry {
    const entry = { operation: this.#operation(sequence), appliedTime };
    this.#entries.set(sequence, entry);
    this.#applied.add(sequence);
    this.#stopWaiting(entry.operation);
    return entry;
  }

  remove(sequence: number): void {
    const entry = this.#entries.get(sequence);
    if (entry === undefined) return;
    if (entry.appliedTime === null) this.#stopWaiting(entry.operation);
    this.#applied.delete(sequence);
    this.#entries.delete(sequence);
    for (const key of keysOf(entry.operation)) removeFrom(this.#changing, key, sequence);
  }

  #stopWaiting(operation: Operation): void {
    const { sequence } = operation;
    this.#waiting.delete(sequence);
    this.#ready.delete(sequence);
    this.#inFlight.delete(sequence);
    for (const key of keysOf(operation)) {
      removeFrom(this.#lanes, key, sequence);
      const [next] = this.#lanes.get(key) ?? [];
      if (next === undefined || this.#inFlight.has(next)) continue;
      if (this.#isFirst(next, keysOf(this.#operation(next)))) this.#ready.add(next);
    }
  }

  #isFirst(sequence: number, keys: readonly DocumentKey[]): boolean {
    return keys.every((key) => {
      const [first] = this.#lanes.get(key) as Set<number>;
      return first === sequence;
    });
  }

  #operation(sequence: number): Operation {
    return (this.#entries.get(sequence) as OutboxEntry).operation;
  }
}

function addTo(sets: Map<DocumentKey, Set<number>>, key: DocumentKey, sequence: number): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([sequence]));
  else set.add(sequence);
}

function removeFrom(sets: Map<DocumentKey, Set<number>>, key: DocumentKey, sequence: number): void {
  const set = sets.get(key);
  set?.delete(sequence);
  if (set?.size === 0) sets.delete(key);
}

/**
 * Which collections of a device that is up to date are to be compared with MongoDB, and what came of it: one now and then,
 * or all of them, a round, because somebody asked.
 */
import type { CollectionScope } from '../sync/index.ts';

export interface VerificationState {
  /** When a comparison ended last; null before the first. */
  readonly verifiedMs: number | null;
  /** Whether that one found both ends alike. */
  readonly hasAgreed: boolean | null;
  /** Put right since the device connected. */
  readonly repairedDocuments: number;
  readonly repairedCollections: number;
  /** Collections of the round that are still to be compared; null where none is under way. */
  readonly collectionsLeft: number | null;
  /** How many rounds have ended. */
  readonly rounds: number;
  readonly lastRound: Round | null;
}

export interface Round {
  readonly repairedDocuments: number;
  /** MongoDB could not look back to the device's moment, several times over. */
  readonly undecidedCollections: number;
}

/** What a comparison found; null where it could not be made. */
export type Verdict = { readonly repairedDocuments: number } | null;

const TRIES_MAX = 4;

export class Verification {
  #queue: { readonly scope: CollectionScope; tries: number }[] = [];
  #current: { readonly scope: CollectionScope; tries: number } | null = null;
  #isRound = false;
  #round = { repairedDocuments: 0, undecidedCollections: 0 };
  #rounds = 0;
  #lastRound: Round | null = null;
  #verifiedMs: number | null = null;
  #hasAgreed: boolean | null = null;
  #repairedDocuments = 0;
  #repairedCollections = 0;

  get state(): VerificationState {
    return {
      verifiedMs: this.#verifiedMs,
      hasAgreed: this.#hasAgreed,
      repairedDocuments: this.#repairedDocuments,
      repairedCollections: this.#repairedCollections,
      collectionsLeft: this.#isRound ? this.#queue.length + (this.#current === null ? 0 : 1) : null,
      rounds: this.#rounds,
      lastRound: this.#lastRound,
    };
  }

  /** One collection, where nothing is being compared anyway. */
  add(scope: CollectionScope): void {
    if (this.#queue.length === 0 && !this.#isRound) this.#queue.push({ scope, tries: TRIES_MAX });
  }

  /** All of them, or, where the device has no scope yet, all that it will have. A round that is under way begins again. */
  beginRound(scopes: readonly CollectionScope[] | null): void {
    this.#isRound = true;
    this.#round = { repairedDocuments: 0, undecidedCollections: 0 };
    this.#queue = (scopes ?? []).map((scope) => ({ scope, tries: 1 }));
    if (scopes?.length === 0) this.#endRound();
  }

  /** The device has another scope: what was to be compared is no more. */
  scopeChanged(scopes: readonly CollectionScope[]): void {
    this.#current = null;
    this.#queue = [];
    if (this.#isRound) this.beginRound(scopes);
  }

  /** The next one to compare. */
  next(): CollectionScope | null {
    this.#current = this.#queue.shift() ?? null;
    return this.#current?.scope ?? null;
  }

  ended(verdict: Verdict, wallClockMs: number): void {
    const current = this.#current;
    this.#current = null;
    if (verdict === null) {
      if (current !== null && this.#isRound && current.tries < TRIES_MAX) {
        this.#queue.push({ ...current, tries: current.tries + 1 });
        return;
      }
      this.#round.undecidedCollections += 1;
    } else {
      this.#verifiedMs = wallClockMs;
      this.#hasAgreed = verdict.repairedDocuments === 0;
      this.#repairedDocuments += verdict.repairedDocuments;
      this.#round.repairedDocuments += verdict.repairedDocuments;
      if (verdict.repairedDocuments > 0) this.#repairedCollections += 1;
    }
    if (this.#isRound && this.#queue.length === 0) this.#endRound();
  }

  #endRound(): void {
    this.#isRound = false;
    this.#rounds += 1;
    this.#lastRound = this.#round;
  }
}

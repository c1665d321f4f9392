import type { QueryAnswer } from '../api.ts';

/** So long an answer is good for the next who asks the same, in milliseconds. */
const FRESH_MS = 2_000;
const KEPT_MAX = 200;

/** Ten open dashboards ask the database once: those who ask meanwhile, and for a moment after, get the same answer. */
export class SharedAnswers {
  readonly #answers = new Map<string, { readonly atMs: number; readonly answer: Promise<QueryAnswer> }>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  get(key: string, compute: () => Promise<unknown>): Promise<QueryAnswer> {
    const atMs = this.#now().getTime();
    const kept = this.#answers.get(key);
    if (kept !== undefined && atMs - kept.atMs < FRESH_MS) return kept.answer;
    const answer = compute().then((value) => ({ value, at: this.#now().toISOString() }));
    this.#answers.delete(key);
    this.#answers.set(key, { atMs, answer });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > KEPT_MAX && oldest !== undefined) this.#answers.delete(oldest);
    answer.catch(() => this.#answers.delete(key));
    return answer;
  }

  /** What was written since is to be seen. */
  forget(): void {
    this.#answers.clear();
  }
}

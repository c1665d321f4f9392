import type { OpeningState, Step } from './api.ts';

export interface StepProgress {
  readonly done?: number;
  readonly total?: number | null;
  readonly unit?: string;
  readonly note?: string;
}

/**
 * How far the company has come up: an ordered list of steps, each with its progress. Holds what it is told and tells
 * its listeners; it starts nothing itself.
 */
export class Opening {
  #steps: Step[];
  #problem: OpeningState['problem'] = null;
  readonly #startedAt = new Map<string, number>();
  readonly #listeners = new Set<(state: OpeningState) => void>();
  readonly #nowMs: () => number;

  constructor(steps: readonly { readonly id: string; readonly title: string }[], nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
    this.#steps = steps.map(({ id, title }) => ({
      id,
      title,
      state: 'waiting',
      done: 0,
      total: null,
      unit: '',
      note: '',
      seconds: null,
    }));
  }

  get state(): OpeningState {
    const finished = this.#steps.every((step) => step.state === 'done' || step.state === 'skipped');
    return {
      state: this.#problem !== null ? 'failed' : finished ? 'open' : 'opening',
      steps: this.#steps,
      problem: this.#problem,
    };
  }

  start(id: string, note = ''): void {
    this.#startedAt.set(id, this.#nowMs());
    this.#change(id, { state: 'running', note });
  }

  progress(id: string, progress: StepProgress): void {
    this.#change(id, { ...progress, seconds: this.#secondsSince(id) });
  }

  finish(id: string, note = ''): void {
    this.#change(id, { state: 'done', note, seconds: this.#secondsSince(id) });
  }

  skip(id: string, note: string): void {
    this.#change(id, { state: 'skipped', note });
  }

  fail(id: string, problem: NonNullable<OpeningState['problem']>): void {
    this.#problem = problem;
    this.#change(id, { state: 'failed', note: problem.message, seconds: this.#secondsSince(id) });
  }

  /** Calls back at once with the present state, then at every change. Returns the unsubscriber. */
  subscribe(listener: (state: OpeningState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => this.#listeners.delete(listener);
  }

  #secondsSince(id: string): number | null {
    const startedAt = this.#startedAt.get(id);
    return startedAt === undefined ? null : (this.#nowMs() - startedAt) / 1000;
  }

  #change(id: string, change: Partial<Step>): void {
    if (!this.#steps.some((step) => step.id === id)) throw new RangeError(`There is no step "${id}".`);
    this.#steps = this.#steps.map((step) => (step.id === id ? { ...step, ...change } : step));
    for (const listener of this.#listeners) listener(this.state);
  }
}

/** A view that is told again whenever what it is made of changes, also after the store under it was replaced. */
import { type LiveQuery, type ObservableStore, observe } from '../edge/index.ts';
import type { View, ViewContext } from './views.ts';

export class LiveView {
  readonly #view: View;
  readonly #parameters: unknown;
  readonly #onView: (view: unknown) => void | Promise<void>;
  readonly #onFault: (error: Error) => void;
  #queries: readonly LiveQuery[] = [];
  #isDue = false;
  #isReading = false;

  constructor(
    view: View,
    parameters: unknown,
    onView: (view: unknown) => void | Promise<void>,
    onFault: (error: Error) => void,
  ) {
    this.#view = view;
    this.#parameters = parameters;
    this.#onView = onView;
    this.#onFault = onFault;
  }

  /** Each of its statements calls at once, and after every change of its rows. */
  attach(store: ObservableStore, context: ViewContext): void {
    this.#queries = this.#view
      .watch(context, this.#parameters)
      .map(([statement, values]) => observe(store, statement, values, () => this.#read(context), this.#onFault));
  }

  /** To be called before the store is closed. */
  detach(): void {
    for (const query of this.#queries) query.cancel();
    this.#queries = [];
  }

  /** One at a time and the newest: several statements of one transaction call together. */
  async #read(context: ViewContext): Promise<void> {
    this.#isDue = true;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.#isDue && this.#queries.length > 0) {
        this.#isDue = false;
        await this.#onView(await this.#view.read(context, this.#parameters));
      }
    } finally {
      this.#isReading = false;
    }
  }
}

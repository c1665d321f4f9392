/** Live queries: a statement's rows now, and again whenever they change. */
import type { DittoStoreLike } from './ditto-executor.ts';

interface Rows {
  readonly items: readonly { readonly value: unknown }[];
}

/** What this needs of `ditto.store` beside queries. */
export interface ObservableStore extends DittoStoreLike {
  registerObserverWithSignalNext(
    query: string,
    onRows: (rows: Rows, signalNext: () => void) => void,
    parameters?: Record<string, unknown>,
  ): { cancel(): void };
}

export interface LiveQuery {
  /** Ends it; to be called before the store is closed. What is on its way is not delivered any more. */
  cancel(): void;
}

/**
 * Calls `onRows` with all rows at once, and after every change that touches them. The next call waits until `onRows` has
 * ended, so a slow view sees the newest state and not a queue of old ones. A view that fails goes on with the next state.
 */
export function observe<Row>(
  store: ObservableStore,
  statement: string,
  parameters: Record<string, unknown>,
  onRows: (rows: Row[]) => void | Promise<void>,
  onFault: (error: Error) => void,
): LiveQuery {
  let isCancelled = false;
  const observer = store.registerObserverWithSignalNext(
    statement,
    ({ items }, signalNext) => {
      if (isCancelled) return;
      // The rows are taken at once: they belong to the store, and not beyond this call.
      const rows = items.map(({ value }) => value as Row);
      Promise.resolve()
        .then(() => onRows(rows))
        .catch(onFault)
        .finally(() => {
          if (!isCancelled) signalNext();
        });
    },
    parameters,
  );
  return {
    cancel() {
      if (isCancelled) return;
      isCancelled = true;
      observer.cancel();
    },
  };
}

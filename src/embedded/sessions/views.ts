/** A consistent view to read from: a snapshot of what is committed, or a transaction's own. */
import type { Reader } from '../storage/storage.ts';

export interface ReadView extends Reader, Disposable {
  /** Gives the view back; it must not be used afterwards. Releasing twice does nothing. */
  release(): void;
}

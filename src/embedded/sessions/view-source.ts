/** Views of what is committed. */
import type { Snapshot } from '../storage/storage.ts';
import type { ReadView } from './views.ts';

/** A snapshot as a view; it is closed with the view. */
export function viewOfSnapshot(snapshot: Snapshot): ReadView {
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    snapshot.close();
  };
  return {
    collection: (namespace) => snapshot.collection(namespace),
    collections: (database) => snapshot.collections(database),
    release,
    [Symbol.dispose]: release,
  };
}

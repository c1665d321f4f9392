/** What changes of MongoDB mean for a device. */
import type { CollectionName } from '../domain/index.ts';
import type { CollectionScope, Document } from '../sync/index.ts';
import type { StreamChange } from './channel-effects.ts';

export interface RoutedChanges {
  readonly upserts: readonly { readonly collection: CollectionName; readonly document: Document }[];
  readonly removals: readonly { readonly collection: CollectionName; readonly id: string }[];
}

/** Of each document its last state, or that it left the scope. */
export function routed(
  scopes: ReadonlyMap<CollectionName, CollectionScope>,
  changes: readonly StreamChange[],
): RoutedChanges {
  const upserts = new Map<string, RoutedChanges['upserts'][number]>();
  const removals = new Map<string, RoutedChanges['removals'][number]>();
  for (const { collection, id, before, after } of changes) {
    const scope = scopes.get(collection);
    if (scope === undefined) continue;
    const key = `${collection}/${id}`;
    const shown = after === null ? undefined : scope.visible(after);
    if (shown !== undefined) {
      // What changed is not for this device, which has the rest of the document already.
      if (shown !== after && before != null && isEqual(scope.visible(before), shown)) continue;
      upserts.set(key, { collection, document: shown });
      removals.delete(key);
      continue;
    }
    const mayHaveIt = before === undefined || (before !== null && scope.visible(before) !== undefined);
    if (!mayHaveIt && !upserts.has(key)) continue;
    upserts.delete(key);
    removals.set(key, { collection, id });
  }
  return { upserts: [...upserts.values()], removals: [...removals.values()] };
}

const isEqual = (one: Document | undefined, other: Document): boolean => JSON.stringify(one) === JSON.stringify(other);

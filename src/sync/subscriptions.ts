/** What a device asks for: collections, each narrowed by filters. What it gets is the part that its role may read. */
import { z } from 'zod';
import {
  bothFilters,
  type CollectionName,
  compileFilter,
  type Filter,
  filterSchema,
  type Permissions,
  type Principal,
  type ReadAccess,
  readAccess,
  syncedCollectionNames,
} from '../domain/index.ts';
import { contentHash } from './content-hash.ts';
import type { Document } from './merge.ts';

export const SUBSCRIPTIONS_MAX = 64;

export const subscriptionSchema = z.strictObject({
  collection: z.enum(syncedCollectionNames as [CollectionName, ...CollectionName[]]),
  where: filterSchema,
});

export type Subscription = z.infer<typeof subscriptionSchema>;

/** One collection of a device's scope: its subscriptions of it, cut down to what its principal may read. */
export interface CollectionScope {
  readonly collection: CollectionName;
  /** For a query on MongoDB; holds every document of the scope, and maybe some that are not {@link visible}. */
  readonly filter: Filter;
  /** Changes when the documents that it means, or what is shown of them, may have changed. */
  readonly fingerprint: string;
  /** The document as the device may have it, or undefined where it is outside. */
  visible(document: Document): Document | undefined;
}

/** A device's scope by collection. A collection that the principal may not read is not in it. */
export function scopeOf(
  subscriptions: readonly Subscription[],
  permissions: Permissions,
  principal: Principal,
): Map<CollectionName, CollectionScope> {
  const scope = new Map<CollectionName, CollectionScope>();
  for (const collection of new Set(subscriptions.map((one) => one.collection))) {
    const access = readAccess(permissions, principal, collection);
    if (access === null) continue;
    const wheres = subscriptions.filter((one) => one.collection === collection).map(({ where }) => where);
    const asksForAll = wheres.some((where) => Object.keys(where).length === 0);
    const asked: Filter = asksForAll ? {} : wheres.length === 1 ? (wheres[0] as Filter) : { $or: wheres };
    const isAsked = compileFilter(asked);
    // A filter sees what the device may see: otherwise one on a hidden field would tell its value.
    const filter = asksForHidden(asked, access) ? access.filter : bothFilters(asked, access.filter);
    scope.set(collection, {
      collection,
      filter,
      fingerprint: contentHash({ asked, rules: access.rules }),
      visible(document) {
        const shown = access.visible(document);
        return shown !== undefined && isAsked(shown) ? shown : undefined;
      },
    });
  }
  return scope;
}

/** Whether a filter looks at a field that some rule does not show. */
function asksForHidden(asked: Filter, { rules }: ReadAccess): boolean {
  const fields = [...fieldsOf(asked)].filter((field) => field !== '_id' && field !== 'deleted');
  return rules.some(({ fields: shown, hidden }) =>
    fields.some((field) => hidden?.includes(field) || (shown !== undefined && !shown.includes(field))),
  );
}

/** The top-level fields that a filter looks at. */
function* fieldsOf(filter: Filter): Generator<string> {
  for (const [key, value] of Object.entries(filter)) {
    if (key === '$and' || key === '$or') for (const part of value as readonly Filter[]) yield* fieldsOf(part);
    else yield key.split('.')[0] as string;
  }
}

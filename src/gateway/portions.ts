/** Documents in portions that fit a frame: a device takes no frame above a size, and stores one in one transaction. */
import type { Document } from '../sync/index.ts';
import type { RoutedChanges } from './routing.ts';

export interface PortionLimits {
  readonly documentsMax: number;
  /** Roughly, as JSON. One document may be larger. */
  readonly bytesMax: number;
}

/** Synced documents stay below 2 kB, so that the number of documents is what decides; far below `LIMITS.frameBytesMax`. */
export const PORTION_LIMITS: PortionLimits = { documentsMax: 500, bytesMax: 1_000_000 };

/** At least one portion, be it empty. */
export function portionsOf(changes: RoutedChanges, limits: PortionLimits = PORTION_LIMITS): RoutedChanges[] {
  const { upserts, removals } = changes;
  const groups = documentPortions(upserts, ({ document }) => document, limits);
  const [only] = groups;
  if (groups.length === 1 && only === upserts && removals.length <= limits.documentsMax) return [changes];
  const count = Math.max(groups.length, Math.ceil(removals.length / limits.documentsMax));
  return Array.from({ length: count }, (_, index) => ({
    upserts: groups[index] ?? [],
    removals: removals.slice(index * limits.documentsMax, (index + 1) * limits.documentsMax),
  }));
}

/** At least one portion; the items themselves where they fit into it. */
export function documentPortions<Item>(
  items: readonly Item[],
  documentOf: (item: Item) => Document,
  { documentsMax, bytesMax }: PortionLimits = PORTION_LIMITS,
): (readonly Item[])[] {
  const portions: (readonly Item[])[] = [];
  let begin = 0;
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    const more = roughBytesOf(documentOf(item));
    if (index > begin && (index - begin >= documentsMax || bytes + more > bytesMax)) {
      portions.push(items.slice(begin, index));
      begin = index;
      bytes = 0;
    }
    bytes += more;
  }
  return begin === 0 ? [items] : [...portions, items.slice(begin)];
}

const SCALAR_BYTES = 10;

function roughBytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value !== 'object' || value === null) return SCALAR_BYTES;
  let bytes = 2;
  for (const name in value) bytes += name.length + 3 + roughBytesOf((value as Record<string, unknown>)[name]);
  return bytes;
}

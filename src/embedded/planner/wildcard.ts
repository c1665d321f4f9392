/** Wildcard indexes in plans: for each path that a filter asks about, such an index stands for one on that path. */
import { isDocument } from '../bson/compare.ts';
import { Binary, MaxKey, MinKey, ObjectId } from '../bson/values.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { WildcardPaths, wildcardOf } from '../storage/wildcard-keys.ts';
import type { Predicate } from './field-bounds.ts';
import { type Interval, point } from './intervals.ts';

export interface WildcardUse {
  /** The index as one on the path and its value, as explain shows it. */
  readonly index: IndexInfo;
  readonly predicates: readonly Predicate[];
}

const PATH = '$_path';

export function wildcardUses(index: IndexInfo, predicates: readonly Predicate[]): WildcardUse[] {
  const wildcard = wildcardOf(index.key);
  if (wildcard === undefined) return [];
  const held = new WildcardPaths(index);
  const paths = new Set(predicates.filter(isAnswerable).map(({ path }) => path));
  return [...paths]
    .filter((path) => held.holds(path) && !path.split('.').some((part) => /^\d+$/.test(part)))
    .map((path) => ({
      index: {
        ...index,
        key: { [PATH]: 1, [path]: index.key[wildcard] as 1 | -1 },
        // A document may meet a path twice, for the names of fields may have dots: it is looked at once, and always.
        multikey: true,
        multikeyPaths: [path],
      },
      predicates: [
        pathIs(path),
        ...predicates.filter((one) => one.path === path && isAnswerable(one)).map((one) => ({ ...one, exact: false })),
      ],
    }));
}

function pathIs(path: string): Predicate {
  return {
    path: PATH,
    intervals: [point(path)],
    exact: false,
    impliesExists: true,
    existenceOnly: false,
    element: null,
  };
}

/** Only what is there is in the index, and documents only as the values in them. */
function isAnswerable({ intervals, impliesExists }: Predicate): boolean {
  return impliesExists && intervals.length > 0 && intervals.every(isOfOneType);
}

function isOfOneType({ low, high }: Interval): boolean {
  if (low.value instanceof MinKey || high.value instanceof MaxKey || low.value === null) return false;
  if (Array.isArray(low.value) || isDocument(low.value)) return false;
  if (low.key[0] === high.key[0]) return true;
  // The end of all strings is written as the least document, that of all binaries as the least ObjectId.
  const isEndOfStrings =
    typeof low.value === 'string' && isDocument(high.value) && Object.keys(high.value).length === 0;
  return !high.inclusive && (isEndOfStrings || (low.value instanceof Binary && high.value instanceof ObjectId));
}

/**
 * Which documents a permission or a subscription means: a small part of MongoDB's query language, over top-level and
 * dotted scalar fields. Small enough that MongoDB, Ditto's DQL and {@link compileFilter} answer it alike: no null, no
 * arrays, no negation, and a comparison holds only between values of one type.
 */
import { z } from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const comparable = z.union([z.string(), z.number()]);
const condition = z.union([
  scalar,
  z
    .strictObject({
      $eq: scalar.optional(),
      $in: z.array(scalar).max(1000).optional(),
      $gt: comparable.optional(),
      $gte: comparable.optional(),
      $lt: comparable.optional(),
      $lte: comparable.optional(),
      $exists: z.boolean().optional(),
    })
    .refine((operators) => Object.keys(operators).length > 0, 'needs at least one operator'),
]);

const FIELD_PATH = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
const DEPTH_MAX = 5;

export type FilterScalar = z.infer<typeof scalar>;
export type FilterCondition = z.infer<typeof condition>;
/** An empty filter means every document; conditions beside each other must all hold. */
export interface Filter {
  readonly [path: string]: FilterCondition | readonly Filter[] | undefined;
  readonly $and?: readonly Filter[];
  readonly $or?: readonly Filter[];
}

export const filterSchema: z.ZodType<Filter> = z.lazy(() => level(1));

function level(depth: number): z.ZodType<Filter> {
  const inner =
    depth < DEPTH_MAX
      ? z
          .array(level(depth + 1))
          .min(1)
          .max(100)
      : z.never();
  return z.record(z.string(), z.unknown()).transform((entries, context): Filter => {
    const parsed: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(entries)) {
      const isBranch = key === '$and' || key === '$or';
      if (!isBranch && !FIELD_PATH.test(key)) {
        context.addIssue({ code: 'custom', path: [key], message: 'expected a field path, $and or $or' });
        continue;
      }
      const result = (isBranch ? inner : condition).safeParse(value);
      if (result.success) parsed[key] = result.data;
      else for (const issue of result.error.issues) context.addIssue({ ...issue, path: [key, ...issue.path] } as never);
    }
    return parsed as Filter;
  }) as z.ZodType<Filter>;
}

export type FilterMatcher = (document: Readonly<Record<string, unknown>>) => boolean;

export function compileFilter(filter: Filter): FilterMatcher {
  const tests: FilterMatcher[] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    if (key === '$and') tests.push(...(value as Filter[]).map(compileFilter));
    else if (key === '$or') {
      const either = (value as Filter[]).map(compileFilter);
      tests.push((document) => either.some((matches) => matches(document)));
    } else tests.push(compileCondition(key, value as FilterCondition));
  }
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (document) => tests.every((matches) => matches(document));
}

/** Both filters at once. */
export function bothFilters(first: Filter, second: Filter): Filter {
  if (Object.keys(first).length === 0) return second;
  if (Object.keys(second).length === 0) return first;
  return { $and: [first, second] };
}

/** The value at a dotted path of maps; undefined where there is none. */
export function fieldAt(document: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = document;
  for (const name of path.split('.')) {
    if (!isMap(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

/** An object whose keys merge one by one, unlike an array. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compileCondition(path: string, condition: FilterCondition): FilterMatcher {
  if (typeof condition !== 'object') return (document) => fieldAt(document, path) === condition;
  const tests = Object.entries(condition).map(([operator, wanted]) => compileOperator(operator, wanted));
  return (document) => {
    const value = fieldAt(document, path);
    return tests.every((holds) => holds(value));
  };
}

function compileOperator(operator: string, wanted: unknown): (value: unknown) => boolean {
  const comparing = (holds: (value: string, wanted: string) => boolean) => (value: unknown) =>
    typeof value === typeof wanted && holds(value as string, wanted as string);
  switch (operator) {
    case '$eq':
      return (value) => value === wanted;
    case '$in': {
      const wantedValues = new Set(wanted as FilterScalar[]);
      return (value) => wantedValues.has(value as FilterScalar);
    }
    case '$gt':
      return comparing((value, limit) => value > limit);
    case '$gte':
      return comparing((value, limit) => value >= limit);
    case '$lt':
      return comparing((value, limit) => value < limit);
    case '$lte':
      return comparing((value, limit) => value <= limit);
    default:
      return (value) => (value !== undefined) === wanted;
  }
}

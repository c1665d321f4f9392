/** What a principal sees of one collection, as the first stages of any pipeline over it. */
import type { Document } from 'mongodb';
import {
  type CollectionName,
  collectionNames,
  describeCollection,
  type Filter,
  type Permissions,
  type Principal,
  readAccess,
} from '../../domain/index.ts';

export interface Scope {
  readonly collection: CollectionName;
  /** Of the documents; empty where all are seen. */
  readonly filter: Document;
  /** Stages that remove what is hidden of them, and change nothing else. */
  readonly mask: readonly Document[];
  /** Whether the field is shown of every document that is seen. */
  shows(field: string): boolean;
}

/** Identified the user in the application before this one; nobody needs it for an answer. */
const NEVER_SHOWN: Partial<Record<CollectionName, readonly string[]>> = { stores: ['rls_user_id'] };

type Rule = NonNullable<ReturnType<typeof readAccess>>['rules'][number];

/** Undefined where the principal may read nothing of it. */
export function scopeOf(permissions: Permissions, principal: Principal, collection: CollectionName): Scope | undefined {
  const access = readAccess(permissions, principal, collection);
  if (access === null) return undefined;
  const rules = withoutShadowed(access.rules);
  const never = NEVER_SHOWN[collection] ?? [];
  const shapes = rules.map((rule) => shapeOf(rule, collection));
  return {
    collection,
    filter: withoutDeleted(mongoFilter(rules)),
    mask: [...maskOf(rules, shapes), ...(never.length > 0 ? [{ $unset: [...never] }] : [])],
    shows: (field) => !never.includes(field) && shapes.every((shape) => shape.shows(field)),
  };
}

export const readableCollections = (permissions: Permissions, principal: Principal): CollectionName[] =>
  collectionNames.filter((name) => readAccess(permissions, principal, name) !== null);

interface Shape {
  readonly fields?: readonly string[];
  readonly hidden?: readonly string[];
  shows(field: string): boolean;
}

function shapeOf({ fields, hidden }: Rule, collection: CollectionName): Shape {
  if (fields !== undefined) {
    const { idField, schema } = describeCollection(collection);
    const named = new Set(['_id', idField, 'deleted', ...fields]);
    // In the order of the documents, so that nothing tells a shape by it.
    const shown = [...new Set([...Object.keys(schema.shape).filter((field) => named.has(field)), ...named])];
    return { fields: shown, shows: (field) => shown.includes(field) };
  }
  return { hidden: hidden ?? [], shows: (field) => !(hidden ?? []).includes(field) };
}

/** The first rule that a document matches decides: none behind one for every document ever does. */
function withoutShadowed(rules: readonly Rule[]): readonly Rule[] {
  const everything = rules.findIndex(({ filter }) => Object.keys(filter).length === 0);
  return everything === -1 ? rules : rules.slice(0, everything + 1);
}

function mongoFilter(rules: readonly Rule[]): Document {
  if (rules.some(({ filter }) => Object.keys(filter).length === 0)) return {};
  return rules.length === 1 ? { ...rules[0]?.filter } : { $or: rules.map(({ filter }) => filter) };
}

/** What is deleted is kept for devices that have not heard of it; no question is about it. */
function withoutDeleted(filter: Document): Document {
  const notDeleted = { deleted: { $ne: true } };
  return Object.hasOwn(filter, 'deleted') ? { $and: [filter, notDeleted] } : { ...filter, ...notDeleted };
}

function maskOf(rules: readonly Rule[], shapes: readonly Shape[]): Document[] {
  const [only] = shapes;
  if (shapes.length === 1 && only !== undefined) {
    if (only.fields !== undefined) return [{ $project: Object.fromEntries(only.fields.map((field) => [field, 1])) }];
    return only.hidden?.length ? [{ $unset: [...only.hidden] }] : [];
  }
  const shownOf = rules.reduceRight<unknown>(
    (otherwise, { filter }, index) => ({ $cond: [asExpression(filter), shown(shapes[index] as Shape), otherwise] }),
    { _id: '$_id' },
  );
  return [{ $replaceWith: shownOf }];
}

/** The document as a rule shows it. */
function shown({ fields, hidden = [] }: Shape): unknown {
  if (fields !== undefined) return Object.fromEntries(fields.map((field) => [field, `$${field}`]));
  return hidden.reduce<unknown>((input, field) => ({ $unsetField: { field, input } }), '$$ROOT');
}

/** The filter language of permissions as an expression: a comparison holds between values of one type only. */
function asExpression(filter: Filter): Document {
  const parts: Document[] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    if (key === '$and' || key === '$or') parts.push({ [key]: (value as readonly Filter[]).map(asExpression) });
    else if (typeof value !== 'object') parts.push({ $eq: [`$${key}`, { $literal: value }] });
    else for (const [operator, wanted] of Object.entries(value)) parts.push(asComparison(`$${key}`, operator, wanted));
  }
  return { $and: parts };
}

function asComparison(field: string, operator: string, wanted: unknown): Document {
  if (operator === '$exists') return { [wanted === true ? '$ne' : '$eq']: [{ $type: field }, 'missing'] };
  const compared = { [operator]: [field, { $literal: wanted }] };
  if (operator === '$eq' || operator === '$in') return compared;
  const isSameType = typeof wanted === 'number' ? { $isNumber: field } : { $eq: [{ $type: field }, 'string'] };
  return { $and: [isSameType, compared] };
}

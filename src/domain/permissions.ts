/**
 * What each role may read and write, as data (`config/ditto_permissions.json`). Every way in asks here: the gateway,
 * headquarters' API and the MCP servers. What no rule allows is refused.
 */
import { z } from 'zod';
import { type CollectionName, collections, describeCollection, syncedCollectionNames } from './collections.ts';
import { compileFilter, type Filter, type FilterMatcher, filterSchema, isMap } from './filter.ts';
import { type Principal, ROLES, type Role } from './roles.ts';

/** Stands in a rule for the stores that the principal may see. */
export const STORES_PARAMETER = ':stores';

type Document = Readonly<Record<string, unknown>>;

/** A filter in which `{ "$in": ":stores" }` stands for the principal's own stores. */
const filterTemplate = z.record(z.string(), z.unknown()).superRefine((template, context) => {
  const checked = filterSchema.safeParse(withStores(template, ['store_any']));
  if (checked.success) return;
  for (const issue of checked.error.issues) context.addIssue({ ...issue } as never);
});

const readRule = z.strictObject({
  where: filterTemplate,
  /** Only these fields are shown, with the ids. Without it all but the hidden ones are. */
  fields: z.array(z.string().min(1)).optional(),
  hidden: z.array(z.string().min(1)).optional(),
});

const writeRule = z.strictObject({
  /** The document must match before and after the change. */
  where: filterTemplate,
  create: z.boolean(),
  /** The fields that may be changed, each with all that lies below it; `*` is every field but the ids. */
  fields: z.array(z.string().min(1)),
  /** Whether `deleted` may be set. */
  remove: z.boolean().default(false),
});

const collectionName = z.enum(syncedCollectionNames as [CollectionName, ...CollectionName[]]);

export const permissionsSchema = z.strictObject({
  version: z.literal(1),
  roles: z.record(
    z.enum(ROLES),
    z.strictObject({
      description: z.string().min(1),
      /** The first rule whose filter a document matches decides what of it is shown. */
      read: z.partialRecord(collectionName, z.array(readRule).min(1)),
      write: z.partialRecord(collectionName, writeRule),
    }),
  ),
});

export type Permissions = z.infer<typeof permissionsSchema>;

/** What a principal sees of one collection. */
export interface ReadAccess {
  /** Every document that it may see matches; for a query. */
  readonly filter: Filter;
  /** The rules with the principal's stores in them, in order: two principals who see alike have equal ones. */
  readonly rules: readonly {
    readonly filter: Filter;
    readonly fields?: readonly string[];
    readonly hidden?: readonly string[];
  }[];
  /** The document as the principal may see it, or undefined. */
  visible<T extends Document>(document: T): T | undefined;
}

export type WriteVerdict =
  | { readonly outcome: 'allowed' }
  | { readonly outcome: 'refused'; readonly reason: WriteRefusal; readonly fields?: readonly string[] };

export type WriteRefusal =
  | 'collection_not_writable'
  | 'create_not_allowed'
  | 'delete_not_allowed'
  | 'field_not_writable'
  | 'outside_scope';

/** A change of one document, as the one who is asked for permission sees it. */
export interface ProposedWrite {
  readonly collection: CollectionName;
  /** Absent for a new document. */
  readonly before: Document | undefined;
  readonly after: Document;
  /** Paths of what changes; of a new document they are not asked for. */
  readonly changedPaths: readonly string[];
}

/** Null where the principal may read nothing of the collection. */
export function readAccess(
  permissions: Permissions,
  principal: Principal,
  collection: CollectionName,
): ReadAccess | null {
  const rules = permissions.roles[principal.role].read[collection];
  if (!collections[collection].synced || rules === undefined) return null;
  const views = rules.map((rule) => {
    const filter = resolved(rule.where, principal);
    return { filter, matches: compileFilter(filter), mask: maskOf(collection, rule) };
  });
  const filters = views.map(({ filter }) => filter);
  const seesAll = filters.some((filter) => Object.keys(filter).length === 0);
  return {
    rules: rules.map(({ where: _, ...shown }, index) => ({ ...shown, filter: filters[index] as Filter })),
    filter: seesAll ? {} : filters.length === 1 ? (filters[0] as Filter) : { $or: filters },
    visible: (document) => views.find(({ matches }) => matches(document))?.mask(document),
  };
}

/** Judges a write by the document it is meant for, not by what the writer happens to hold. */
export function judgeWrite(permissions: Permissions, principal: Principal, write: ProposedWrite): WriteVerdict {
  const rule = permissions.roles[principal.role].write[write.collection];
  if (rule === undefined) return { outcome: 'refused', reason: 'collection_not_writable' };
  const matches: FilterMatcher = compileFilter(resolved(rule.where, principal));
  if (write.before === undefined) {
    if (!rule.create) return { outcome: 'refused', reason: 'create_not_allowed' };
    return matches(write.after) ? { outcome: 'allowed' } : { outcome: 'refused', reason: 'outside_scope' };
  }
  if (!matches(write.before) || !matches(write.after)) return { outcome: 'refused', reason: 'outside_scope' };
  if (write.changedPaths.includes('deleted') && !rule.remove)
    return { outcome: 'refused', reason: 'delete_not_allowed' };
  const ids = new Set(['_id', describeCollection(write.collection).idField]);
  const refused = write.changedPaths.filter((path) => {
    if (path === 'deleted') return false;
    if (ids.has(path)) return true;
    return !rule.fields.some((field) => field === '*' || path === field || path.startsWith(`${field}.`));
  });
  if (refused.length > 0) return { outcome: 'refused', reason: 'field_not_writable', fields: refused };
  return { outcome: 'allowed' };
}

/** Whether a role may write to a collection at all; for what an app offers. */
export const mayWriteTo = (permissions: Permissions, role: Role, collection: CollectionName): boolean =>
  permissions.roles[role].write[collection] !== undefined;

function resolved(template: Readonly<Record<string, unknown>>, principal: Principal): Filter {
  return withStores(template, principal.stores) as Filter;
}

/** Puts the stores in; a principal that sees all stores loses the condition. */
function withStores(template: Readonly<Record<string, unknown>>, stores: Principal['stores']): Record<string, unknown> {
  const filter: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(template)) {
    if (Array.isArray(value)) {
      const branches = value.map((part) => (isMap(part) ? withStores(part, stores) : part));
      // A branch without conditions makes an `$or` hold for every document.
      const holdsAlways = key === '$or' && branches.some((part) => isMap(part) && Object.keys(part).length === 0);
      if (!holdsAlways) filter[key] = branches;
    } else if (isMap(value) && value['$in'] === STORES_PARAMETER) {
      if (stores !== 'all') filter[key] = { ...value, $in: [...stores] };
    } else filter[key] = value;
  }
  return filter;
}

function maskOf(
  collection: CollectionName,
  { fields, hidden }: z.infer<typeof readRule>,
): <T extends Document>(document: T) => T {
  if (fields !== undefined) {
    const shown = new Set(['_id', describeCollection(collection).idField, 'deleted', ...fields]);
    return (document) => pick(document, (field) => shown.has(field));
  }
  if (hidden === undefined || hidden.length === 0) return (document) => document;
  const unseen = new Set(hidden);
  return (document) => pick(document, (field) => !unseen.has(field));
}

function pick<T extends Document>(document: T, isShown: (field: string) => boolean): T {
  return Object.fromEntries(Object.entries(document).filter(([field]) => isShown(field))) as T;
}

/**
 * What a role may see and change, told once more and in the simplest way, from the permissions as they are written: the
 * product's own reading of them (domain/permissions.ts) is what is on trial.
 */
import type { Permissions, Principal } from '../domain/index.ts';
import type { Document } from '../sync/index.ts';

type Condition = Readonly<Record<string, unknown>>;

interface ReadRule {
  readonly where: Condition;
  readonly fields?: readonly string[];
  readonly hidden?: readonly string[];
}

interface WriteRule {
  readonly where: Condition;
  readonly create: boolean;
  readonly fields: readonly string[];
  readonly remove?: boolean;
}

/** A field that a principal may not have of a document in its true state, or '' for the document itself; null if all is well. */
export function forbiddenPart(
  permissions: Permissions,
  principal: Principal,
  collection: string,
  state: Document,
  sent: Document,
): string | null {
  const rules = permissions.roles[principal.role].read[collection as never] as readonly ReadRule[] | undefined;
  const rule = rules?.find(({ where }) => holds(where, state, principal));
  if (rule === undefined) return '';
  const idFields = new Set(['_id', 'deleted']);
  for (const [field, value] of Object.entries(sent)) {
    const isId = idFields.has(field) || (field.endsWith('_id') && value === state['_id']);
    if (rule.hidden?.includes(field)) return field;
    if (rule.fields !== undefined && !rule.fields.includes(field) && !isId) return field;
  }
  return null;
}

/** Why a principal may not have made this of a document (null where there was none); null if all is well. */
export function forbiddenWrite(
  permissions: Permissions,
  principal: Principal,
  collection: string,
  before: Document | null,
  after: Document,
  paths: readonly string[],
): string | null {
  const rule = permissions.roles[principal.role].write[collection as never] as WriteRule | undefined;
  if (rule === undefined) return 'the collection';
  if (!holds(rule.where, after, principal)) return 'what came of it';
  if (before === null) return rule.create ? null : 'to create';
  if (!holds(rule.where, before, principal)) return 'what it was';
  for (const path of paths) {
    if (path === 'deleted' && rule.remove === true) continue;
    if (!rule.fields.some((field) => field === '*' || field === path || path.startsWith(`${field}.`))) return path;
  }
  return null;
}

function holds(where: Condition, state: Document, { stores }: Pick<Principal, 'stores'>): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    if (key === '$or') return (wanted as Condition[]).some((part) => holds(part, state, { stores }));
    if (key === '$and') return (wanted as Condition[]).every((part) => holds(part, state, { stores }));
    const list = (wanted as { $in?: unknown }).$in;
    if (list === ':stores') return stores === 'all' || stores.includes(state[key] as string);
    if (Array.isArray(list)) return list.includes(state[key]);
    return state[key] === wanted;
  });
}

/**
 * What a role may see, told once more and in the simplest way, from the permissions as they are written: the product's own
 * reading of them (domain/permissions.ts) is what is on trial.
 */
import type { Permissions, Principal } from '../domain/index.ts';
import type { Document } from '../sync/index.ts';

type Condition = Readonly<Record<string, unknown>>;

/** A field that a principal may not have of a document in its true state, or '' for the document itself; null if all is well. */
export function forbiddenPart(
  permissions: Permissions,
  principal: Principal,
  collection: string,
  state: Document,
  sent: Document,
): string | null {
  const rules = permissions.roles[principal.role].read[collection as never] as
    | readonly { where: Condition; fields?: readonly string[]; hidden?: readonly string[] }[]
    | undefined;
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

function holds(where: Condition, state: Document, { stores }: Principal): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    if (key === '$or') return (wanted as Condition[]).some((part) => holds(part, state, { stores } as Principal));
    if (key === '$and') return (wanted as Condition[]).every((part) => holds(part, state, { stores } as Principal));
    const list = (wanted as { $in?: unknown }).$in;
    if (list === ':stores') return stores === 'all' || stores.includes(state[key] as string);
    if (Array.isArray(list)) return list.includes(state[key]);
    return state[key] === wanted;
  });
}

/** What a person is told of a write that was refused: the same words on the device and at headquarters. */
import type { ProposedWrite, WriteVerdict } from './permissions.ts';
import type { Principal } from './roles.ts';

export function refusalInWords(
  { role, stores }: Principal,
  { collection, before, after }: ProposedWrite,
  { reason, fields = [] }: Extract<WriteVerdict, { outcome: 'refused' }>,
): string {
  const who = `A ${role.replaceAll('_', ' ')}`;
  const things = collection.replaceAll('_', ' ');
  const key = `${collection}/${String(after['_id'] ?? before?.['_id'])}`;
  switch (reason) {
    case 'collection_not_writable':
      return `${who} may not change ${things}: ${key} stays as it is.`;
    case 'create_not_allowed':
      return `${who} may not add ${things}: ${key} was not made.`;
    case 'delete_not_allowed':
      return `${who} may not delete ${things} or bring them back: ${key} stays as it is.`;
    case 'field_not_writable':
      return `${who} may not change ${fields.map((field) => `'${field}'`).join(', ')} of ${key}.`;
    case 'outside_scope': {
      const own = stores === 'all' ? 'any store' : stores.length === 0 ? 'no store' : stores.join(', ');
      return `${key} is not, or would no longer be, of the stores that this ${role.replaceAll('_', ' ')} works for (${own}).`;
    }
  }
}

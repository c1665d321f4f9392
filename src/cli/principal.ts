import type { Principal, Role } from '../domain/index.ts';
import { CliError } from './errors.ts';

const STORE_ID = /^[a-z0-9_]{1,64}$/;

/** Who a role with these stores is. Everyone but headquarters has to name stores, or say `all` in so many words. */
export function principalOf(role: Role, stores: readonly string[], userId: string = role): Principal {
  if (stores.includes('all')) {
    if (stores.length > 1) throw new CliError('BAD_USAGE', '--store: `all` was given beside single stores.');
    return { role, userId, stores: 'all' };
  }
  for (const store of stores) {
    if (!STORE_ID.test(store)) {
      throw new CliError('BAD_USAGE', `--store: an id such as store_seattle was expected; "${store}" came.`);
    }
  }
  if (stores.length > 0) return { role, userId, stores: [...new Set(stores)] };
  if (role === 'headquarters') return { role, userId, stores: 'all' };
  throw new CliError('BAD_USAGE', `A ${role} sees the stores that --store names; none was given.`);
}

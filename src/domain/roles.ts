import type { StoreId } from './ids.ts';

export const ROLES = ['headquarters', 'store_manager', 'worker', 'sales_rep', 'agent'] as const;

export type Role = (typeof ROLES)[number];

/** Who is asking: a role, and the stores that it may see (`all` for headquarters alone, unless a token says so). */
export interface Principal {
  readonly role: Role;
  readonly userId: string;
  readonly stores: 'all' | readonly StoreId[];
}

/** The original application's super manager, who passed every row-level policy. */
export const SUPER_MANAGER_RLS_USER_ID = '00000000-0000-0000-0000-000000000000';

export const maySeeStore = (principal: Principal, storeId: StoreId): boolean =>
  principal.stores === 'all' || principal.stores.includes(storeId);

/** Costs and margins are the chain's own affair: people at a counter and agents don't see them. */
export const maySeeCosts = (principal: Principal): boolean =>
  principal.role === 'headquarters' || principal.role === 'store_manager';

/** Customers' names, addresses and habits are for the people who serve them; an agent works without them. */
export const maySeeCustomers = (principal: Principal): boolean => principal.role !== 'agent';

/** Everybody may ask for products; the chain's numbers are for who leads it, a store, or was given an agent's token. */
export const mayAskMcp = (principal: Principal, server: 'customer-sales' | 'sales-analysis'): boolean =>
  server === 'customer-sales' || ['headquarters', 'store_manager', 'agent'].includes(principal.role);

/**
 * The stores that a row-level-security user id of the original application stood for: all for the super manager, one
 * for a store's id, none for anything else. Fails closed.
 */
export function storesOfRlsUser(
  rlsUserId: string,
  stores: Iterable<{ readonly store_id: StoreId; readonly rls_user_id: string }>,
): 'all' | readonly StoreId[] {
  if (rlsUserId === SUPER_MANAGER_RLS_USER_ID) return 'all';
  return [...stores].filter((store) => store.rls_user_id === rlsUserId).map((store) => store.store_id);
}

import { type Customer, type Store, SUPER_MANAGER_RLS_USER_ID, storeIdFromName } from '../../../domain/index.ts';
import type { RuleMaker } from './rule.ts';

export const storeRules: RuleMaker<Store> = ({ facts, fail }) => {
  const { stores, defaultStores, ordersOfStore } = facts;
  const storeIdByRlsUserId = new Map<string, string>();
  return {
    document({ store_id, store_name, rls_user_id, demo_default }, place, id) {
      if (store_id !== undefined) stores.places.set(store_id, place);
      stores.ids[place] = id;
      stores.names[place] = store_name;
      if (demo_default === true) defaultStores.push(place);
      if (rls_user_id !== undefined) {
        const other = storeIdByRlsUserId.get(rls_user_id);
        if (other !== undefined) {
          fail('stores.rls_user_id', place, id, 'rls_user_id', rls_user_id, `an id that ${other} doesn’t have`);
        } else if (rls_user_id === SUPER_MANAGER_RLS_USER_ID) {
          fail('stores.rls_user_id', place, id, 'rls_user_id', rls_user_id, 'an id that sees one store, not all');
        }
        storeIdByRlsUserId.set(rls_user_id, id);
      }
      if (store_id !== undefined && store_name !== undefined && store_id !== storeIdFromName(store_name)) {
        fail('stores.slug', place, id, 'store_id', store_id, storeIdFromName(store_name));
      }
    },
    finish() {
      if (stores.ids.length === 0) return;
      if (defaultStores.length === 0) {
        fail('stores.demo_default', -1, 'stores', 'demo_default', undefined, 'true on one store');
        return;
      }
      if (defaultStores.length > 1) {
        for (const place of defaultStores) {
          const id = stores.ids[place] as string;
          fail('stores.demo_default', place, id, 'demo_default', true, 'true on one store only');
        }
        return;
      }
      const [place] = defaultStores as [number];
      const orders = stores.ids.map((_, each) => ordersOfStore.get(each));
      const fewest = Math.min(...orders);
      if (clearlyMore(orders[place] as number, fewest)) {
        const expected = stores.ids[orders.indexOf(fewest)];
        const id = stores.ids[place] as string;
        fail(
          'stores.demo_default',
          place,
          id,
          'demo_default',
          true,
          `true on ${expected}, which has ${fewest} orders and not ${orders[place]}`,
        );
      }
    },
  };
};

/** Orders are drawn by weight, so that in a small data set chance may give the quietest store a few more. */
const clearlyMore = (orders: number, fewest: number) => orders - fewest > 4 * Math.sqrt(orders + fewest);

export const customerRules: RuleMaker<Customer> = ({ facts: { customers, stores }, statistics, fail }) => {
  const customerByEmail = new Map<string, number>();
  return {
    document(customer, place, id) {
      const { customer_id, first_name, last_name, email, primary_store_id, created_at } = customer;
      if (customer_id !== undefined) customers.places.set(customer_id, place);
      customers.ids[place] = id;
      customers.names[place] =
        first_name === undefined || last_name === undefined ? undefined : `${first_name} ${last_name}`;
      customers.emails[place] = email;
      customers.createdAt[place] = created_at;
      if (email !== undefined) {
        const other = customerByEmail.get(email);
        if (other === undefined) customerByEmail.set(email, place);
        else {
          const expected = `an address that ${customers.ids[other]} doesn’t have`;
          fail('customers.email_unique', place, id, 'email', email, expected);
        }
      }
      if (primary_store_id !== undefined && !stores.places.has(primary_store_id)) {
        fail('customers.store', place, id, 'primary_store_id', primary_store_id, 'the id of a store');
      }
      statistics.customer(primary_store_id);
    },
  };
};

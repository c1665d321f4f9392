/** Customers with what they bought, and orders with their items. */
import { type Customer, centsFromMoney, moneyFromCents, type Order, type OrderItem } from '../../domain/index.ts';
import type { StoreReader } from './store-reader.ts';

export interface CustomerView {
  readonly customer: Customer;
  /** The newest first; of those that this device has. */
  readonly orders: readonly Order[];
  /** Of these orders, without the cancelled ones. */
  readonly spent: number;
}

export interface OrderView {
  readonly order: Order;
  /** Each with the units of its product that came back, up to its quantity. */
  readonly items: readonly (OrderItem & { readonly returnedUnits: number })[];
}

export async function customerView(
  reader: StoreReader,
  customerId: string,
  ordersMax = 50,
): Promise<CustomerView | undefined> {
  const customer = await reader.customer(customerId);
  if (customer === undefined) return undefined;
  const orders = await reader.ordersOfCustomer(customerId, ordersMax);
  const cents = orders
    .filter(({ status }) => status !== 'cancelled')
    .reduce((sum, { total }) => sum + centsFromMoney(total), 0);
  return { customer, orders, spent: moneyFromCents(cents) };
}

/** By e-mail address, or by the beginning of the last name. */
export async function findCustomers(reader: StoreReader, text: string, limit = 20): Promise<Customer[]> {
  const wanted = text.trim();
  if (wanted === '') return [];
  if (wanted.includes('@')) {
    const customer = await reader.customerOfEmail(wanted.toLowerCase());
    return customer === undefined ? [] : [customer];
  }
  return await reader.customersByLastName(wanted[0]?.toUpperCase() + wanted.slice(1), limit);
}

export async function orderView(reader: StoreReader, orderId: string): Promise<OrderView | undefined> {
  const order = await reader.order(orderId);
  if (order === undefined) return undefined;
  const items = await reader.itemsOfOrder(orderId);
  const returned = new Map<string, number>();
  for (const { kind, product_id, quantity } of await reader.movementsOfOrder(orderId)) {
    if (kind === 'return') returned.set(product_id, (returned.get(product_id) ?? 0) + quantity);
  }
  return {
    order,
    items: items
      .sort((one, other) => (one.order_item_id < other.order_item_id ? -1 : 1))
      .map((item) => {
        const left = returned.get(item.product_id) ?? 0;
        const returnedUnits = Math.min(left, item.quantity);
        returned.set(item.product_id, left - returnedUnits);
        return { ...item, returnedUnits };
      }),
  };
}

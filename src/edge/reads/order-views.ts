/** Customers with what they bought, and orders with their items. */
import { type Customer, centsFromMoney, moneyFromCents, type Order, type OrderItem } from '../../domain/index.ts';
import { TAX_PERCENT } from './basket-quote.ts';
import { findCustomers } from './find-customers.ts';
import { refundOf, unitsByProduct } from './refund.ts';
import type { StoredMovement, StoreReader } from './store-reader.ts';

export interface CustomerView {
  readonly customer: Customer;
  /** The newest first; of those that this device has. */
  readonly orders: readonly Order[];
  /** Of these orders, without those that were cancelled or came back whole. */
  readonly spent: number;
}

export interface OrderView {
  readonly order: Order;
  /** Each with the units of its product that came back, up to its quantity. */
  readonly items: readonly (OrderItem & { readonly returnedUnits: number })[];
  /** What came back and when, the oldest first; of a cancelled order all of it. */
  readonly returns: readonly {
    readonly movement_id: string;
    readonly product_id: string;
    readonly product_name: string;
    readonly units: number;
    readonly reason: string;
    readonly occurred_at: string;
  }[];
  /** Paid back for what came back. */
  readonly refunded: number;
  readonly tax_percent: number;
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
    .filter(({ status }) => status !== 'cancelled' && status !== 'restocked')
    .reduce((sum, { total }) => sum + centsFromMoney(total), 0);
  return { customer, orders, spent: moneyFromCents(cents) };
}

export async function orderView(reader: StoreReader, orderId: string): Promise<OrderView | undefined> {
  const order = await reader.order(orderId);
  if (order === undefined) return undefined;
  const items = (await reader.itemsOfOrder(orderId)).sort((one, other) =>
    one.order_item_id < other.order_item_id ? -1 : 1,
  );
  const returns = (await reader.movementsOfOrder(orderId))
    .filter(({ kind }) => kind === 'return')
    .sort((one, other) => (one.hlc < other.hlc ? -1 : 1));
  const left = unitsByProduct(returns);
  const withReturned = items.map((item) => {
    const units = left.get(item.product_id) ?? 0;
    const returnedUnits = Math.min(units, item.quantity);
    left.set(item.product_id, units - returnedUnits);
    return { ...item, returnedUnits };
  });
  return {
    order,
    items: withReturned,
    returns: returns.map(({ movement_id, product_id, quantity, reason, occurred_at }) => ({
      movement_id,
      product_id,
      product_name: items.find((item) => item.product_id === product_id)?.product_name ?? product_id,
      units: quantity,
      reason,
      occurred_at,
    })),
    refunded: refundedOf(order, items, returns),
    tax_percent: TAX_PERCENT,
  };
}

/** An order that came back whole before this device knew of it has no movements here, and was paid back all the same. */
function refundedOf({ status, total }: Order, items: OrderItem[], returns: readonly StoredMovement[]): number {
  if (status === 'cancelled' || status === 'restocked') return total;
  const back = refundOf(items, [], unitsByProduct(returns));
  return back.outcome === 'refundable' ? back.refund.total : total;
}

const CUSTOMERS_LOOKED_AT = 10;
const NUMBER_LETTERS_MIN = 4;

/** By number, whole or as a receipt begins it; or by customer, the newest first. */
export async function findOrders(reader: StoreReader, text: string, limit = 20): Promise<Order[]> {
  const wanted = text.trim().replace(/^#/, '').toLowerCase();
  if (wanted === '') return [];
  const number = wanted.replace(/^order[_ ]?/, '');
  const ofNumber = /^\d+$/.test(number) ? await reader.order(`order_${number}`) : undefined;
  const begun =
    /^[0-9a-f-]+$/.test(wanted) && wanted.length >= NUMBER_LETTERS_MIN
      ? await reader.ordersByNumberStart(asUuidBeginning(wanted), limit)
      : [];
  const customers = /\p{L}/u.test(wanted) ? await findCustomers(reader, text, CUSTOMERS_LOOKED_AT) : [];
  const theirs = await Promise.all(customers.map((one) => reader.ordersOfCustomer(one.customer_id, limit)));
  const ofCustomers = theirs.flat().sort((one, other) => (one.order_date < other.order_date ? 1 : -1));
  const found = [...(ofNumber === undefined ? [] : [ofNumber]), ...begun, ...ofCustomers];
  return [...new Map(found.map((order) => [order.order_id, order])).values()].slice(0, limit);
}

/** A number that was typed or scanned without its hyphens. */
function asUuidBeginning(text: string): string {
  const digits = text.replaceAll('-', '');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)];
  return parts.filter((part) => part !== '').join('-');
}

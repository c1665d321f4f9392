import { lineAmounts, type Order, type OrderItem, taxCentsFromSubtotalCents } from '../../../domain/index.ts';
import { dollars, inCents, type RuleMaker } from './rule.ts';

export const orderRules: RuleMaker<Order> = ({ facts, statistics, fail }) => {
  const { stores, customers, orders, ordersOfStore } = facts;
  return {
    document(order, place, id) {
      const { order_id, customer_id, store_id, order_date, status } = order;
      if (order_id !== undefined) orders.places.set(order_id, place);
      orders.ids[place] = id;
      orders.storeIds[place] = store_id;
      orders.dates[place] = order_date;
      orders.sold.set(place, status === 'cancelled' ? 0 : 1);
      orders.itemCount.set(place, order.item_count ?? Number.NaN);
      const subtotalCents = inCents(order.subtotal);
      orders.subtotalCents.set(place, subtotalCents);
      orders.discountCents.set(place, inCents(order.discount_total));

      const store = store_id === undefined ? undefined : stores.places.get(store_id);
      if (store !== undefined) {
        ordersOfStore.add(store, 1);
        const expected = stores.names[store];
        if (order.store_name !== undefined && expected !== undefined && order.store_name !== expected) {
          fail('orders.store_name', place, id, 'store_name', order.store_name, expected);
        }
      } else if (store_id !== undefined) {
        fail('orders.store', place, id, 'store_id', store_id, 'the id of a store');
      }

      const customer = customer_id === undefined ? undefined : customers.places.get(customer_id);
      if (customer !== undefined) {
        const name = customers.names[customer];
        if (order.customer_name !== undefined && name !== undefined && order.customer_name !== name) {
          fail('orders.customer_name', place, id, 'customer_name', order.customer_name, name);
        }
        const email = customers.emails[customer];
        if (order.customer_email !== undefined && email !== undefined && order.customer_email !== email) {
          fail('orders.customer_email', place, id, 'customer_email', order.customer_email, email);
        }
        const createdAt = customers.createdAt[customer];
        if (order_date !== undefined && createdAt !== undefined && createdAt > order_date) {
          const customerId = customers.ids[customer] as string;
          fail('customers.first_order', customer, customerId, 'created_at', createdAt, `before ${order_date} (${id})`);
          // One finding per customer, whichever of their orders shows it.
          customers.createdAt[customer] = undefined;
        }
      } else if (customer_id !== undefined) {
        fail('orders.customer', place, id, 'customer_id', customer_id, 'the id of a customer');
      }

      const taxCents = inCents(order.tax);
      if (order.tax !== undefined && !Number.isNaN(subtotalCents)) {
        const expected = taxCentsFromSubtotalCents(subtotalCents);
        if (taxCents !== expected) {
          fail('orders.tax', place, id, 'tax', order.tax, `${dollars(expected)} = 9.5 % of ${order.subtotal}`);
        }
      }
      const expectedTotal = subtotalCents + taxCents;
      if (order.total !== undefined && !Number.isNaN(expectedTotal) && inCents(order.total) !== expectedTotal) {
        const expected = `${dollars(expectedTotal)} = ${order.subtotal} + ${order.tax}`;
        fail('orders.total', place, id, 'total', order.total, expected);
      }
      statistics.order(store_id, order_date, status, subtotalCents);
    },
    finish() {
      for (const place of orders.places.values()) {
        const id = orders.ids[place] as string;
        const itemsSeen = orders.itemsSeen.get(place);
        statistics.itemsOfOrder(itemsSeen);
        if (itemsSeen === 0) {
          fail('orders.items', place, id, '', undefined, 'at least one item');
          continue;
        }
        const itemCount = orders.itemCount.get(place);
        if (!Number.isNaN(itemCount) && itemCount !== itemsSeen) {
          fail('orders.item_count', place, id, 'item_count', itemCount, `${itemsSeen}`);
        }
        const subtotal = orders.subtotalCents.get(place);
        const lines = orders.itemsLineCents.get(place);
        if (differ(subtotal, lines)) {
          fail('orders.subtotal', place, id, 'subtotal', subtotal / 100, `${dollars(lines)}, as its items add up`);
        }
        const discount = orders.discountCents.get(place);
        const discounts = orders.itemsDiscountCents.get(place);
        if (differ(discount, discounts)) {
          const expected = `${dollars(discounts)}, as its items add up`;
          fail('orders.discount_total', place, id, 'discount_total', discount / 100, expected);
        }
      }
    },
  };
};

/** Amounts that can't be read are not judged. */
const differ = (left: number, right: number) => left !== right && !Number.isNaN(left) && !Number.isNaN(right);

/** A unit price follows its product's price history: at most this far from the base price. */
const UNIT_PRICE_SPREAD = 0.2;

export const orderItemRules: RuleMaker<OrderItem> = ({ facts, statistics, fail }) => {
  const { orders, products } = facts;
  return {
    document(item, place, id) {
      const { order_id, product_id, quantity, unit_price, discount_percent } = item;
      const lineCents = inCents(item.line_total);
      const discountCents = inCents(item.discount_amount);
      const unitCents = inCents(unit_price);

      const order = order_id === undefined ? undefined : orders.places.get(order_id);
      if (order !== undefined) {
        orders.itemsSeen.add(order, 1);
        orders.itemsLineCents.add(order, lineCents);
        orders.itemsDiscountCents.add(order, discountCents);
        const storeId = orders.storeIds[order];
        if (item.store_id !== undefined && storeId !== undefined && item.store_id !== storeId) {
          fail('order_items.store_copy', place, id, 'store_id', item.store_id, `${storeId}, as order ${order_id}`);
        }
        const date = orders.dates[order];
        if (item.order_date !== undefined && date !== undefined && item.order_date !== date) {
          fail('order_items.date_copy', place, id, 'order_date', item.order_date, `${date}, as order ${order_id}`);
        }
      } else if (order_id !== undefined) {
        fail('order_items.order', place, id, 'order_id', order_id, 'the id of an order');
      }

      const product = product_id === undefined ? undefined : products.places.get(product_id);
      if (product !== undefined) {
        const sku = products.skus[product];
        if (item.sku !== undefined && sku !== undefined && item.sku !== sku) {
          fail('order_items.sku_copy', place, id, 'sku', item.sku, sku);
        }
        const name = products.names[product];
        if (item.product_name !== undefined && name !== undefined && item.product_name !== name) {
          fail('order_items.product_name_copy', place, id, 'product_name', item.product_name, name);
        }
        const baseCents = products.basePriceCents.get(product);
        // One cent for rounding.
        if (Math.abs(unitCents - baseCents) > baseCents * UNIT_PRICE_SPREAD + 1) {
          const expected = `within 20 % of ${dollars(baseCents)}`;
          fail('order_items.unit_price', place, id, 'unit_price', unit_price, expected);
        }
      } else if (product_id !== undefined) {
        fail('order_items.product', place, id, 'product_id', product_id, 'the id of a product');
      }

      if (quantity !== undefined && unit_price !== undefined) {
        if (discount_percent !== undefined && item.discount_amount !== undefined) {
          const expected = lineAmounts(quantity, unitCents, discount_percent).discountCents;
          if (discountCents !== expected) {
            const sum = `${dollars(expected)} = ${discount_percent} % of ${quantity} × ${unit_price}`;
            fail('order_items.discount', place, id, 'discount_amount', item.discount_amount, sum);
          }
        }
        const expected = quantity * unitCents - discountCents;
        if (differ(lineCents, expected)) {
          const sum = `${dollars(expected)} = ${quantity} × ${unit_price} − ${item.discount_amount}`;
          fail('order_items.line_total', place, id, 'line_total', item.line_total, sum);
        }
      }
      if (order !== undefined && product !== undefined && orders.sold.get(order) === 1) {
        statistics.soldItem(products.categoryIds[product], product, quantity ?? 0, lineCents);
      }
    },
  };
};

/**
 * The twelve questions of a retail dashboard. Pipelines as a MongoDB developer would write them, SQL as a PostgreSQL
 * developer would: nothing here knows how our server works inside. Times are ISO 8601 text in the one and timestamps in
 * the other; a parameter that is a time is the same text for both.
 */
import type { RetailQuery } from './retail-query.ts';

const month = { $substrBytes: ['$order_date', 0, 7] };
const year = { $substrBytes: ['$order_date', 0, 4] };
const day = { $substrBytes: ['$order_date', 0, 10] };

export const retailQueries: readonly RetailQuery[] = [
  {
    name: 'order-with-items',
    question: 'An order with its items',
    ordered: false,
    parameters: (pick) => [pick.orderId()],
    mongodb: (database, orderId) =>
      database
        .collection('orders')
        .aggregate([
          { $match: { order_id: orderId } },
          { $lookup: { from: 'order_items', localField: 'order_id', foreignField: 'order_id', as: 'items' } },
        ])
        .toArray(),
    sql: `SELECT o.order_id, o.customer_name, o.status, o.total, i.sku, i.product_name, i.quantity, i.line_total
            FROM orders o JOIN order_items i ON i.order_id = o.order_id WHERE o.order_id = $1`,
    rows: (orders) =>
      orders.flatMap(({ order_id, customer_name, status, total, items }) =>
        items.map((item: Record<string, unknown>) => ({
          ...{ order_id, customer_name, status, total, sku: item['sku'], product_name: item['product_name'] },
          ...{ quantity: item['quantity'], line_total: item['line_total'] },
        })),
      ),
  },
  {
    name: 'customer-last-orders',
    question: "A customer's last ten orders",
    ordered: true,
    parameters: (pick) => [pick.customerId()],
    mongodb: (database, customerId) =>
      database
        .collection('orders')
        .find({ customer_id: customerId })
        .project({ _id: 0, order_id: 1, order_date: 1, store_name: 1, status: 1, total: 1 })
        .sort({ order_date: -1 })
        .limit(10)
        .toArray(),
    sql: `SELECT order_id, order_date, store_name, status, total FROM orders
           WHERE customer_id = $1 ORDER BY order_date DESC LIMIT 10`,
  },
  {
    name: 'revenue-by-store-month',
    question: 'Revenue by store and month',
    ordered: true,
    parameters: () => [],
    mongodb: (database) =>
      database
        .collection('orders')
        .aggregate([
          { $match: { status: { $ne: 'cancelled' } } },
          {
            $group: {
              _id: { store: '$store_id', month },
              revenue: { $sum: '$total' },
              orders: { $sum: 1 },
            },
          },
          { $sort: { '_id.store': 1, '_id.month': 1 } },
          { $project: { _id: 0, store: '$_id.store', month: '$_id.month', revenue: 1, orders: 1 } },
        ])
        .toArray(),
    sql: `SELECT store, to_char(month, 'YYYY-MM') AS month, revenue, orders
            FROM (SELECT store_id AS store, date_trunc('month', order_date, 'UTC') AT TIME ZONE 'UTC' AS month,
                         sum(total) AS revenue, count(*)::int AS orders
                    FROM orders WHERE status <> 'cancelled' GROUP BY 1, 2) AS by_month
           ORDER BY store COLLATE "C", month`,
  },
  {
    name: 'top-products',
    question: 'Top ten products of a category in a quarter',
    ordered: true,
    parameters: (pick) => [pick.categoryId(), '2025-04-01T00:00:00Z', '2025-07-01T00:00:00Z'],
    mongodb: (database, categoryId, from, until) =>
      database
        .collection('products')
        .aggregate([
          { $match: { category_id: categoryId } },
          {
            $lookup: {
              from: 'order_items',
              localField: 'product_id',
              foreignField: 'product_id',
              pipeline: [
                { $match: { order_date: { $gte: from, $lt: until } } },
                { $group: { _id: null, units: { $sum: '$quantity' }, revenue: { $sum: '$line_total' } } },
              ],
              as: 'sales',
            },
          },
          { $unwind: '$sales' },
          { $sort: { 'sales.revenue': -1 } },
          { $limit: 10 },
          { $project: { _id: 0, product_id: 1, product_name: 1, units: '$sales.units', revenue: '$sales.revenue' } },
        ])
        .toArray(),
    sql: `SELECT p.product_id, p.product_name, sum(i.quantity) AS units, sum(i.line_total) AS revenue
            FROM products p JOIN order_items i ON i.product_id = p.product_id
           WHERE p.category_id = $1 AND i.order_date >= $2::timestamptz AND i.order_date < $3::timestamptz
           GROUP BY p.product_id, p.product_name ORDER BY revenue DESC LIMIT 10`,
  },
  {
    name: 'low-stock',
    question: 'What a store must reorder',
    ordered: true,
    parameters: (pick) => [pick.storeId()],
    mongodb: (database, storeId) =>
      database
        .collection('inventory')
        .aggregate([
          { $match: { store_id: storeId, $expr: { $lte: ['$stock_level', '$reorder_threshold'] } } },
          { $sort: { stock_level: 1, product_id: 1 } },
          { $lookup: { from: 'products', localField: 'product_id', foreignField: 'product_id', as: 'product' } },
          { $unwind: '$product' },
          {
            $project: {
              _id: 0,
              product_id: 1,
              product_name: '$product.product_name',
              stock_level: 1,
              reorder_threshold: 1,
            },
          },
        ])
        .toArray(),
    sql: `SELECT i.product_id, p.product_name, i.stock_level, i.reorder_threshold
            FROM inventory i JOIN products p ON p.product_id = i.product_id
           WHERE i.store_id = $1 AND i.stock_level <= i.reorder_threshold
           ORDER BY i.stock_level, i.product_id COLLATE "C"`,
  },
  {
    name: 'text-search',
    question: 'Products found by words, best first',
    ordered: false, // each ranks in its own way; which products are found must agree
    parameters: (pick) => [pick.searchWords()],
    mongodb: (database, words) =>
      database
        .collection('products')
        .find({ $text: { $search: words as string } })
        .project({ _id: 0, product_id: 1, product_name: 1, base_price: 1 })
        .sort({ score: { $meta: 'textScore' } })
        .toArray(),
    sql: `SELECT product_id, product_name, base_price
            FROM products, (SELECT replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery AS words) AS asked
           WHERE to_tsvector('english', coalesce("product_name", '') || ' ' || coalesce("product_description", '')) @@ words
           ORDER BY ts_rank(to_tsvector('english', coalesce("product_name", '') || ' ' || coalesce("product_description", '')),
                            words) DESC`,
  },
  {
    name: 'sales-by-day',
    question: 'Sales by day of one quarter, all stores',
    ordered: true,
    parameters: () => ['2026-07-01T00:00:00Z', '2026-10-01T00:00:00Z'],
    mongodb: (database, from, until) =>
      database
        .collection('orders')
        .aggregate([
          { $match: { order_date: { $gte: from, $lt: until } } },
          { $group: { _id: day, revenue: { $sum: '$total' }, orders: { $sum: 1 } } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, day: '$_id', revenue: 1, orders: 1 } },
        ])
        .toArray(),
    sql: `SELECT to_char(day, 'YYYY-MM-DD') AS day, revenue, orders
            FROM (SELECT date_trunc('day', order_date, 'UTC') AT TIME ZONE 'UTC' AS day,
                         sum(total) AS revenue, count(*)::int AS orders
                    FROM orders WHERE order_date >= $1::timestamptz AND order_date < $2::timestamptz GROUP BY 1) AS by_day
           ORDER BY day`,
  },
  {
    name: 'average-basket',
    question: 'Average units and value of a basket by store',
    ordered: true,
    parameters: () => [],
    mongodb: (database) =>
      database
        .collection('order_items')
        .aggregate([
          {
            $group: {
              _id: '$order_id',
              store: { $first: '$store_id' },
              units: { $sum: '$quantity' },
              value: { $sum: '$line_total' },
            },
          },
          { $group: { _id: '$store', units: { $avg: '$units' }, value: { $avg: '$value' }, baskets: { $sum: 1 } } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, store: '$_id', units: 1, value: 1, baskets: 1 } },
        ])
        .toArray(),
    sql: `SELECT store, avg(units) AS units, avg(value) AS value, count(*)::int AS baskets
            FROM (SELECT order_id, min(store_id) AS store, sum(quantity) AS units, sum(line_total) AS value
                    FROM order_items GROUP BY order_id) AS baskets
           GROUP BY store ORDER BY store COLLATE "C"`,
  },
  {
    name: 'inventory-value',
    question: 'Value of the stock by store, at cost',
    ordered: true,
    parameters: () => [],
    mongodb: (database) =>
      database
        .collection('inventory')
        .aggregate([
          { $lookup: { from: 'products', localField: 'product_id', foreignField: 'product_id', as: 'product' } },
          { $unwind: '$product' },
          {
            $group: {
              _id: '$store_id',
              units: { $sum: '$stock_level' },
              value: { $sum: { $multiply: ['$stock_level', '$product.cost'] } },
            },
          },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, store: '$_id', units: 1, value: 1 } },
        ])
        .toArray(),
    sql: `SELECT i.store_id AS store, sum(i.stock_level) AS units, sum(i.stock_level * p.cost) AS value
            FROM inventory i JOIN products p ON p.product_id = i.product_id
           GROUP BY i.store_id ORDER BY i.store_id COLLATE "C"`,
  },
  {
    name: 'orders-by-status',
    question: 'Orders and their value by status',
    ordered: true,
    parameters: () => [],
    mongodb: (database) =>
      database
        .collection('orders')
        .aggregate([
          { $group: { _id: '$status', orders: { $sum: 1 }, value: { $sum: '$total' } } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, status: '$_id', orders: 1, value: 1 } },
        ])
        .toArray(),
    sql: `SELECT status, count(*)::int AS orders, sum(total) AS value
            FROM orders GROUP BY status ORDER BY status COLLATE "C"`,
  },
  {
    name: 'distinct-customers',
    question: 'Distinct customers per store and year',
    ordered: true,
    parameters: () => [],
    mongodb: (database) =>
      database
        .collection('orders')
        .aggregate([
          { $group: { _id: { store: '$store_id', year, customer: '$customer_id' } } },
          { $group: { _id: { store: '$_id.store', year: '$_id.year' }, customers: { $sum: 1 } } },
          { $sort: { '_id.store': 1, '_id.year': 1 } },
          { $project: { _id: 0, store: '$_id.store', year: '$_id.year', customers: 1 } },
        ])
        .toArray(),
    sql: `SELECT store, year::text, customers
            FROM (SELECT store_id AS store, extract(year FROM order_date AT TIME ZONE 'UTC')::int AS year,
                         count(DISTINCT customer_id)::int AS customers
                    FROM orders GROUP BY 1, 2) AS by_year
           ORDER BY store COLLATE "C", year`,
  },
  {
    name: 'seasonality',
    question: 'Units by category and month of the year',
    ordered: true,
    parameters: () => [],
    mongodb: (database) =>
      database
        .collection('order_items')
        .aggregate([
          {
            $group: {
              _id: { product: '$product_id', month: { $substrBytes: ['$order_date', 5, 2] } },
              units: { $sum: '$quantity' },
            },
          },
          { $lookup: { from: 'products', localField: '_id.product', foreignField: 'product_id', as: 'product' } },
          { $unwind: '$product' },
          { $group: { _id: { category: '$product.category_id', month: '$_id.month' }, units: { $sum: '$units' } } },
          { $sort: { '_id.category': 1, '_id.month': 1 } },
          { $project: { _id: 0, category: '$_id.category', month: '$_id.month', units: 1 } },
        ])
        .toArray(),
    sql: `SELECT category, lpad(month::text, 2, '0') AS month, units
            FROM (SELECT p.category_id AS category, extract(month FROM i.order_date AT TIME ZONE 'UTC')::int AS month,
                         sum(i.quantity) AS units
                    FROM order_items i JOIN products p ON p.product_id = i.product_id GROUP BY 1, 2) AS by_month
           ORDER BY category COLLATE "C", month`,
  },
];

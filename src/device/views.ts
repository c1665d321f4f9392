/** The views that a device answers, by name: a new one is a line here. Each reads this device's store alone. */
import { z } from 'zod';
import { type CatalogueSearch, LINES_MAX, type RetailDevice, statements } from '../edge/index.ts';
import { PENDING, REJECTED } from './journaled-storage.ts';

export interface ViewContext {
  readonly retail: RetailDevice;
  readonly search: CatalogueSearch;
  readonly storeId: string;
}

/** A statement with its parameters: a change of its rows makes the view stale. */
type Watched = readonly [statement: string, parameters: Readonly<Record<string, unknown>>];

export interface View<Parameters = unknown> {
  readonly summary: string;
  /** Of the query string. */
  readonly parameters: z.ZodType<Parameters>;
  /** What it is made of: collections, `pending`, `rejected`. */
  readonly from: readonly string[];
  /** Undefined where the device holds nothing of that name. */
  read(context: ViewContext, parameters: Parameters): Promise<unknown> | unknown;
  /** What a live view of it follows. */
  watch(context: Pick<ViewContext, 'storeId'>, parameters: Parameters): readonly Watched[];
}

const defineView = <Parameters>(view: View<Parameters>): View => view as View;

const nothing = z.strictObject({});
const id = z.strictObject({ id: z.string().min(1).max(200) });
const limit = (byDefault: number, max = 500) => z.coerce.number().int().min(1).max(max).default(byDefault);
const question = (limitDefault: number) =>
  z.strictObject({ q: z.string().max(200).default(''), limit: limit(limitDefault, 100) });
const stockOf = ['inventory', 'stock_movements'];

/** A list in a query string, as JSON. */
const linesIn = <Line>(line: z.ZodType<Line>) =>
  z
    .string()
    .max(8_000)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a list as JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.array(line).max(LINES_MAX));
const units = z.int().positive().max(100_000);
const product_id = z.string().min(1).max(100);

export const views = {
  aisle: defineView({
    summary: 'What lies in one aisle of this store (`aisle`), as one walks along it.',
    parameters: z.strictObject({ aisle: z.string().min(1).max(40) }),
    from: ['products', ...stockOf],
    read: ({ retail }, { aisle }) => retail.views.aisle(aisle),
    watch: ({ storeId }) => [
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  alerts: defineView({
    summary: 'Alerts of this store that nobody has settled, the newest first.',
    parameters: nothing,
    from: ['alerts'],
    read: ({ retail }) => retail.views.openAlerts(),
    watch: ({ storeId }) => [[statements.alertsOfStore, { storeId }]],
  }),
  catalogue: defineView({
    summary: 'All products by name, as a list shows them.',
    parameters: nothing,
    from: ['products'],
    read: ({ retail }) => retail.views.catalogue(),
    watch: () => [[statements.products, {}]],
  }),
  categories: defineView({
    summary: 'The categories of the catalogue, with their types of product.',
    parameters: nothing,
    from: ['categories', 'product_types'],
    async read({ retail: { reader } }) {
      return { categories: await reader.categories(), types: await reader.productTypes() };
    },
    watch: () => [
      [statements.categories, {}],
      [statements.productTypes, {}],
    ],
  }),
  customer: defineView({
    summary: 'A customer with the newest orders.',
    parameters: id,
    from: ['customers', 'orders'],
    read: ({ retail }, { id: customerId }) => retail.views.customer(customerId),
    watch: (_context, { id: customerId }) => [
      [statements.customerById, { customerId }],
      [statements.ordersOfCustomer, { customerId, limit: 50 }],
    ],
  }),
  customers: defineView({
    summary: 'Customers by name, e-mail address or telephone number, begun or whole (`q`).',
    parameters: question(20),
    from: ['customers'],
    read: ({ retail }, { q, limit: most }) => retail.views.findCustomers(q, most),
    watch: (_context, { q }) => [
      [statements.customersByLastName, { from: q, before: `${q}\uffff`, limit: 100 }],
      [statements.customerByEmail, { email: q }],
    ],
  }),
  find: defineView({
    summary: 'Products with their place and stock here: what a search finds (`q`), or some by id (`ids`, with commas).',
    parameters: z.strictObject({
      q: z.string().max(200).default(''),
      ids: z.string().max(2_000).default(''),
      limit: limit(20, 60),
    }),
    from: ['products', 'product_types', 'categories', ...stockOf],
    read({ retail, search }, { q, ids, limit: most }) {
      if (q === '') return retail.views.found(ids.split(',').filter(Boolean).slice(0, most));
      return retail.views.found(search.search(q, most).map(({ product }) => product.product_id));
    },
    watch: ({ storeId }) => [
      [statements.products, {}],
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  floor: defineView({
    summary: 'The floor plan of this store: aisles, what each is for, what lies there in figures.',
    parameters: nothing,
    from: ['stores', ...stockOf],
    read: ({ retail }) => retail.views.floor(),
    watch: ({ storeId }) => [
      [statements.storeById, { storeId }],
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  history: defineView({
    summary: 'What happened to a product in this store (`id`), the newest first.',
    parameters: z.strictObject({ id: z.string().min(1).max(200), limit: limit(50) }),
    from: stockOf,
    read: ({ retail }, { id: productId, limit: most }) => retail.views.history(productId, most),
    // The item's id follows from the product's; what is new has no number yet, and gets one.
    watch: ({ storeId }, { id: productId }) => [
      [statements.inventoryItem, { storeId, productId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  lost: defineView({
    summary: 'Own work that lost to a newer write, field by field, with what stands instead; the newest first.',
    parameters: nothing,
    from: [REJECTED, PENDING],
    read: ({ retail }) => retail.views.lostChanges(),
    watch: () => [
      [statements.readLost, {}],
      [statements.readSettlements, {}],
    ],
  }),
  'low-stock': defineView({
    summary: 'What is at or below its threshold here, the emptiest first, with what is on order and on its way.',
    parameters: nothing,
    from: [...stockOf, 'replenishment_orders', 'stock_transfers'],
    read: ({ retail }) => retail.views.lowStock(),
    watch: ({ storeId }) => [
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
      [statements.replenishmentsOfStore, { storeId }],
      [statements.transfersTo, { storeId }],
    ],
  }),
  order: defineView({
    summary: 'An order with its items and what has come back of it.',
    parameters: id,
    from: ['orders', 'order_items', 'stock_movements'],
    read: ({ retail }, { id: orderId }) => retail.views.order(orderId),
    watch: (_context, { id: orderId }) => [
      [statements.orderById, { orderId }],
      [statements.itemsOfOrder, { orderId }],
      [statements.movementsOfOrder, { orderId }],
    ],
  }),
  orders: defineView({
    summary: 'The newest orders of this store.',
    parameters: z.strictObject({ limit: limit(50) }),
    from: ['orders'],
    read: ({ retail }, { limit: most }) => retail.views.recentOrders(most),
    watch: ({ storeId }, { limit: most }) => [[statements.recentOrders, { storeId, limit: most }]],
  }),
  'orders-found': defineView({
    summary: 'Orders by number, whole or as a receipt begins it, or by customer (`q`).',
    parameters: question(20),
    from: ['orders', 'customers'],
    read: ({ retail }, { q, limit: most }) => retail.views.findOrders(q, most),
    watch: ({ storeId }, { limit: most }) => [[statements.recentOrders, { storeId, limit: most }]],
  }),
  pending: defineView({
    summary: 'Own work that headquarters does not have yet, or that has not come back, the oldest first.',
    parameters: nothing,
    from: [PENDING],
    read: ({ retail }) => retail.views.pendingChanges(),
    watch: () => [[statements.readOutbox, {}]],
  }),
  product: defineView({
    summary: 'A product with its place and stock here, and what the other stores had at the last sync.',
    parameters: id,
    from: ['products', ...stockOf, 'replenishment_orders', 'stock_transfers'],
    read: ({ retail }, { id: productId }) => retail.views.product(productId),
    watch: ({ storeId }, { id: productId }) => [
      [statements.productById, { productId }],
      [statements.inventoryOfProduct, { productId }],
      [statements.unfoldedMovements, { storeId }],
      [statements.replenishmentsOfStore, { storeId }],
      [statements.transfersTo, { storeId }],
    ],
  }),
  'product-by-sku': defineView({
    summary: 'The same, by what a scanner reads (`sku`).',
    parameters: z.strictObject({ sku: z.string().min(1).max(100) }),
    from: ['products', ...stockOf, 'replenishment_orders', 'stock_transfers'],
    read: ({ retail }, { sku }) => retail.views.productOfSku(sku),
    watch: ({ storeId }, { sku }) => [
      [statements.productBySku, { sku: sku.trim() }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  quote: defineView({
    summary: 'What a basket comes to, and what of it is short here, with ways out (`lines`, a list as JSON).',
    parameters: z.strictObject({
      lines: linesIn(
        z.strictObject({ product_id, quantity: units, discount_percent: z.int().min(0).max(100).default(0) }),
      ).refine((lines) => new Set(lines.map((line) => line.product_id)).size === lines.length, 'each product once'),
    }),
    from: ['products', 'stores', ...stockOf],
    read: ({ retail }, { lines }) => retail.views.quote(lines),
    watch: ({ storeId }) => [
      [statements.products, {}],
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  refund: defineView({
    summary: 'What the customer would get back for units of an order (`id`, and `lines`, a list as JSON).',
    parameters: z.strictObject({
      id: z.string().min(1).max(200),
      lines: linesIn(z.strictObject({ product_id, quantity: units })),
    }),
    from: ['orders', 'order_items', 'stock_movements'],
    read: ({ retail }, { id: orderId, lines }) => retail.views.refund(orderId, lines),
    watch: (_context, { id: orderId }) => [
      [statements.orderById, { orderId }],
      [statements.movementsOfOrder, { orderId }],
    ],
  }),
  rejected: defineView({
    summary: 'Own work that headquarters refused, with the reason, field by field, the newest first.',
    parameters: nothing,
    from: [REJECTED, PENDING],
    read: ({ retail }) => retail.views.rejectedChanges(),
    watch: () => [
      [statements.readRejected, {}],
      [statements.readSettlements, {}],
    ],
  }),
  replenishments: defineView({
    summary: 'Orders from the warehouse that have not arrived whole.',
    parameters: nothing,
    from: ['replenishment_orders'],
    read: ({ retail }) => retail.views.openReplenishments(),
    watch: ({ storeId }) => [[statements.replenishmentsOfStore, { storeId }]],
  }),
  search: defineView({
    summary: 'Products by what people type (`q`): name, kind, number; a typing error does no harm.',
    parameters: question(20),
    from: ['products', 'product_types', 'categories'],
    read: ({ search }, { q, limit: most }) => search.search(q, most),
    watch: () => [[statements.products, {}]],
  }),
  shipment: defineView({
    summary: 'An order from the warehouse with its lines by name and place (`id`).',
    parameters: id,
    from: ['replenishment_orders', 'products', ...stockOf],
    read: ({ retail }, { id: replenishmentId }) => retail.views.shipment(replenishmentId),
    watch: (_context, { id: replenishmentId }) => [
      [statements.replenishmentById, { replenishmentId }],
      [statements.movementsOfReplenishment, { replenishmentId }],
    ],
  }),
  'stock-work': defineView({
    summary: 'Orders from the warehouse and transfers, open and done, with their lines by name and place.',
    parameters: nothing,
    from: ['replenishment_orders', 'stock_transfers', 'products', ...stockOf],
    read: ({ retail }) => retail.views.stockWork(),
    watch: ({ storeId }) => [
      [statements.replenishmentsOfStore, { storeId }],
      [statements.transfersFrom, { storeId }],
      [statements.transfersTo, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  stores: defineView({
    summary: 'The stores of the company.',
    parameters: nothing,
    from: ['stores'],
    read: ({ retail }) => retail.reader.stores(),
    watch: () => [[statements.stores, {}]],
  }),
  substitutes: defineView({
    summary: 'What may stand in for a product (`id`): of the same type and here, the nearest in price first.',
    parameters: id,
    from: ['products', ...stockOf],
    read: ({ retail }, { id: productId }) => retail.views.substitutes(productId),
    watch: ({ storeId }, { id: productId }) => [
      [statements.productById, { productId }],
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  transfer: defineView({
    summary: 'A transfer with its lines by name and place (`id`).',
    parameters: id,
    from: ['stock_transfers', 'products', ...stockOf],
    read: ({ retail }, { id: transferId }) => retail.views.transfer(transferId),
    watch: ({ storeId }, { id: transferId }) => [
      [statements.transferById, { transferId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
  transfers: defineView({
    summary: 'Transfers to be sent from here (`leaving`), and on their way here (`coming`).',
    parameters: nothing,
    from: ['stock_transfers'],
    read: ({ retail }) => retail.views.openTransfers(),
    watch: ({ storeId }) => [
      [statements.transfersFrom, { storeId }],
      [statements.transfersTo, { storeId }],
    ],
  }),
  'units-here': defineView({
    summary: 'Believed units here by product.',
    parameters: nothing,
    from: stockOf,
    read: ({ retail }) => retail.views.unitsHere(),
    watch: ({ storeId }) => [
      [statements.inventoryOfStore, { storeId }],
      [statements.unfoldedMovements, { storeId }],
    ],
  }),
} as const satisfies Record<string, View>;

export type ViewName = keyof typeof views;

export const viewNames = Object.keys(views) as ViewName[];

/** As one of the table; undefined for any other name. */
export const viewOf = (name: string): View | undefined =>
  Object.hasOwn(views, name) ? (views as Record<string, View>)[name] : undefined;

/** The views that a write to these collections may have changed. */
export const staleViews = (changed: ReadonlySet<string>): ViewName[] =>
  viewNames.filter((name) => views[name].from.some((one) => changed.has(one)));

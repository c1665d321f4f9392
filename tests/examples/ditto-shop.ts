/** A Ditto store with a small shop in it, whose contents never change: what the page of DQL statements shows. */
import { Ditto, DittoConfig, type DQLQueryArguments } from '@dittolive/ditto';
import { statements } from '../../src/edge/dql.ts';
import {
  aCustomer,
  anItem,
  aProduct,
  aStore,
  inventoryIdOf,
  SEATTLE,
  TACOMA,
} from '../../src/edge/retail/device.fixture.ts';
import { makeTestFolder } from '../support/database.ts';

type Row = Readonly<Record<string, unknown>>;

const idOf = (kind: number, number: number): string =>
  `${String(kind).repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
const hlcOf = (time: string): string => `${time.slice(0, -1)}.000Z-0000-seattle-tablet-1`;

const HAMMER = 1;
const TAPE = 3;
const MORNING = '2026-11-21T16:04:09Z';
const NOON = '2026-11-21T20:30:00Z';

const products = [
  aProduct(1, { sku: 'HT-HAM-01', product_name: 'Fiberglass Claw Hammer 16 oz', base_price: 16.72 }),
  aProduct(2, { sku: 'HT-HAM-02', product_name: 'Hickory Claw Hammer 20 oz', base_price: 22.24 }),
  aProduct(3, {
    ...{ sku: 'PL-FIT-04', product_name: 'PTFE Thread Seal Tape 1/2 in', base_price: 4.33 },
    ...{ category_id: 'cat_plumbing', type_id: 'ptype_fittings_14' },
  }),
];

const anOrder = (number: number, order_date: string, more: Row = {}): Row => ({
  _id: `order_${number}`,
  order_id: `order_${number}`,
  ...{ customer_id: 'customer_17', customer_name: 'Liam Schmidt', customer_email: 'liam.schmidt@example.com' },
  ...{ store_id: SEATTLE, store_name: 'Zava Retail Seattle', order_date, status: 'completed', item_count: 2 },
  ...{ subtotal: 25.38, discount_total: 0, tax: 2.41, total: 27.79 },
  ...{ created_at: order_date, updated_at: order_date, deleted: false },
  ...more,
});

const anOrderItem = (number: number, product: Row, quantity: number): Row => ({
  _id: idOf(3, number),
  order_item_id: idOf(3, number),
  ...{ order_id: 'order_4711', store_id: SEATTLE, order_date: MORNING },
  ...{ product_id: product['product_id'], sku: product['sku'], product_name: product['product_name'], quantity },
  ...{ unit_price: product['base_price'], discount_percent: 0, discount_amount: 0 },
  ...{ line_total: Number(((product['base_price'] as number) * quantity).toFixed(2)) },
  ...{ created_at: MORNING, deleted: false },
});

const aMovement = (number: number, kind: string, product: number, quantity: number, more: Row = {}): Row => ({
  _id: idOf(4, number),
  movement_id: idOf(4, number),
  ...{ inventory_id: inventoryIdOf(SEATTLE, product), store_id: SEATTLE, product_id: `prod_${product}` },
  ...{ kind, quantity, reason: '', user_id: 'user-1', device_id: 'seattle-tablet-1' },
  ...{ hlc: hlcOf(number === 1 ? MORNING : NOON), occurred_at: number === 1 ? MORNING : NOON, deleted: false },
  ...more,
});

const transfer = {
  ...{ _id: idOf(5, 1), transfer_id: idOf(5, 1), from_store_id: TACOMA, to_store_id: SEATTLE, lines: { prod_2: 6 } },
  ...{ status: 'in_transit', steps: { requested: { at: MORNING, by: 'user-1' } }, notes: '', deleted: false },
};
const transferOut = {
  ...transfer,
  _id: idOf(5, 2),
  transfer_id: idOf(5, 2),
  from_store_id: SEATTLE,
  to_store_id: TACOMA,
};
const replenishment = {
  ...{ _id: idOf(6, 1), replenishment_id: idOf(6, 1), store_id: SEATTLE, status: 'partly_received' },
  ...{
    lines: { prod_3: { ordered: 40, received: 10 } },
    steps: { placed: { at: MORNING, by: 'user-1' } },
    deleted: false,
  },
};
const alert = {
  ...{
    _id: idOf(7, 1),
    alert_id: idOf(7, 1),
    kind: 'low_stock',
    store_id: SEATTLE,
    severity: 'warning',
    state: 'open',
  },
  ...{ subjects: { product_id: 'prod_2' }, facts: { units: 3, threshold: 5 }, raised_at: MORNING, deleted: false },
};

const sale = { sequence: 8, hlc: hlcOf(NOON), action: 'sell', epoch: '0123456789abcdef', applied_time: null };

/** By collection, in the order in which they are written. */
export const shop: Readonly<Record<string, readonly Row[]>> = {
  stores: [
    aStore(SEATTLE, { store_name: 'Zava Retail Seattle' }),
    aStore(TACOMA, { store_name: 'Zava Retail Tacoma' }),
  ] as Row[],
  categories: [
    { _id: 'cat_hand_tools', category_id: 'cat_hand_tools', category_name: 'Hand Tools', deleted: false },
    { _id: 'cat_plumbing', category_id: 'cat_plumbing', category_name: 'Plumbing', deleted: false },
  ],
  product_types: [
    { _id: 'ptype_hammers_1', type_id: 'ptype_hammers_1', type_name: 'Hammers', category_id: 'cat_hand_tools' },
    { _id: 'ptype_fittings_14', type_id: 'ptype_fittings_14', type_name: 'Fittings', category_id: 'cat_plumbing' },
  ],
  products,
  inventory: [anItem(SEATTLE, 1, 10), anItem(SEATTLE, 2, 3), anItem(SEATTLE, 3, 40), anItem(TACOMA, 1, 8)],
  customers: [
    aCustomer(17, { first_name: 'Liam', last_name: 'Schmidt', email: 'liam.schmidt@example.com' }),
    aCustomer(18, { first_name: 'Mai', last_name: 'Schulz', email: 'mai.schulz@example.com', phone: '(253) 555-0101' }),
  ],
  orders: [anOrder(4711, MORNING), anOrder(4712, NOON, { status: 'pending', item_count: 1, total: 24.35 })],
  order_items: [anOrderItem(1, products[HAMMER - 1] as Row, 1), anOrderItem(2, products[TAPE - 1] as Row, 2)],
  stock_movements: [
    aMovement(1, 'sale', HAMMER, -1, { order_id: 'order_4711', ledger_sequence: 1 }),
    aMovement(2, 'sale', HAMMER, -2, { order_id: 'order_4712' }),
    aMovement(3, 'receipt', TAPE, 10, { replenishment_id: replenishment.replenishment_id }),
    aMovement(4, 'transfer_in', 2, 6, { transfer_id: transfer.transfer_id }),
  ],
  stock_transfers: [transfer, transferOut],
  replenishment_orders: [replenishment],
  alerts: [alert],
  zava_sync: [
    {
      _id: 'sync',
      epoch: '0123456789abcdef',
      position: null,
      holdings_json: '{}',
      sequence: 8,
      newest_hlc: hlcOf(NOON),
    },
  ],
  zava_outbox: [
    { _id: '000000000008', ...sale, operation_json: '{…}', is_settlement: false },
    { _id: '000000000009', ...sale, sequence: 9, action: 'settle', operation_json: '{…}', is_settlement: true },
  ],
  zava_shadows: [{ _id: 'orders/order_4712', shadow_json: '{…}' }],
  zava_rejected: [
    {
      _id: 'inbox-1',
      action: 'edit-customer',
      hlc: hlcOf(MORNING),
      reason: 'NOT_YOURS',
      message: 'Another store’s customer.',
    },
  ],
  zava_lost: [{ _id: 'inbox-2', hlc: hlcOf(MORNING), lost_json: '{…}' }],
};

/** What a person of this shop would ask for. */
export const parameters: Readonly<Record<string, unknown>> = {
  ids: ['order_4711', 'order_4712'],
  id: 'order_4711',
  v0: 'restocked',
  documents: [anOrder(4713, NOON)],
  storeId: SEATTLE,
  productId: 'prod_1',
  productIds: ['prod_1', 'prod_3'],
  sku: 'PL-FIT-04',
  typeId: 'ptype_hammers_1',
  inventoryId: inventoryIdOf(SEATTLE, HAMMER),
  hlc: hlcOf(MORNING),
  limit: 1,
  orderId: 'order_4711',
  customerId: 'customer_17',
  email: 'mai.schulz@example.com',
  transferId: transfer.transfer_id,
  replenishmentId: replenishment.replenishment_id,
  alertId: alert.alert_id,
};

/** Of statements that share the names of their parameters with others. */
export const ownParameters: Readonly<Record<string, Row>> = {
  customersByLastName: { from: 'Sch', before: 'Sch\uffff', limit: 20 },
  customersByFirstName: { from: 'Li', before: 'Li\uffff', limit: 20 },
  customersByEmailStart: { from: 'mai', before: 'mai\uffff', limit: 20 },
  customersByPhoneStart: { from: '(253)', before: '(253)\uffff', limit: 20 },
  ordersByNumberStart: { from: 'order_47', before: 'order_47\uffff', limit: 20 },
  evictAllBut: { ids: ['order_4712'] },
  evictOutside: { storeId: TACOMA },
};

export interface DittoShop extends AsyncDisposable {
  readonly ditto: Ditto;
}

export async function openDittoShop(): Promise<DittoShop> {
  const folder = await makeTestFolder();
  const ditto = await Ditto.open(
    new DittoConfig('00000000-0000-4000-8000-000000000001', { mode: 'smallPeersOnly' }, folder.path),
  );
  // A transaction alone does not keep the process.
  const alive = setInterval(() => undefined, 1_000);
  for (const statement of statements.indexes) await ditto.store.execute(statement);
  for (const [collection, documents] of Object.entries(shop)) {
    await ditto.store.execute(statements.put(collection), { documents } as unknown as DQLQueryArguments);
  }
  return {
    ditto,
    async [Symbol.asyncDispose]() {
      clearInterval(alive);
      await ditto.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

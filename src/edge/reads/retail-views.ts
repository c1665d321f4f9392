/**
 * The views of one device by name. Each reads its store alone, in one transaction: a level and the movements that are not
 * in it yet must be of one moment, or a sale would be missing or count twice while it is being synced.
 */
import type { Alert, Customer, Order, ReplenishmentOrder, StockTransfer, StoreId } from '../../domain/index.ts';
import type { DittoExecutor, DittoStoreLike } from '../ditto-executor.ts';
import { type BasketLine, type BasketQuote, basketQuote } from './basket-quote.ts';
import { catalogue, type ListedProduct, type Substitute, substitutesFor, unitsHere } from './catalogue-view.ts';
import {
  type LostView,
  lostChanges,
  type PendingChange,
  pendingChanges,
  type RejectedChange,
  rejectedChanges,
} from './changes.ts';
import { findCustomers } from './find-customers.ts';
import { type FoundProduct, foundProducts } from './find-products.ts';
import { itemHistory, type TimelineEntry } from './item-history.ts';
import { type LowStockRow, lowStock } from './low-stock.ts';
import { type CustomerView, customerView, findOrders, type OrderView, orderView } from './order-views.ts';
import { type ProductView, productView } from './product-view.ts';
import { type RefundOutcome, refundOf, unitsByProduct } from './refund.ts';
import { aisleItems, type FloorView, floorView, type ShelfItem } from './shelves.ts';
import { type ShipmentView, type StockWork, shipment, stockWork, type TransferView, transfer } from './stock-work.ts';
import { type SeenProduct, StoreReader } from './store-reader.ts';

const isOpen = ({ status }: StockTransfer | ReplenishmentOrder) => status !== 'received' && status !== 'cancelled';

export class RetailViews {
  readonly #store: DittoStoreLike;
  readonly #storeId: StoreId;
  readonly #wallClockMs: () => number;

  constructor(store: DittoStoreLike, storeId: StoreId, wallClockMs: () => number) {
    this.#store = store;
    this.#storeId = storeId;
    this.#wallClockMs = wallClockMs;
  }

  product = (productId: string): Promise<ProductView | undefined> =>
    this.#read((reader) => productView(reader, this.#storeId, productId));

  /** What a scanner has read. */
  productOfSku = (sku: string): Promise<ProductView | undefined> =>
    this.#read(async (reader) => {
      const product = await reader.productOfSku(sku.trim());
      return product === undefined ? undefined : await productView(reader, this.#storeId, product.product_id);
    });

  /** Products with their place and stock here, in the order given; those that are not in the catalogue are left out. */
  found = (productIds: readonly string[]): Promise<FoundProduct[]> =>
    this.#read(async (reader) => {
      const products: SeenProduct[] = [];
      for (const id of productIds) {
        const product = await reader.product(id);
        if (product !== undefined) products.push(product);
      }
      return await foundProducts(reader, this.#storeId, products);
    });

  /** This store's floor, with what lies in each aisle in figures. */
  floor = (): Promise<FloorView | undefined> => this.#read((reader) => floorView(reader, this.#storeId));

  /** What lies in one aisle, as one walks along it. */
  aisle = (aisle: string): Promise<ShelfItem[]> => this.#read((reader) => aisleItems(reader, this.#storeId, aisle));

  /** What happened to a product here, the newest first; undefined where this store does not keep it. */
  history = (productId: string, limit = 50): Promise<TimelineEntry[] | undefined> =>
    this.#read((reader) => itemHistory(reader, this.#storeId, productId, limit));

  /** Orders from the warehouse and transfers, done ones included, with names and places. */
  stockWork = (): Promise<StockWork> => this.#read((reader) => stockWork(reader, this.#storeId));
  shipment = (replenishmentId: string): Promise<ShipmentView | undefined> =>
    this.#read((reader) => shipment(reader, this.#storeId, replenishmentId));
  transfer = (transferId: string): Promise<TransferView | undefined> =>
    this.#read((reader) => transfer(reader, this.#storeId, transferId));

  lowStock = (): Promise<LowStockRow[]> => this.#read((reader) => lowStock(reader, this.#storeId));

  customer = (customerId: string): Promise<CustomerView | undefined> =>
    this.#read((reader) => customerView(reader, customerId));

  findCustomers = (text: string, limit?: number): Promise<Customer[]> =>
    this.#read((reader) => findCustomers(reader, text, limit));

  order = (orderId: string): Promise<OrderView | undefined> => this.#read((reader) => orderView(reader, orderId));

  /** The whole catalogue by name, as a list shows it. */
  catalogue = (): Promise<ListedProduct[]> => this.#read(catalogue);

  /** Believed units here by product. */
  unitsHere = (): Promise<Record<string, number>> => this.#read((reader) => unitsHere(reader, this.#storeId));

  /** Of the same type and here, the nearest in price first. */
  substitutes = (productId: string): Promise<Substitute[] | undefined> =>
    this.#read((reader) => substitutesFor(reader, this.#storeId, productId));

  /** What a sale of these lines would come to, and what of it is short. */
  quote = (lines: readonly BasketLine[]): Promise<BasketQuote> =>
    this.#read((reader) => basketQuote(reader, this.#storeId, lines));

  /** What the customer would get back for these units of an order. */
  refund = (
    orderId: string,
    lines: readonly Pick<BasketLine, 'product_id' | 'quantity'>[],
  ): Promise<RefundOutcome | undefined> =>
    this.#read(async (reader) => {
      if ((await reader.order(orderId)) === undefined) return undefined;
      const movements = await reader.movementsOfOrder(orderId);
      return refundOf(await reader.itemsOfOrder(orderId), movements, unitsByProduct(lines));
    });

  /** By number or by customer. */
  findOrders = (text: string, limit?: number): Promise<Order[]> =>
    this.#read((reader) => findOrders(reader, text, limit));

  /** The newest orders of this store. */
  recentOrders = (limit = 50): Promise<Order[]> => this.#read((reader) => reader.recentOrders(this.#storeId, limit));

  /** What has to be sent from here, and what comes here. */
  openTransfers = (): Promise<{ leaving: StockTransfer[]; coming: StockTransfer[] }> =>
    this.#read(async (reader) => {
      const open = (await reader.transfers(this.#storeId)).filter(isOpen);
      return {
        leaving: open.filter(({ from_store_id }) => from_store_id === this.#storeId),
        coming: open.filter(({ to_store_id }) => to_store_id === this.#storeId),
      };
    });

  openReplenishments = (): Promise<ReplenishmentOrder[]> =>
    this.#read(async (reader) => (await reader.replenishments(this.#storeId)).filter(isOpen));

  /** What a person has to look at, the newest first. */
  openAlerts = (): Promise<Alert[]> =>
    this.#read(async (reader) => {
      const alerts = (await reader.alerts(this.#storeId)).filter(({ state }) => state !== 'resolved');
      return alerts.sort((one, other) => (one.raised_at < other.raised_at ? 1 : -1));
    });

  pendingChanges = (): Promise<PendingChange[]> => pendingChanges(this.#store, this.#wallClockMs());
  rejectedChanges = (): Promise<RejectedChange[]> =>
    this.#atOnce((moment) => rejectedChanges(moment, this.#wallClockMs()));

  /** What lost to a newer write, field by field. */
  lostChanges = (): Promise<LostView[]> => this.#atOnce((moment) => lostChanges(moment));

  #read<View>(view: (reader: StoreReader) => Promise<View>): Promise<View> {
    return this.#atOnce((moment) => view(new StoreReader(moment)));
  }

  #atOnce<View>(view: (moment: DittoExecutor) => Promise<View>): Promise<View> {
    return this.#store.transaction(view, { isReadOnly: true });
  }
}

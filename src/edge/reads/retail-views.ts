/**
 * The views of one device by name. Each reads its store alone, in one transaction: a level and the movements that are not
 * in it yet must be of one moment, or a sale would be missing or count twice while it is being synced.
 */
import type { Alert, Customer, Order, ReplenishmentOrder, StockTransfer, StoreId } from '../../domain/index.ts';
import type { DittoExecutor, DittoStoreLike } from '../ditto-storage.ts';
import {
  type LostView,
  lostChanges,
  type PendingChange,
  pendingChanges,
  type RejectedChange,
  rejectedChanges,
} from './changes.ts';
import { type LowStockRow, lowStock } from './low-stock.ts';
import { type CustomerView, customerView, findCustomers, type OrderView, orderView } from './order-views.ts';
import { type ProductView, productView } from './product-view.ts';
import { StoreReader } from './store-reader.ts';

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

  lowStock = (): Promise<LowStockRow[]> => this.#read((reader) => lowStock(reader, this.#storeId));

  customer = (customerId: string): Promise<CustomerView | undefined> =>
    this.#read((reader) => customerView(reader, customerId));

  findCustomers = (text: string, limit?: number): Promise<Customer[]> =>
    this.#read((reader) => findCustomers(reader, text, limit));

  order = (orderId: string): Promise<OrderView | undefined> => this.#read((reader) => orderView(reader, orderId));

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

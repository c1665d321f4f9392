/** The views of one device by name; each reads its store alone. */
import type { Alert, Customer, ReplenishmentOrder, StockTransfer, StoreId } from '../../domain/index.ts';
import type { DittoExecutor } from '../ditto-storage.ts';
import { type PendingChange, pendingChanges, type RejectedChange, rejectedChanges } from './changes.ts';
import { type LowStockRow, lowStock } from './low-stock.ts';
import { type CustomerView, customerView, findCustomers, type OrderView, orderView } from './order-views.ts';
import { type ProductView, productView } from './product-view.ts';
import { StoreReader } from './store-reader.ts';

const isOpen = ({ status }: StockTransfer | ReplenishmentOrder) => status !== 'received' && status !== 'cancelled';

export class RetailViews {
  readonly #store: DittoExecutor;
  readonly #storeId: StoreId;
  readonly #wallClockMs: () => number;
  readonly #reader: StoreReader;

  constructor(store: DittoExecutor, storeId: StoreId, wallClockMs: () => number) {
    this.#store = store;
    this.#storeId = storeId;
    this.#wallClockMs = wallClockMs;
    this.#reader = new StoreReader(store);
  }

  product = (productId: string): Promise<ProductView | undefined> =>
    productView(this.#reader, this.#storeId, productId);

  /** What a scanner has read. */
  async productOfSku(sku: string): Promise<ProductView | undefined> {
    const product = await this.#reader.productOfSku(sku.trim());
    return product === undefined ? undefined : await this.product(product.product_id);
  }

  lowStock = (): Promise<LowStockRow[]> => lowStock(this.#reader, this.#storeId);
  customer = (customerId: string): Promise<CustomerView | undefined> => customerView(this.#reader, customerId);
  findCustomers = (text: string, limit?: number): Promise<Customer[]> => findCustomers(this.#reader, text, limit);
  order = (orderId: string): Promise<OrderView | undefined> => orderView(this.#reader, orderId);

  /** The newest orders of this store. */
  recentOrders = (limit = 50) => this.#reader.recentOrders(this.#storeId, limit);

  /** What has to be sent from here, and what comes here. */
  async openTransfers(): Promise<{ leaving: StockTransfer[]; coming: StockTransfer[] }> {
    const open = (await this.#reader.transfers(this.#storeId)).filter(isOpen);
    return {
      leaving: open.filter(({ from_store_id }) => from_store_id === this.#storeId),
      coming: open.filter(({ to_store_id }) => to_store_id === this.#storeId),
    };
  }

  openReplenishments = async (): Promise<ReplenishmentOrder[]> =>
    (await this.#reader.replenishments(this.#storeId)).filter(isOpen);

  /** What a person has to look at, the newest first. */
  async openAlerts(): Promise<Alert[]> {
    const alerts = (await this.#reader.alerts(this.#storeId)).filter(({ state }) => state !== 'resolved');
    return alerts.sort((one, other) => (one.raised_at < other.raised_at ? 1 : -1));
  }

  pendingChanges = (): Promise<PendingChange[]> => pendingChanges(this.#store, this.#wallClockMs());
  rejectedChanges = (): Promise<RejectedChange[]> => rejectedChanges(this.#store, this.#wallClockMs());
}

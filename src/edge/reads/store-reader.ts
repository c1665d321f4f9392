/** What the retail operations and the views read of the device's store, typed: one method per statement of dql.ts. */
import type {
  Alert,
  Category,
  Customer,
  InventoryItem,
  IsoTime,
  LedgerMark,
  Order,
  OrderItem,
  Product,
  ProductType,
  ReplenishmentOrder,
  StockMovement,
  StockTransfer,
  Store,
} from '../../domain/index.ts';
import type { Hlc } from '../../sync/index.ts';
import type { DittoExecutor } from '../ditto-executor.ts';
import { statements } from '../dql.ts';

export type StockedItem = InventoryItem & { readonly ledger?: LedgerMark };
/** Of other stores a device may only see the units; of its own, all fields are there. */
export type Availability = Pick<InventoryItem, 'inventory_id' | 'store_id' | 'product_id' | 'stock_level' | 'deleted'>;
export type StoredMovement = StockMovement & { readonly ledger_sequence?: number };
/** Costs are not for everyone. */
export type SeenProduct = Pick<
  Product,
  | 'product_id'
  | 'sku'
  | 'product_name'
  | 'category_id'
  | 'type_id'
  | 'base_price'
  | 'product_description'
  | 'image_url'
  | 'specifications'
  | 'deleted'
> & { readonly cost?: number; readonly gross_margin_percent?: number };

interface Hideable {
  readonly deleted: boolean;
}

/** The texts that begin with `start`, as bounds of an index. */
const beginningWith = (start: string) => ({ from: start, before: `${start}\uffff` });

export class StoreReader {
  readonly #store: DittoExecutor;

  constructor(store: DittoExecutor) {
    this.#store = store;
  }

  stores = (): Promise<Store[]> => this.#all(statements.stores);
  store = (storeId: string): Promise<Store | undefined> => this.#one(statements.storeById, { storeId });
  categories = (): Promise<Category[]> => this.#all(statements.categories);
  productTypes = (): Promise<ProductType[]> => this.#all(statements.productTypes);
  products = (): Promise<SeenProduct[]> => this.#all(statements.products);
  product = (productId: string): Promise<SeenProduct | undefined> => this.#one(statements.productById, { productId });
  productOfSku = (sku: string): Promise<SeenProduct | undefined> => this.#one(statements.productBySku, { sku });

  productsOfType = (typeId: string): Promise<SeenProduct[]> => this.#all(statements.productsOfType, { typeId });

  inventoryOfProduct = (productId: string): Promise<Availability[]> =>
    this.#all(statements.inventoryOfProduct, { productId });
  inventoryOfStore = (storeId: string): Promise<StockedItem[]> => this.#all(statements.inventoryOfStore, { storeId });
  inventoryOfProducts = (storeId: string, productIds: readonly string[]): Promise<StockedItem[]> =>
    this.#all(statements.inventoryOfProducts, { storeId, productIds });
  inventoryItem = (storeId: string, productId: string): Promise<StockedItem | undefined> =>
    this.#one(statements.inventoryItem, { storeId, productId });

  unfoldedMovements = (storeId: string): Promise<StoredMovement[]> =>
    this.#all(statements.unfoldedMovements, { storeId });
  unfoldedMovementsOfItem = (inventoryId: string): Promise<StoredMovement[]> =>
    this.#all(statements.unfoldedMovementsOfItem, { inventoryId });
  movementsOfItemSince = (inventoryId: string, hlc: Hlc): Promise<StoredMovement[]> =>
    this.#all(statements.movementsOfItemSince, { inventoryId, hlc });
  newestMovementsOfItem = (inventoryId: string, limit: number): Promise<StoredMovement[]> =>
    this.#all(statements.newestMovementsOfItem, { inventoryId, limit });
  movementsOfOrder = (orderId: string): Promise<StoredMovement[]> =>
    this.#all(statements.movementsOfOrder, { orderId });
  movementsOfReplenishment = (replenishmentId: string): Promise<StoredMovement[]> =>
    this.#all(statements.movementsOfReplenishment, { replenishmentId });
  movementsOfTransfer = (transferId: string): Promise<StoredMovement[]> =>
    this.#all(statements.movementsOfTransfer, { transferId });

  customer = (customerId: string): Promise<Customer | undefined> => this.#one(statements.customerById, { customerId });
  customerOfEmail = (email: string): Promise<Customer | undefined> => this.#one(statements.customerByEmail, { email });
  /** Customers of whom it begins with `start`, as it is written. */
  customersByLastName = (start: string, limit: number): Promise<Customer[]> =>
    this.#all(statements.customersByLastName, { ...beginningWith(start), limit });
  customersByFirstName = (start: string, limit: number): Promise<Customer[]> =>
    this.#all(statements.customersByFirstName, { ...beginningWith(start), limit });
  customersByEmailStart = (start: string, limit: number): Promise<Customer[]> =>
    this.#all(statements.customersByEmailStart, { ...beginningWith(start), limit });
  customersByPhoneStart = (start: string, limit: number): Promise<Customer[]> =>
    this.#all(statements.customersByPhoneStart, { ...beginningWith(start), limit });

  order = (orderId: string): Promise<Order | undefined> => this.#one(statements.orderById, { orderId });
  ordersByNumberStart = (start: string, limit: number): Promise<Order[]> =>
    this.#all(statements.ordersByNumberStart, { ...beginningWith(start), limit });
  itemsOfOrder = (orderId: string): Promise<OrderItem[]> => this.#all(statements.itemsOfOrder, { orderId });
  ordersOfCustomer = (customerId: string, limit: number): Promise<Order[]> =>
    this.#all(statements.ordersOfCustomer, { customerId, limit });
  recentOrders = (storeId: string, limit: number): Promise<Order[]> =>
    this.#all(statements.recentOrders, { storeId, limit });

  transfer = (transferId: string): Promise<StockTransfer | undefined> =>
    this.#one(statements.transferById, { transferId });
  /** To and from a store. */
  async transfers(storeId: string): Promise<StockTransfer[]> {
    const leaving = await this.#all<StockTransfer>(statements.transfersFrom, { storeId });
    const coming = await this.#all<StockTransfer>(statements.transfersTo, { storeId });
    return [...leaving, ...coming];
  }

  replenishment = (replenishmentId: string): Promise<ReplenishmentOrder | undefined> =>
    this.#one(statements.replenishmentById, { replenishmentId });
  replenishments = (storeId: string): Promise<ReplenishmentOrder[]> =>
    this.#all(statements.replenishmentsOfStore, { storeId });

  alert = (alertId: string): Promise<Alert | undefined> => this.#one(statements.alertById, { alertId });
  alerts = (storeId: string): Promise<Alert[]> => this.#all(statements.alertsOfStore, { storeId });

  /** When the newest order came that this device knows of. */
  async newestOrderDate(storeId: string): Promise<IsoTime | undefined> {
    return (await this.recentOrders(storeId, 1))[0]?.order_date;
  }

  /** Documents that are hidden are not there. */
  async #all<Row extends Hideable>(statement: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
    const { items } = await this.#store.execute(statement, parameters);
    return items.map(({ value }) => value as Row).filter(({ deleted }) => deleted !== true);
  }

  async #one<Row extends Hideable>(statement: string, parameters: Record<string, unknown>): Promise<Row | undefined> {
    return (await this.#all<Row>(statement, parameters))[0];
  }
}

/** The shapes that a device's API answers with, for the pages it serves: types alone. */
import type { Role, StoreId } from '../domain/index.ts';
import type { LinkState } from '../edge/index.ts';

export type {
  Alert,
  Category,
  Customer,
  InventoryItem,
  Order,
  OrderItem,
  ProductType,
  ReplenishmentOrder,
  StockMovement,
  StockTransfer,
  Store,
} from '../domain/index.ts';
export type {
  BasketQuote,
  CatalogueHit,
  CustomerView,
  FloorAisle,
  FloorView,
  FoundProduct,
  InputOf,
  ListedProduct,
  LostView,
  LowStockRow,
  OrderView,
  PendingChange,
  ProductView,
  QuotedLine,
  RefundOutcome,
  RejectedChange,
  RetailOperationName,
  SeenProduct,
  ShelfItem,
  ShipmentLine,
  ShipmentView,
  StockWork,
  Substitute,
  TimelineEntry,
  TransferLine,
  TransferView,
} from '../edge/index.ts';

/** What happened to the device's store, and what was done about it: `incidents.ts`. */
export interface Incident {
  readonly at: string;
  readonly kind: string;
  readonly message: string;
}

export interface DeviceState extends LinkState {
  readonly deviceId: string;
  readonly name: string;
  readonly storeId: StoreId;
  readonly role: Role;
  readonly userId: string;
  /** Refused operations that nobody has settled. */
  readonly rejectedOperations: number;
  /** Products that the search knows; 0 until the catalogue has come. */
  readonly catalogueProducts: number;
  /** While a damaged store is being replaced nothing can be done. */
  readonly isReplacingStore: boolean;
  /** The newest last. */
  readonly incidents: readonly Incident[];
}

/** What headquarters finds by the meaning of a question. */
export interface MeaningAnswer {
  /** The best first; products that the device does not hold may be among them. */
  readonly productIds: readonly string[];
  /** Why there is nothing, or nothing by meaning: offline, no answer, no vectors. Null where all went well. */
  readonly because: string | null;
}

export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

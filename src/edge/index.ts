export { type DefaultScopeOptions, defaultScope } from './default-scope.ts';
export * from './device-link.ts';
export type { DittoExecutor, DittoStoreLike } from './ditto-executor.ts';
export { DittoStorage } from './ditto-storage.ts';
export { type DittoSyncLike, DittoSyncLink, type DittoSyncLinkOptions } from './ditto-sync-link.ts';
export { statements } from './dql.ts';
export { type DqlCondition, dqlOf } from './filter-dql.ts';
export { unreadableDocuments } from './inspect-store.ts';
export { type LiveQuery, type ObservableStore, observe } from './observe.ts';
export type { OutboxEntry } from './outbox.ts';
export type { BasketQuote, QuotedLine } from './reads/basket-quote.ts';
export { type CatalogueHit, CatalogueSearch } from './reads/catalogue-search.ts';
export type { ListedProduct, Substitute } from './reads/catalogue-view.ts';
export type { LostView, PendingChange, RejectedChange } from './reads/changes.ts';
export type { FoundProduct } from './reads/find-products.ts';
export type { TimelineEntry } from './reads/item-history.ts';
export type { LowStockRow } from './reads/low-stock.ts';
export type { CustomerView, OrderView } from './reads/order-views.ts';
export type { ProductView } from './reads/product-view.ts';
export type { Refund, RefundOutcome } from './reads/refund.ts';
export type { RetailViews } from './reads/retail-views.ts';
export type { FloorAisle, FloorView, ShelfItem } from './reads/shelves.ts';
export type { ShipmentLine, ShipmentView, StockWork, TransferLine, TransferView } from './reads/stock-work.ts';
export { type SeenProduct, StoreReader } from './reads/store-reader.ts';
export * from './replica.ts';
export {
  type Done,
  type InvalidInput,
  LINES_MAX,
  type Obstacle,
  type Refused,
  type RetailOperation,
  type RetailOutcome,
} from './retail/operation.ts';
export {
  operationsOfRole,
  type RetailOperationName,
  retailOperationNames,
  retailOperations,
} from './retail/operations.ts';
export {
  type InputOf,
  type OperationLink,
  type OutcomeOf,
  RetailDevice,
  type RetailDeviceOptions,
} from './retail/retail-device.ts';
export { type SettleInput, type SettleLostOutcome, type SettleOutcome, settleInputSchema } from './retail/settle.ts';

export {
  type CollectionDescription,
  type CollectionName,
  collectionNames,
  collections,
  dataSetCollectionNames,
  describeCollection,
  syncedCollectionNames,
} from './collections.ts';
export * from './documents.ts';
export { CodedError, type CodedErrorDetails, defineErrors, type ErrorTable } from './errors.ts';
export {
  bothFilters,
  compileFilter,
  type Filter,
  type FilterMatcher,
  fieldAt,
  filterSchema,
  isMap,
} from './filter.ts';
export * from './ids.ts';
export * from './money.ts';
export { type OrderTotals, orderTotals, type PricedLine, refundCents, type SoldLine } from './order-totals.ts';
export {
  judgeWrite,
  mayWriteTo,
  type Permissions,
  type ProposedWrite,
  permissionsSchema,
  type ReadAccess,
  readAccess,
  type WriteRefusal,
  type WriteVerdict,
} from './permissions.ts';
export { refusalInWords } from './refusal-words.ts';
export type * from './reports.ts';
export * from './roles.ts';
export * from './seasons.ts';
export {
  believedStock,
  foldStock,
  hlcText,
  isLaterMovement,
  type KnownMovement,
  type LedgerMark,
  type StockChange,
  type SyncedLevel,
} from './stock.ts';
export {
  countToStand,
  EMPTY_LEDGER,
  type LedgerMovement,
  type LedgerState,
  ledgerOf,
  OPENING_COUNT_REASON,
  openLedger,
  takeIntoLedger,
} from './stock-ledger.ts';
export * from './time.ts';

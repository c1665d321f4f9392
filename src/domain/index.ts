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
export * from './ids.ts';
export * from './money.ts';
export * from './roles.ts';
export * from './seasons.ts';
export { foldStock, hlcText, type StockChange } from './stock.ts';
export * from './time.ts';

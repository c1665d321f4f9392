/** The only door of the database room. */
export type { LedgerMovement, LedgerState } from '../domain/index.ts';
export { ArchiveWriter } from './archive/archive-writer.ts';
export { exportDatabase, writeArchive } from './archive/export.ts';
export { archiveFingerprint, importArchive, importRequest, verifyArchive } from './archive/import.ts';
export { MANIFEST_FILE, type Manifest, type ManifestFile, readManifest } from './archive/manifest.ts';
export {
  type ChangeStreamState,
  type EnabledChangeStreams,
  enableChangeStreams,
  readChangeStreamStates,
} from './change-streams/enable.ts';
export { type ChangeStreamFinding, type ChangeStreamTest, testChangeStreams } from './change-streams/test.ts';
export {
  type AggregationAnswer,
  type AskedAggregation,
  allowedStages,
  readableCollections,
  runCheckedAggregation,
  scopeOf,
} from './checked-aggregation/index.ts';
export { clearDatabase } from './clear.ts';
export { type Connection, type ConnectOptions, connect, WATCHFUL_CLIENT_OPTIONS } from './connect/connect.ts';
export {
  encodePassword,
  parseConnectionString,
  redactConnectionString,
  redactConnectionStrings,
  withDatabaseName,
} from './connect/connection-string.ts';
export { databaseErrorFrom, withDatabaseErrors } from './connect/error-mapping.ts';
export { type ConnectionDiagnosis, type StageResult, testConnection } from './diagnose/connection.ts';
export {
  type EmbeddingPlan,
  generateEmbeddings,
  type MadeEmbeddings,
  planEmbeddings,
} from './embeddings/generate.ts';
export { type EmbeddingStatus, embeddingStatus } from './embeddings/survey.ts';
export { DatabaseError, type DatabaseErrorCode, databaseErrors } from './errors.ts';
export {
  collectionsWithIndexes,
  dailyWorkIndexes,
  dataSetIndexes,
  type IndexDescription,
  indexTable,
  searchIndexTable,
  specificationOf,
} from './indexes/index-table.ts';
export {
  type ComparedIndex,
  type CreatedIndexes,
  compareIndexes,
  createIndexes,
  dropIndexes,
} from './indexes/manage.ts';
export { renderMongoshScript } from './indexes/mongosh-script.ts';
export { type GenerationRun, generateInto, generationOf, generationRequest, writeGeneration } from './load/generate.ts';
export { type Batch, type LoadOutcome, type LoadRequest, loadDataSet, planLoad } from './load/load.ts';
export { type DataSetRun, type Positions, readRun } from './load/run.ts';
export { type AddedProduct, addProduct, readProductTypeNames } from './products/add-product.ts';
export type { OnProgress, WorkProgress } from './progress.ts';
export {
  type CollectionCount,
  countProjectDocuments,
  describeCounts,
  dropProjectCollections,
  RUNS_COLLECTION,
} from './project-collections.ts';
export { type Query, type QueryContext, queries, queryOf } from './queries/index.ts';
export { reviewStockAlerts, updateStockAlerts } from './stock-ledger/alerts.ts';
export { uuidOf } from './stock-ledger/derived-id.ts';
export { countDirectLevels, type DirectLevel } from './stock-ledger/direct-level.ts';
export { foldMovements, type LedgerItem, type LevelChange } from './stock-ledger/fold.ts';
export type { StockDifference, StockFault } from './stock-ledger/judge-item.ts';
export { DIRECT_WRITER } from './stock-ledger/own-counts.ts';
export { compareStock, repairItem, repairStock, type StockComparison } from './stock-ledger/rebuild.ts';
export { SummaryFollower } from './summaries/follower.ts';
export { compareSummaries, rebuildSummaries, type SummaryDifference } from './summaries/keep.ts';
export { type SummaryStatus, summaryStatus } from './summaries/read.ts';
export * from './validate/index.ts';

/** The only door of the generator's room. */
export {
  dateWindow,
  defaultConfigPath,
  type GenerationConfig,
  type GenerationOverrides,
  overrideGenerationConfig,
  parseGenerationConfig,
  readGenerationConfig,
  type StoreConfig,
} from './config.ts';
export {
  type Batch,
  type CollectionSummary,
  type DataSet,
  type DataSetOptions,
  type ExpectedCount,
  expectedCounts,
  type GeneratedCollectionName,
  type GeneratedDocument,
  generateDataSet,
  generatedCollectionNames,
  type Manifest,
  ndjsonOf,
} from './data-set.ts';
export { GeneratorError, generatorErrors } from './errors.ts';

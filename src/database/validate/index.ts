/** The only door of validation, for the rest of the database room. */
export { type Check, type CheckId, type CheckStage, checks, type Severity } from './checks.ts';
export type { Example } from './findings.ts';
export { makeReport, type ReportFacts } from './make-report.ts';
export { failingChecks, type ReportedCheck, type ValidationReport, validationReportSchema } from './report.ts';
export { reportHtml } from './report-html.ts';
export { reportText } from './report-text.ts';
export { scoreOf, scoreWeights } from './score.ts';
export { type StandardQuery, standardQueries } from './standard-queries.ts';
export type { CategoryStatistics, Statistics, StoreStatistics } from './statistics.ts';
export {
  type ValidateDatabaseOptions,
  type ValidationManifest,
  validateDatabase,
} from './validate-database.ts';
export {
  type CheckResult,
  type CollectionResult,
  createValidator,
  type ValidationResult,
  type ValidationStage,
  type Validator,
  type ValidatorOptions,
  validationOrder,
} from './validator.ts';

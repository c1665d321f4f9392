export { COLUMN_CACHE_BYTES, COLUMN_DOCUMENTS_MIN } from './bounds.ts';
export { choosesColumns } from './choose.ts';
export { ColumnCache, type ColumnStatistics } from './column-cache.ts';
export { type ColumnPlan, planColumns } from './column-plan.ts';
export { ColumnScan } from './column-scan.ts';
export { type ColumnFigures, columnScope, runColumns } from './run-columns.ts';

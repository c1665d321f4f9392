/** What all columns together may take in memory, unless `columnCacheBytes` says otherwise. */
export const COLUMN_CACHE_BYTES = 96 * 1024 * 1024;
/** With fewer documents the ordinary way is quick enough; `columnCacheDocumentsMin` changes it. */
export const COLUMN_DOCUMENTS_MIN = 1000;

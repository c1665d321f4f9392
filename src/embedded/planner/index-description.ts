import type { Document } from '../bson/values.ts';
import type { IndexInfo } from '../storage/storage.ts';

/** What explain says of an index in every stage that uses one. */
export function describeIndex(index: IndexInfo): Document {
  const multiKeyPaths: Document = {};
  for (const path of Object.keys(index.key)) multiKeyPaths[path] = index.multikeyPaths.includes(path) ? [path] : [];
  return {
    keyPattern: index.key as Document,
    indexName: index.name,
    ...(index.options['collation'] === undefined ? {} : { collation: index.options['collation'] }),
    isMultiKey: index.multikey,
    ...(index.multikey ? { multiKeyPaths } : {}),
    isUnique: index.options['unique'] === true,
    isSparse: index.options['sparse'] === true,
    isPartial: index.options['partialFilterExpression'] !== undefined,
    indexVersion: 2,
  };
}

import type { Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { type CompiledSort, compileSort } from '../../query/sort.ts';
import { readMetadata } from './metadata.ts';
import type { Scope } from './scope.ts';

/** A sort specification under the scope's collation, its `$meta` parts read from the documents' metadata. */
export function compileOrder(spec: Document, scope: Scope): CompiledSort {
  if (Object.keys(spec).length === 0) throw new MongoError(15976, '$sort stage must have at least one sort key');
  const sort = compileSort(spec, {
    collation: scope.shared.collation,
    metaOf: (document, kind) => readMetadata(document, kind, scope),
  });
  if (sort.usesMeta) scope.shared.usesMetadata = true;
  return sort;
}

/** The key of an index entry as clients see it: `{ field: value, … }`. */
import type { Document, RawDocument } from '../bson/values.ts';
import { KeyExtractor } from '../storage/index-keys.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { wildcardOf } from '../storage/wildcard-keys.ts';
import { isText } from './eligibility.ts';

/**
 * Keys do not tell an int from a double, nor null from missing, so the values are the document's own: those that make
 * this key of it.
 */
export function keyDocumentOf(index: IndexInfo): (raw: RawDocument, key: Uint8Array | undefined) => Document {
  // The terms of a text index are not what clients see of it.
  if (isText(index)) return () => ({});
  const isWildcard = wildcardOf(index.key) !== undefined;
  const paths = Object.keys(index.key);
  const { partialFilterExpression: _partial, ...options } = index.options;
  // Which documents the index leaves out does not matter for those that are in it.
  const extractor = new KeyExtractor({ ...index, options }, {});
  return (raw, key) => {
    const values = extractor.valuesOf(raw, key ?? new Uint8Array(0)) ?? [];
    if (isWildcard)
      return values.length === 0 ? {} : { $_path: values[0] ?? null, [String(values[0])]: values[1] ?? null };
    const document: Document = {};
    for (const [k, path] of paths.entries()) document[path] = values[k] ?? null;
    return document;
  };
}

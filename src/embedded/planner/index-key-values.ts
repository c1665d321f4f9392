/** The key of an index entry as clients see it: `{ field: value, … }`. */
import type { Document, RawDocument } from '../bson/values.ts';
import { KeyExtractor } from '../storage/index-keys.ts';
import type { IndexInfo } from '../storage/storage.ts';
import { isText } from './eligibility.ts';

/**
 * Keys do not tell an int from a double, nor null from missing, so the values are the document's own: those that make
 * this key of it.
 */
export function keyDocumentOf(index: IndexInfo): (raw: RawDocument, key: Uint8Array | undefined) => Document {
  // The terms of a text index are not what clients see of it.
  if (isText(index)) return () => ({});
  const paths = Object.keys(index.key);
  const { collation } = index.options;
  // Which documents the index leaves out does not matter for those that are in it.
  const extractor = new KeyExtractor({ ...index, options: collation === undefined ? {} : { collation } }, {});
  return (raw, key) => {
    const values = extractor.valuesOf(raw, key ?? new Uint8Array(0)) ?? [];
    const document: Document = {};
    for (const [k, path] of paths.entries()) document[path] = values[k] ?? null;
    return document;
  };
}

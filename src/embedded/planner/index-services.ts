/** What storage asks of the query language to keep partial and text indexes. */

import { decode, decodeFields } from '../bson/codec.ts';
import { compileCollation } from '../bson/compare.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import { compileFilter } from '../query/filter.ts';
import { textIndexOf, textKeys } from '../query/text.ts';
import type { IndexInfo } from '../storage/storage.ts';

export function partialFilter(expression: Document, collation?: Document): (raw: RawDocument) => boolean {
  const filter = compileFilter(expression, { collation: compileCollation(collation) });
  const { fields } = filter;
  return fields === 'all' ? (raw) => filter.matches(decode(raw)) : (raw) => filter.matches(decodeFields(raw, fields));
}

export function textTerms(index: Pick<IndexInfo, 'key' | 'options'>): (raw: RawDocument) => string[] {
  const textIndex = textIndexOf(index.key, index.options);
  return (raw) => [...textKeys(decode(raw), textIndex).keys()];
}

import { double } from '../../bson/arithmetic.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { metadataOf } from '../documents.ts';
import type { Scope } from './scope.ts';

const scores = ['textScore', 'searchScore', 'vectorSearchScore'] as const;

export const metadataKinds: ReadonlySet<string> = new Set([
  ...scores,
  'score',
  'indexKey',
  'recordId',
  'randVal',
  'sortKey',
]);

/** What `{ $meta: kind }` gives for a document. A score that no stage has computed is an error, not a missing value. */
export function readMetadata(document: Document, kind: string, scope: Scope): BsonValue | undefined {
  const metadata = metadataOf(document);
  switch (kind) {
    case 'textScore':
    case 'searchScore':
    case 'vectorSearchScore': {
      const score = metadata?.[kind];
      if (score === undefined) {
        const what = kind === 'textScore' ? 'text score' : kind;
        throw new MongoError(40218, `query requires ${what} metadata, but it is not available`);
      }
      return double(score);
    }
    case 'score': {
      const score = scores.map((name) => metadata?.[name]).find((value) => value !== undefined);
      if (score === undefined) throw new MongoError(40218, 'query requires score metadata, but it is not available');
      return double(score);
    }
    case 'randVal':
      return double(scope.shared.random());
    case 'recordId':
      return metadata?.recordId === undefined ? undefined : BigInt(metadata.recordId);
    case 'indexKey':
      return metadata?.indexKey;
    default:
      return metadata?.sortKey;
  }
}

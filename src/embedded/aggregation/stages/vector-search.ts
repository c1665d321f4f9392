import { BREATHE } from '../../breathe.ts';
import { toDouble } from '../../bson/arithmetic.ts';
import { bytesOf, isNumber } from '../../bson/compare.ts';
import { Binary, type BsonValue } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { insertOrdered } from '../accumulators/group-accumulators.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, readPath, setMetadata } from '../documents.ts';
import { parsePath } from '../expressions/field-path.ts';
import { toInt32 } from '../expressions/numbers.ts';
import { compileFilterIn } from './match.ts';
import { PACE, type Similarity, type StageDefinition } from './stage.ts';

const KEYS = ['index', 'path', 'queryVector', 'numCandidates', 'limit', 'exact', 'filter'];

/** Every vector is compared, so the answer is exact; `numCandidates` is checked and otherwise without effect. */
export const vectorSearch: StageDefinition = {
  summary: 'The documents whose vectors are nearest to a given one, with their scores.',
  first: true,
  notInFacet: true,
  compile(argument, context) {
    if (!isDocument(argument)) throw new MongoError('FailedToParse', '$vectorSearch must be an object');
    for (const key of Object.keys(argument)) {
      if (!KEYS.includes(key))
        throw new MongoError('UnknownError', `"${key}" is an unrecognized field of $vectorSearch`);
    }
    const { index, path, queryVector, numCandidates, limit, exact = false, filter } = argument;
    const query = vectorOf(queryVector);
    if (typeof path !== 'string') throw new MongoError('UnknownError', '"path" is required');
    if (query === undefined)
      throw new MongoError('UnknownError', '"queryVector" is required and must be an array of numbers');
    const most = toInt32(limit);
    if (most === undefined || most <= 0)
      throw new MongoError('UnknownError', '"limit" must be a positive whole number');
    if (typeof exact !== 'boolean') throw new MongoError('UnknownError', '"exact" must be a boolean');
    if (exact && numCandidates !== undefined)
      throw new MongoError('UnknownError', '"numCandidates" must be omitted for exact search');
    if (!exact) {
      const candidates = toInt32(numCandidates);
      if (candidates === undefined)
        throw new MongoError('UnknownError', '"numCandidates" is required for approximate search');
      if (candidates < most)
        throw new MongoError(
          'UnknownError',
          `"numCandidates" must be greater than or equal to "limit": ${describeValue(numCandidates)}`,
        );
    }
    if (filter !== undefined && !isDocument(filter))
      throw new MongoError('UnknownError', `"filter" must be an object, found ${typeName(filter)}`);
    if (filter !== undefined) compileFilterIn(filter, context.scope.forOtherDocuments());
    const names = parsePath(path);
    const { namespace, source } = context;
    context.scope.shared.usesMetadata = true;
    return {
      needs: () => new Set(),
      *run() {
        let similarity: Similarity = 'cosine';
        if (source.vectorIndex !== undefined) {
          const found = source.vectorIndex(namespace, typeof index === 'string' ? index : 'default');
          // As on Atlas: a search through an index that isn't there finds nothing.
          if (found === undefined) return;
          if (found.path !== path) throw new MongoError('UnknownError', `Path '${path}' needs to be indexed as vector`);
          if (found.dimensions !== query.length) {
            throw new MongoError(
              'UnknownError',
              `vector field is indexed with ${found.dimensions} dimensions but queried with ${query.length}`,
            );
          }
          similarity = found.similarity;
        }
        const score = scorer(similarity, query);
        const best: { id: BsonValue; score: number }[] = [];
        const fields = new Set(['_id', names[0] ?? '']);
        let seen = 0;
        for (const document of source.open(namespace, { fields, ...(filter === undefined ? {} : { filter }) })) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
          const vector = vectorOf(readPath(document, names));
          if (vector === undefined || vector.length !== query.length) continue;
          insertOrdered(
            best,
            { id: document['_id'] as BsonValue, score: score(vector) },
            most,
            (left, right) => right.score - left.score,
          );
        }
        // Only the nearest are read whole; vectors are most of what there is to read.
        for (const { id, score: vectorSearchScore } of best) {
          for (const document of source.open(namespace, { filter: { _id: id } })) {
            if (document !== BREATHE) setMetadata(document, { vectorSearchScore });
            yield document;
          }
        }
      },
    };
  },
};

/** An array of numbers, or binary data of subtype 9 (float32 or int8). */
export function vectorOf(value: BsonValue | undefined): Float64Array | undefined {
  if (Array.isArray(value)) {
    const vector = new Float64Array(value.length);
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (typeof item === 'number') vector[index] = item;
      else if (isNumber(item)) vector[index] = toDouble(item);
      else return undefined;
    }
    return vector.length === 0 ? undefined : vector;
  }
  if (!(value instanceof Binary) || value.sub_type !== Binary.SUBTYPE_VECTOR) return undefined;
  const bytes = bytesOf(value);
  const [kind] = bytes;
  // Source: BSON binary vector specification: a type byte, a padding byte, then the numbers, little-endian.
  if (kind === 0x27) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + 2, bytes.length - 2);
    return Float64Array.from({ length: (bytes.length - 2) >> 2 }, (_, index) => view.getFloat32(index * 4, true));
  }
  if (kind === 0x03) return Float64Array.from(bytes.subarray(2), (byte) => (byte << 24) >> 24);
  return undefined;
}

/** Scores as Atlas computes them, from 0 to 1, higher is nearer. */
function scorer(similarity: Similarity, query: Float64Array): (vector: Float64Array) => number {
  const queryLength = Math.sqrt(dot(query, query));
  switch (similarity) {
    case 'cosine':
      return (vector) => {
        const length = Math.sqrt(dot(vector, vector));
        return length === 0 || queryLength === 0 ? 0 : (1 + dot(query, vector) / (length * queryLength)) / 2;
      };
    case 'dotProduct':
      return (vector) => (1 + dot(query, vector)) / 2;
    case 'euclidean':
      return (vector) => {
        let squares = 0;
        for (let index = 0; index < query.length; index++) squares += (query[index]! - vector[index]!) ** 2;
        return 1 / (1 + Math.sqrt(squares));
      };
  }
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index]! * right[index]!;
  return sum;
}

import { double } from '../../bson/arithmetic.ts';
import { encode } from '../../bson/codec.ts';
import { bytesOf } from '../../bson/compare.ts';
import { Binary } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { metadataKinds, readMetadata } from './metadata.ts';
import { custom, type Operator, refused, unary } from './operator.ts';

export const miscellaneousOperators: Readonly<Record<string, Operator>> = {
  $binarySize: unary('The bytes of a string in UTF-8, or of binary data.', (value) => {
    if (isNullish(value)) return null;
    if (typeof value === 'string') return Buffer.byteLength(value);
    if (value instanceof Binary) return bytesOf(value).length;
    throw new MongoError(51276, `$binarySize requires a string or BinData argument, found: ${typeName(value)}`);
  }),
  $bsonSize: unary('The bytes of a document as BSON.', (value) => {
    if (isNullish(value)) return null;
    if (!isDocument(value)) {
      throw new MongoError(31393, `$bsonSize requires a document input, found: ${typeName(value)}`);
    }
    return encode(value).length;
  }),
  $function: refused('Server-side JavaScript; refused.', 'this server runs no JavaScript'),
  $meta: custom('What travels beside a document: its text or search score.', (argument, scope) => {
    if (typeof argument !== 'string') throw new MongoError(17307, '$meta only supports string arguments');
    if (!metadataKinds.has(argument)) throw new MongoError(17308, `Unsupported argument to $meta: ${argument}`);
    scope.shared.usesMetadata = true;
    return { constant: false, evaluate: (root) => readMetadata(root, argument, scope) };
  }),
  $rand: custom('A random double from 0 to below 1.', (argument, scope) => {
    const empty = Array.isArray(argument)
      ? argument.length === 0
      : isDocument(argument) && Object.keys(argument).length === 0;
    if (!empty) throw new MongoError(3040501, '$rand does not currently accept arguments');
    const { random } = scope.shared;
    return { constant: false, evaluate: () => double(random()) };
  }),
  $toHashedIndexKey: refused('The key of a hashed index; refused.', 'this server has no hashed index keys'),
};

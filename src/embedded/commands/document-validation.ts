/** A collection's validator: refuses documents that do not match it, unless its level or action says otherwise. */
import { decode } from '../bson/codec.ts';
import type { RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { expressionCompiler } from '../planner/expressions.ts';
import { type CompiledFilter, compileFilter } from '../query/filter.ts';
import type { CollectionInfo } from '../storage/storage.ts';
import { isDocument } from './arguments.ts';

/** By the validator document itself: catalog infos are immutable, so a changed validator is another object. */
const compiled = new WeakMap<object, CompiledFilter>();

function validatorOf(info: CollectionInfo): CompiledFilter | null {
  const { validator, validationAction, validationLevel } = info.options;
  if (!isDocument(validator) || Object.keys(validator).length === 0) return null;
  if (validationLevel === 'off' || validationAction === 'warn') return null;
  let ready = compiled.get(validator);
  if (ready === undefined) {
    ready = compileFilter(validator, { compileExpression: expressionCompiler(null, new Date()) });
    compiled.set(validator, ready);
  }
  return ready;
}

/** `before` is the document that an update starts from: at the level 'moderate' one that was invalid may stay so. */
export function assertValid(info: CollectionInfo, raw: RawDocument, before?: RawDocument): void {
  const validator = validatorOf(info);
  if (validator === null) return;
  const document = decode(raw);
  if (validator.matches(document)) return;
  if (before !== undefined && info.options['validationLevel'] === 'moderate' && !validator.matches(decode(before)))
    return;
  throw new MongoError('DocumentValidationFailure', 'Document failed validation', {
    extra: {
      errInfo: {
        failingDocumentId: document['_id'],
        details: validator.explainMismatch(document),
      },
    },
  });
}

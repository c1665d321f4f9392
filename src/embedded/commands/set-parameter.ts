import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

const NOT_PARAMETERS = new Set([
  'setParameter',
  'comment',
  'lsid',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'writeConcern',
  'readConcern',
  'maxTimeMS',
  'txnNumber',
]);

export const setParameter = defineCommand({
  name: 'setParameter',
  summary: 'Changes a server parameter until the next start.',
  arguments: { setParameter: anything },
  ignoresUnknown: true,
  adminOnly: true,
  run(_args, context) {
    const body = context.operation.details as Document;
    const names = Object.keys(body).filter((name) => !NOT_PARAMETERS.has(name) && !name.startsWith('$'));
    if (names.length === 0)
      throw new MongoError('InvalidOptions', 'no option found to set, use help:true to see options ');
    let was: BsonValue | undefined;
    for (const name of names) was = context.parameters.set(name, body[name] as BsonValue);
    return { was, ok: 1 };
  },
});

import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { anything, boolean, isDocument } from './arguments.ts';
import { defineCommand } from './command.ts';

const NOT_PARAMETERS = new Set(['getParameter', 'comment', 'allParameters', 'setAt', 'showDetails']);

export const getParameter = defineCommand({
  name: 'getParameter',
  summary: 'The value of server parameters; "*" shows all.',
  arguments: { getParameter: anything, allParameters: boolean.default(false) },
  ignoresUnknown: true,
  adminOnly: true,
  run(args, context) {
    const all = context.parameters.all();
    const reply: Document = {};
    const options = args.getParameter;
    if (options === '*' || args.allParameters || (isDocument(options) && options['allParameters'] === true)) {
      for (const [name, value] of all) reply[name] = value;
    } else {
      for (const name of namesOf(context.operation.details as Document)) {
        const value = all.get(name);
        if (value !== undefined) reply[name] = value as BsonValue;
      }
      if (Object.keys(reply).length === 0) throw new MongoError('InvalidOptions', 'no option found to get');
    }
    reply['ok'] = 1;
    return reply;
  },
});

function namesOf(body: Document): string[] {
  return Object.keys(body).filter((name) => !NOT_PARAMETERS.has(name) && !name.startsWith('$'));
}

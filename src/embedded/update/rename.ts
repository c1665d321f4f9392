/** `$rename`: two places of the tree, one that loses the value and one that gets it. */
import { isDocument, type MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { readField } from '../query/paths.ts';
import { show } from '../query/show.ts';
import { idOf } from './field-modifiers.ts';
import type { Modifier, ModifierContext } from './modifier.ts';
import { isDynamic, parseUpdatePath } from './update-path.ts';

export interface Rename {
  readonly target: readonly string[];
  readonly take: Modifier;
  readonly put: Modifier;
}

export function parseRename(source: string, argument: BsonValue): Rename {
  if (typeof argument !== 'string') {
    throw bad(`The 'to' field for $rename must be a string: ${source}: ${show(argument)}`);
  }
  const from = parseUpdatePath(source);
  const to = parseUpdatePath(argument);
  const shown = `${source}: ${show(argument)}`;
  if (source === argument) throw bad(`The source and target field for $rename must differ: ${shown}`);
  if (argument.startsWith(`${source}.`) || source.startsWith(`${argument}.`)) {
    throw bad(`The source and target field for $rename must not be on the same path: ${shown}`);
  }
  if (from.some(isDynamic)) throw bad(`The source field for $rename may not be dynamic: ${source}`);
  if (to.some(isDynamic)) throw bad(`The destination field for $rename may not be dynamic: ${argument}`);
  const isIdle = (context: ModifierContext) => {
    const value = valueAt(context.original, from, 'source', source, context);
    return value === undefined;
  };
  return {
    target: to,
    take: { creates: false, isIdle, apply: () => undefined },
    put: {
      creates: true,
      isIdle,
      apply(_current, _path, context) {
        valueAt(context.original, to, 'destination', argument, context); // for its error
        return valueAt(context.original, from, 'source', source, context);
      },
    },
  };
}

/** Throws when an array lies on the way: $rename goes through documents only. */
function valueAt(
  document: Document,
  components: readonly string[],
  role: 'source' | 'destination',
  path: string,
  context: ModifierContext,
): MaybeValue {
  let value: MaybeValue = document;
  for (const [index, component] of components.entries()) {
    if (Array.isArray(value)) {
      throw bad(
        `The ${role} field cannot be an array element, '${path}' in doc with ${idOf(context).slice(1, -1)} has an array field called '${components[index - 1]}'`,
      );
    }
    if (!isDocument(value)) return undefined;
    value = readField(value, component);
  }
  return value;
}

function bad(message: string): MongoError {
  return new MongoError('BadValue', message);
}

import { BREATHE } from '../../breathe.ts';
import { integer, wholeNumberOf } from '../../bson/arithmetic.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import { describeValue, typeName } from '../describe.ts';
import { copyDocument, copyMetadata, isDocument, isNullish, readField, writeField } from '../documents.ts';
import { parsePath } from '../expressions/field-path.ts';
import { isNumber } from '../expressions/numbers.ts';
import { FieldReads } from '../expressions/scope.ts';
import { compileGroup } from './group.ts';
import { compileAddFields, compileProject, compileUnset, type Reshaping, withPrefix } from './projection.ts';
import { compileSortStage } from './sort.ts';
import { PACE, type StageContext, type StageDefinition, type StageRun, union, without } from './stage.ts';

export const addFields: StageDefinition = {
  summary: 'Adds or replaces fields.',
  compile(argument, context, name) {
    if (!isDocument(argument)) {
      throw new MongoError(40272, `${name} specification stage must be an object, got ${typeName(argument)}`);
    }
    const reshaping = withPrefix(name, () => compileAddFields(argument, context.scope));
    return {
      ...mapping(reshaping, context),
      needs: (after) => union(without(after, reshaping.changes), reshaping.reads.toFields()),
      keeps: (field) => !reshaping.changes.has(field),
    };
  },
};

export const count: StageDefinition = {
  summary: 'One document with the number of documents; none where there are none. Blocking.',
  compile(argument) {
    if (typeof argument !== 'string') throw new MongoError(40156, 'the count field must be a non-empty string');
    if (argument === '') throw new MongoError(40157, 'the count field must be a non-empty string');
    if (argument.startsWith('$')) throw new MongoError(40158, 'the count field cannot be a $-prefixed path');
    if (argument.includes('\0')) throw new MongoError(40159, 'the count field cannot contain a null byte');
    if (argument.includes('.')) throw new MongoError(40160, "the count field cannot contain '.'");
    return {
      blocking: true,
      needs: () => new Set(),
      *run(input) {
        let total = 0;
        for (const document of input) {
          if (document === BREATHE) yield BREATHE;
          else total += 1;
        }
        if (total > 0) yield { [argument]: integer(total) };
      },
    };
  },
};

export const documents: StageDefinition = {
  summary: 'Starts with given documents instead of a collection.',
  first: true,
  notInFacet: true,
  compile(argument, context) {
    const { evaluate } = context.scope.compile(argument);
    return {
      needs: () => new Set(),
      *run() {
        const list = evaluate({});
        if (!Array.isArray(list)) throw new MongoError(5858203, 'an array is expected');
        for (const item of list) {
          if (!isDocument(item))
            throw new MongoError(40228, `'$documents' expects documents, but found ${describeValue(item)}`);
          yield item;
        }
      },
    };
  },
};

export const limit: StageDefinition = {
  summary: 'At most so many documents; then it stops pulling.',
  compile(argument) {
    const most = wholeArgument(argument, '$limit', 2107201);
    if (most === 0) throw new MongoError(15958, 'the limit must be positive');
    return {
      needs: (after) => after,
      *run(input) {
        let left = most;
        for (const document of input) {
          yield document;
          if (document !== BREATHE && --left === 0) return;
        }
      },
    };
  },
};

export const project: StageDefinition = {
  summary: 'Keeps, removes and computes fields.',
  compile(argument, context, name) {
    if (!isDocument(argument)) {
      throw new MongoError(15969, `${name} specification must be an object`);
    }
    const reshaping = withPrefix(name, () => compileProject(argument, context.scope));
    const inclusion = reshaping.kind === 'inclusion';
    return {
      ...mapping(reshaping, context),
      needs: (after) => (inclusion ? reshaping.reads.toFields() : after),
      keeps: (field) => (inclusion ? reshaping.whole.has(field) : !reshaping.changes.has(field)),
    };
  },
};

export const redact: StageDefinition = {
  summary: 'Keeps or cuts documents, level by level, by $$KEEP, $$PRUNE and $$DESCEND.',
  compile(argument, context) {
    const { scope, slots } = context.scope.define(['CURRENT', 'KEEP', 'PRUNE', 'DESCEND']);
    const [current, keep, prune, descend] = slots as [number, number, number, number];
    const { frame } = scope;
    const { evaluate } = scope.compile(argument);
    const verdicts = { keep: Symbol('keep'), prune: Symbol('prune'), descend: Symbol('descend') };
    const redactLevel = (root: Document, level: Document): Document | undefined => {
      frame[current] = level;
      // No BSON value equals these markers, so an expression can only give them back, not make them up.
      frame[keep] = verdicts.keep as unknown as BsonValue;
      frame[prune] = verdicts.prune as unknown as BsonValue;
      frame[descend] = verdicts.descend as unknown as BsonValue;
      const verdict = evaluate(root) as unknown;
      if (verdict === verdicts.keep) return level;
      if (verdict === verdicts.prune) return undefined;
      if (verdict !== verdicts.descend) {
        throw new MongoError(17053, '$redact must not return anything aside from $$KEEP, $$DESCEND, or $$PRUNE');
      }
      const kept: Document = {};
      for (const name of Object.keys(level)) {
        const value = redactValue(root, level[name]!);
        if (value !== undefined) writeField(kept, name, value);
      }
      return kept;
    };
    const redactValue = (root: Document, value: BsonValue): BsonValue | undefined => {
      if (isDocument(value)) return redactLevel(root, value);
      if (!Array.isArray(value)) return value;
      return value.map((item) => redactValue(root, item)).filter((item) => item !== undefined);
    };
    return {
      needs: () => 'all',
      *run(input) {
        let done = 0;
        for (const document of input) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          if ((++done & PACE) === 0 && context.due()) yield BREATHE;
          const kept = redactLevel(document, document);
          if (kept !== undefined) yield context.scope.shared.usesMetadata ? copyMetadata(document, kept) : kept;
        }
      },
    };
  },
};

export const replaceRoot: StageDefinition = {
  summary: 'Puts an embedded or computed document in the place of each document.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        40229,
        `expected an object as specification for $replaceRoot stage, got ${typeName(argument)}`,
      );
    }
    for (const key of Object.keys(argument)) {
      if (key !== 'newRoot')
        throw new MongoError('IDLUnknownField', `BSON field '$replaceRoot.${key}' is an unknown field.`);
    }
    if (argument.newRoot === undefined)
      throw new MongoError('IDLFailedToParse', "BSON field '$replaceRoot.newRoot' is missing but a required field");
    return compileReplaceRoot(argument.newRoot, context, "'newRoot' expression ");
  },
};

export const replaceWith: StageDefinition = {
  summary: 'The short form of $replaceRoot.',
  compile: (argument, context) => compileReplaceRoot(argument, context, "'replacement document' "),
};

function compileReplaceRoot(argument: BsonValue, context: StageContext, what: string): StageRun {
  const reads = new FieldReads();
  const { evaluate } = context.scope.readingInto(reads).compile(argument);
  return {
    needs: () => reads.toFields(),
    oneToOne: true,
    *run(input) {
      let done = 0;
      for (const document of input) {
        if (document === BREATHE) {
          yield BREATHE;
          continue;
        }
        if ((++done & PACE) === 0 && context.due()) yield BREATHE;
        const root = evaluate(document);
        if (!isDocument(root)) {
          throw new MongoError(
            40228,
            `PlanExecutor error during aggregation :: caused by :: ${what} must evaluate to an object, but resulting value was: ${describeValue(root)}. Type of resulting value: '${typeName(root)}'. Input document: ${describeValue(document)}`,
          );
        }
        yield context.scope.shared.usesMetadata ? copyMetadata(document, root) : root;
      }
    },
  };
}

export const sample: StageDefinition = {
  summary: 'So many documents drawn at random. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) throw new MongoError(28745, 'the $sample stage specification must be an object');
    for (const key of Object.keys(argument)) {
      if (key !== 'size') throw new MongoError(28748, `unrecognized option to $sample: ${key}`);
    }
    const { size } = argument;
    if (size === undefined) throw new MongoError(28749, '$sample stage must specify a size');
    if (!isNumber(size)) throw new MongoError(28746, 'size argument to $sample must be a number');
    const most = Number(wholeNumberOf(size) ?? -1n);
    if (most < 1) throw new MongoError(28747, 'size argument to $sample must be a positive integer');
    const { random } = context.scope.shared;
    return {
      blocking: true,
      needs: (after) => after,
      *run(input) {
        const memory = new MemoryMeter('$sample', context.work, 'internalQueryMaxBlockingSortMemoryUsageBytes');
        try {
          // Reservoir sampling: every set of `most` documents is equally likely, and no more are held.
          const drawn: Document[] = [];
          let seen = 0;
          for (const document of input) {
            if (document === BREATHE) {
              yield BREATHE;
              continue;
            }
            seen += 1;
            if (drawn.length < most) {
              memory.add(document);
              memory.assertRoom();
              drawn.push(document);
            } else {
              const place = Math.floor(random() * seen);
              if (place < most) drawn[place] = document;
            }
            if ((seen & PACE) === 0 && context.due()) yield BREATHE;
          }
          for (let left = drawn.length - 1; left > 0; left--) {
            const other = Math.floor(random() * (left + 1));
            [drawn[left], drawn[other]] = [drawn[other]!, drawn[left]!];
          }
          yield* drawn;
        } finally {
          memory.end();
        }
      },
    };
  },
};

export const skip: StageDefinition = {
  summary: 'Leaves out the first documents.',
  compile(argument) {
    const first = wholeArgument(argument, '$skip', 5107200);
    return {
      needs: (after) => after,
      *run(input) {
        let left = first;
        for (const document of input) {
          if (document === BREATHE || left <= 0) yield document;
          else left -= 1;
        }
      },
    };
  },
};

export const sortByCount: StageDefinition = {
  summary: 'The distinct values of an expression with their counts, the most frequent first. Blocking.',
  compile(argument, context) {
    if (isDocument(argument)) {
      const keys = Object.keys(argument);
      if (keys.length !== 1 || !keys[0]!.startsWith('$')) {
        throw new MongoError(
          40147,
          `the sortByCount field must be defined as a $-prefixed path or an expression inside an object`,
        );
      }
    } else if (typeof argument === 'string') {
      if (!argument.startsWith('$')) {
        throw new MongoError(
          40148,
          'the sortByCount field must be defined as a $-prefixed path or an expression inside an object',
        );
      }
    } else {
      throw new MongoError(40149, 'the sortByCount field must be specified as a string or as an object');
    }
    const grouped = compileGroup(argument, { count: { $sum: 1 } }, context, '$sortByCount');
    const sorted = compileSortStage({ count: -1 }, undefined, context);
    return {
      blocking: true,
      needs: grouped.needs,
      run: (input) => sorted.run(grouped.run(input)),
    };
  },
};

export const unset: StageDefinition = {
  summary: 'Removes fields.',
  compile(argument, context, name) {
    const paths = Array.isArray(argument) ? argument : [argument];
    if (paths.length === 0)
      throw new MongoError(31119, `${name} specification must be a string or an array with at least one field`);
    for (const path of paths) {
      if (typeof path !== 'string') {
        throw Array.isArray(argument)
          ? new MongoError(31120, `${name} specification must be a string or an array containing only string values`)
          : new MongoError(31002, `${name} specification must be a string or an array`);
      }
      if (path.startsWith('$'))
        throw new MongoError(
          16410,
          `Invalid ${name} :: caused by :: FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
        );
    }
    const reshaping = withPrefix(name, () => compileUnset(paths as string[]));
    return {
      ...mapping(reshaping, context),
      needs: (after) => after,
      keeps: (field) => !reshaping.changes.has(field),
    };
  },
};

export const unwind: StageDefinition = {
  summary: 'One document per element of an array.',
  compile(argument, { due }) {
    const options = isDocument(argument) ? argument : { path: argument };
    if (!isDocument(argument) && typeof argument !== 'string') {
      throw new MongoError(
        15981,
        `expected either a string or an object as specification for $unwind stage, got ${typeName(argument)}`,
      );
    }
    for (const key of Object.keys(options)) {
      if (key !== 'path' && key !== 'preserveNullAndEmptyArrays' && key !== 'includeArrayIndex') {
        throw new MongoError(28811, `unrecognized option to $unwind stage: ${key}`);
      }
    }
    const { path, preserveNullAndEmptyArrays: preserve = false, includeArrayIndex: index } = options as Document;
    if (path === undefined) throw new MongoError(28812, 'no path specified to $unwind stage');
    if (typeof path !== 'string')
      throw new MongoError(28808, `expected a string as the path for $unwind stage, got ${typeName(path)}`);
    if (typeof preserve !== 'boolean') {
      throw new MongoError(
        28809,
        `expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got ${typeName(preserve)}`,
      );
    }
    if (index !== undefined && (typeof index !== 'string' || index === '')) {
      throw new MongoError(
        28810,
        `expected a non-empty string for the includeArrayIndex option to $unwind stage, got ${typeName(index)}`,
      );
    }
    if (typeof index === 'string' && index.startsWith('$')) {
      throw new MongoError(
        28822,
        `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${index}`,
      );
    }
    if (!path.startsWith('$')) {
      throw new MongoError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
    }
    const names = parsePath(path.slice(1));
    const indexNames = typeof index === 'string' ? parsePath(index) : undefined;
    const touched = new Set([names[0]!, ...(indexNames === undefined ? [] : [indexNames[0]!])]);
    const withIndex = (document: Document, position: number | null): Document =>
      indexNames === undefined
        ? document
        : withPath(document, indexNames, 0, position === null ? null : BigInt(position));
    return {
      needs: (after) => union(after, [names[0]!]),
      keeps: (field) => !touched.has(field),
      *run(input) {
        let made = 0;
        for (const document of input) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          const value = readThroughDocuments(document, names);
          if (Array.isArray(value)) {
            if (value.length === 0) {
              if (preserve) yield withIndex(withPath(document, names, 0, undefined), null);
            } else {
              for (let position = 0; position < value.length; position++) {
                if ((++made & PACE) === 0 && due()) yield BREATHE;
                yield withIndex(withPath(document, names, 0, value[position]), position);
              }
            }
          } else if (isNullish(value)) {
            if (preserve) yield withIndex(document, null);
          } else yield withIndex(document, null);
        }
      },
    };
  },
};

/** The value at a path that leads through documents only. */
function readThroughDocuments(document: Document, names: readonly string[]): BsonValue | undefined {
  let here: BsonValue | undefined = document;
  for (let index = 0; index < names.length; index++) {
    if (!isDocument(here)) return undefined;
    here = readField(here, names[index]!);
  }
  return here;
}

/** A copy with the value at the path set, or removed where it is missing. What lies beside the path is shared. */
export function withPath(
  document: Document,
  names: readonly string[],
  from: number,
  value: BsonValue | undefined,
): Document {
  const copy = copyDocument(document);
  const name = names[from]!;
  if (from === names.length - 1) {
    if (value === undefined) delete copy[name];
    else writeField(copy, name, value);
    return copy;
  }
  const inner = Object.hasOwn(document, name) ? document[name] : undefined;
  if (value === undefined && !isDocument(inner)) return copy;
  writeField(copy, name, withPath(isDocument(inner) ? inner : {}, names, from + 1, value));
  return copy;
}

function mapping(reshaping: Reshaping, context: StageContext): Pick<StageRun, 'run' | 'oneToOne'> {
  const { apply } = reshaping;
  const { due } = context;
  const { shared } = context.scope;
  return {
    oneToOne: true,
    *run(input) {
      let done = 0;
      for (const document of input) {
        if (document === BREATHE) {
          yield BREATHE;
          continue;
        }
        if ((++done & PACE) === 0 && due()) yield BREATHE;
        const shaped = apply(document);
        yield shared.usesMetadata ? copyMetadata(document, shaped) : shaped;
      }
    },
  };
}

/** The number of `$limit` and `$skip`: whole, and not negative. */
export function wholeArgument(argument: BsonValue, name: string, code: number): number {
  if (!isNumber(argument)) {
    throw new MongoError(
      code,
      `invalid argument to ${name} stage: Expected a number in: ${name}: ${describeValue(argument)}`,
    );
  }
  const whole = wholeNumberOf(argument);
  if (whole === null) {
    throw new MongoError(
      code,
      `invalid argument to ${name} stage: Expected an integer: ${name}: ${describeValue(argument)}`,
    );
  }
  if (whole < 0n) {
    throw new MongoError(
      code,
      `invalid argument to ${name} stage: Expected a non-negative number in: ${name}: ${describeValue(argument)}`,
    );
  }
  return Number(whole);
}

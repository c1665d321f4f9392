import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { Accumulator, AccumulatorFactory } from '../accumulators/accumulator.ts';
import { groupAccumulators } from '../accumulators/group-accumulators.ts';
import { isDocument, writeField } from '../documents.ts';

import type { Evaluate, Scope } from '../expressions/scope.ts';
import { FieldReads } from '../expressions/scope.ts';
import { atomsOf } from './atoms.ts';
import { MemoryMeter } from './memory.ts';
import type { Collector, StageContext, StageDefinition, StageRun } from './stage.ts';

export const group: StageDefinition = {
  summary: 'One document per distinct `_id`, with accumulated values. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(15947, "a group's fields must be specified in an object");
    }
    if (argument._id === undefined) throw new MongoError(15955, 'a group specification must include an _id');
    const { _id: id, ...fields } = argument;
    return compileGroup(id, fields, context, '$group');
  },
};

/** Also the core of `$bucket`, `$sortByCount` and `$count`. */
export function compileGroup(id: BsonValue, fields: Document, context: StageContext, name: string): StageRun {
  const reads = new FieldReads();
  const scope = context.scope.readingInto(reads);
  const key = compileKey(id, scope);
  const accumulators = compileAccumulators(fields, scope);
  const { shared } = scope;
  return {
    blocking: true,
    needs: () => reads.toFields(),
    collect() {
      const memory = new MemoryMeter(name, context);
      const groups = key(accumulators, memory);
      const hold = (value: BsonValue | undefined) => memory.add(value);
      return {
        add(document) {
          memory.tick();
          const outer = shared.hold;
          shared.hold = hold;
          try {
            groups.add(document);
          } finally {
            shared.hold = outer;
          }
        },
        finish: () => groups.results(),
      };
    },
    *run(input) {
      const memory = new MemoryMeter(name, context);
      const groups = key(accumulators, memory);
      const outer = shared.hold;
      shared.hold = (value) => memory.add(value);
      try {
        for (const document of input) {
          memory.tick();
          groups.add(document);
        }
      } finally {
        shared.hold = outer;
      }
      yield* groups.results();
    },
  };
}

/** A group whose results another stage takes up. */
export function collectInto(grouped: StageRun, next: StageRun): () => Collector {
  return () => {
    const collector = (grouped.collect as () => Collector)();
    return { add: collector.add, finish: () => next.run(collector.finish()) };
  };
}

export interface NamedAccumulators {
  readonly names: readonly string[];
  readonly factories: readonly AccumulatorFactory[];
}

export function compileAccumulators(fields: Document, scope: Scope): NamedAccumulators {
  const names = Object.keys(fields);
  const factories = names.map((name) => {
    if (name.startsWith('$')) throw new MongoError(40236, `The field name '${name}' cannot be an operator name`);
    if (name.includes('.')) throw new MongoError(40235, `The field name '${name}' cannot contain '.'`);
    const spec = fields[name];
    if (!isDocument(spec)) throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
    const operators = Object.keys(spec);
    if (operators.length !== 1) throw new MongoError(40238, `The field '${name}' must specify one accumulator`);
    const operator = operators[0]!;
    if (!operator.startsWith('$')) {
      throw new MongoError(40234, `The field '${name}' must be an accumulator object`);
    }
    const accumulator = Object.hasOwn(groupAccumulators, operator) ? groupAccumulators[operator] : undefined;
    if (accumulator === undefined) throw new MongoError(15952, `unknown group operator '${operator}'`);
    return accumulator.compile(spec[operator]!, scope, operator);
  });
  return { names, factories };
}

interface Groups {
  add(document: Document): void;
  results(): Iterable<Document>;
}

type KeyedGroups = (accumulators: NamedAccumulators, memory: MemoryMeter) => Groups;

/** One group: its accumulators, first of all in an array of their own, so that adding is one loop. */
class Group {
  readonly id: BsonValue;
  readonly accumulators: Accumulator[];

  constructor(id: BsonValue, factories: readonly AccumulatorFactory[]) {
    this.id = id;
    this.accumulators = factories.map((make) => make());
  }

  add(document: Document): void {
    const { accumulators } = this;
    for (let index = 0; index < accumulators.length; index++) accumulators[index]!.add(document);
  }

  result(names: readonly string[]): Document {
    const document: Document = { _id: this.id };
    // A missing value is answered as null, so that all results have the same fields.
    for (let index = 0; index < names.length; index++) {
      writeField(document, names[index]!, this.accumulators[index]!.result() ?? null);
    }
    return document;
  }
}

function compileKey(id: BsonValue, scope: Scope): KeyedGroups {
  if (isDocument(id)) {
    const names = Object.keys(id);
    if (names.length > 0 && !names[0]!.startsWith('$')) {
      const node = scope.compile(id); // checks the names and whether it is constant
      if (!node.constant && names.length <= KEY_LEVELS_MAX) {
        const evaluates = names.map((name) => scope.compile(id[name]!).evaluate);
        return (accumulators, memory) => compoundGroups(names, evaluates, scope, accumulators, memory);
      }
      return (accumulators, memory) => singleGroups(node.evaluate, scope, accumulators, memory);
    }
  }
  const node = scope.compile(id);
  if (node.constant) {
    const value = node.evaluate({}) ?? null;
    return (accumulators) => oneGroup(value, accumulators);
  }
  return (accumulators, memory) => singleGroups(node.evaluate, scope, accumulators, memory);
}

function oneGroup(id: BsonValue, { names, factories }: NamedAccumulators): Groups {
  let only: Group | undefined;
  return {
    add(document) {
      only ??= new Group(id, factories);
      only.add(document);
    },
    *results() {
      if (only !== undefined) yield only.result(names);
    },
  };
}

/** With more fields than this, one key of all of them costs less than that many maps. */
const KEY_LEVELS_MAX = 6;

function singleGroups(
  evaluate: Evaluate,
  scope: Scope,
  { names, factories }: NamedAccumulators,
  memory: MemoryMeter,
): Groups {
  const groups = new Map<string | number, Group>();
  const atomOf = atomsOf(scope);
  return {
    add(document) {
      const value = evaluate(document);
      const key = atomOf(value ?? null);
      let found = groups.get(key);
      if (found === undefined) {
        found = new Group(value ?? null, factories);
        groups.set(key, found);
        memory.add(found.id);
      }
      found.add(document);
    },
    *results() {
      for (const found of groups.values()) yield found.result(names);
    },
  };
}

type Level = Map<string | number, Level | Group>;

/** Maps inside maps, one level per field of the key: a joined key would be a new string for every document. */
function compoundGroups(
  fields: readonly string[],
  evaluates: readonly Evaluate[],
  scope: Scope,
  { names, factories }: NamedAccumulators,
  memory: MemoryMeter,
): Groups {
  const top: Level = new Map();
  const atomOf = atomsOf(scope);
  const all: Group[] = [];
  const last = fields.length - 1;
  const values: (BsonValue | undefined)[] = new Array(fields.length);
  return {
    add(document) {
      let level = top;
      for (let index = 0; index < last; index++) {
        const value = evaluates[index]!(document);
        values[index] = value;
        const key = atomOf(value);
        let next = level.get(key) as Level | undefined;
        if (next === undefined) level.set(key, (next = new Map()));
        level = next;
      }
      const value = evaluates[last]!(document);
      const key = atomOf(value);
      let found = level.get(key) as Group | undefined;
      if (found === undefined) {
        values[last] = value;
        const id: Document = {};
        for (let index = 0; index <= last; index++) {
          if (values[index] !== undefined) writeField(id, fields[index]!, values[index]);
        }
        found = new Group(id, factories);
        level.set(key, found);
        all.push(found);
        memory.add(id);
      }
      found.add(document);
    },
    *results() {
      for (const found of all) yield found.result(names);
    },
  };
}

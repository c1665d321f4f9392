/** The groups of one `$group` in memory: by the value of their `_id`, each with its accumulators. */
import type { BsonValue, Document } from '../../bson/values.ts';
import type { MemoryMeter } from '../../spill/work-space.ts';
import type { Accumulator, AccumulatorFactory } from '../accumulators/accumulator.ts';
import { isDocument, readField, writeField } from '../documents.ts';
import type { Evaluate, Scope } from '../expressions/scope.ts';
import { atomsOf } from './atoms.ts';
import type { NamedAccumulators } from './group.ts';

/** A group with its place in a map, and one accumulator, without their values. */
const GROUP_BYTES = 180;
const ACCUMULATOR_BYTES = 90;

export interface Groups {
  readonly size: number;
  add(document: Document): void;
  results(): Iterable<Document>;
  /** Text that is the same for the documents of one group, and for its id. */
  keyOf(document: Document): string;
  keyOfId(id: BsonValue | undefined): string;
  /** A group as it was saved; before any document of it. */
  restore(id: BsonValue | undefined, states: readonly BsonValue[]): void;
  /** Hands all groups over and is empty. */
  takeAll(): Iterable<{ key: string; id: BsonValue; states: () => BsonValue[] }>;
}

/** Makes groups by a compiled `_id`. */
export function compileKey(
  id: BsonValue,
  scope: Scope,
  accumulators: NamedAccumulators,
): (memory: MemoryMeter) => Groups {
  if (isDocument(id)) {
    const names = Object.keys(id);
    if (names.length > 0 && !names[0]!.startsWith('$')) {
      const node = scope.compile(id); // checks the names and whether it is constant
      if (!node.constant && names.length <= KEY_LEVELS_MAX) {
        const evaluates = names.map((name) => scope.compile(id[name]!).evaluate);
        return (memory) => compoundGroups(names, evaluates, scope, accumulators, memory);
      }
      return (memory) => singleGroups(node.evaluate, scope, accumulators, memory);
    }
  }
  const node = scope.compile(id);
  if (node.constant) {
    const value = node.evaluate({}) ?? null;
    return (memory) => oneGroup(value, accumulators, memory);
  }
  return (memory) => singleGroups(node.evaluate, scope, accumulators, memory);
}

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

  restore(states: readonly BsonValue[]): void {
    for (const [index, state] of states.entries()) this.accumulators[index]!.restore(state);
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

function oneGroup(id: BsonValue, { names, factories }: NamedAccumulators, memory: MemoryMeter): Groups {
  let only: Group | undefined;
  const group = () => {
    if (only === undefined) {
      only = new Group(id, factories);
      memory.hold(GROUP_BYTES);
    }
    return only;
  };
  return {
    get size() {
      return only === undefined ? 0 : 1;
    },
    add: (document) => group().add(document),
    *results() {
      if (only !== undefined) yield only.result(names);
    },
    keyOf: () => '',
    keyOfId: () => '',
    restore: (_id, states) => group().restore(states),
    *takeAll() {
      if (only !== undefined) yield taken('', only);
      only = undefined;
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
  const bytes = GROUP_BYTES + factories.length * ACCUMULATOR_BYTES;
  const groupOf = (value: BsonValue | undefined): Group => {
    const key = atomOf(value ?? null);
    let found = groups.get(key);
    if (found === undefined) {
      found = new Group(value ?? null, factories);
      groups.set(key, found);
      memory.hold(bytes);
      memory.add(found.id);
    }
    return found;
  };
  return {
    get size() {
      return groups.size;
    },
    add: (document) => groupOf(evaluate(document)).add(document),
    *results() {
      for (const found of groups.values()) yield found.result(names);
    },
    keyOf: (document) => String(atomOf(evaluate(document) ?? null)),
    keyOfId: (id) => String(atomOf(id ?? null)),
    restore: (id, states) => groupOf(id).restore(states),
    *takeAll() {
      for (const [key, group] of groups) yield taken(String(key), group);
      groups.clear();
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
  let all: Group[] = [];
  const last = fields.length - 1;
  const bytes = GROUP_BYTES + fields.length * 50 + factories.length * ACCUMULATOR_BYTES;
  const groupOf = (values: readonly (BsonValue | undefined)[]): Group => {
    let level = top;
    for (let index = 0; index < last; index++) {
      const key = atomOf(values[index]);
      let next = level.get(key) as Level | undefined;
      if (next === undefined) level.set(key, (next = new Map()));
      level = next;
    }
    const key = atomOf(values[last]);
    let found = level.get(key) as Group | undefined;
    if (found === undefined) {
      const id: Document = {};
      for (let index = 0; index <= last; index++) {
        if (values[index] !== undefined) writeField(id, fields[index]!, values[index]);
      }
      found = new Group(id, factories);
      level.set(key, found);
      all.push(found);
      memory.hold(bytes);
      memory.add(id);
    }
    return found;
  };
  const values: (BsonValue | undefined)[] = new Array(fields.length);
  const valuesOf = (document: Document) => {
    for (let index = 0; index <= last; index++) values[index] = evaluates[index]!(document);
    return values;
  };
  const valuesOfId = (id: BsonValue | undefined) => fields.map((field) => readField(id as Document, field));
  const keyOfValues = (values: readonly (BsonValue | undefined)[]) =>
    values.map((value) => `${value === undefined ? '' : atomOf(value)}`).join('\u0001');
  return {
    get size() {
      return all.length;
    },
    add: (document) => groupOf(valuesOf(document)).add(document),
    *results() {
      for (const found of all) yield found.result(names);
    },
    keyOf: (document) => keyOfValues(valuesOf(document)),
    keyOfId: (id) => keyOfValues(valuesOfId(id)),
    restore: (id, states) => groupOf(valuesOfId(id)).restore(states),
    *takeAll() {
      for (const group of all) yield taken(keyOfValues(valuesOfId(group.id)), group);
      all = [];
      top.clear();
    },
  };
}

function taken(key: string, group: Group): { key: string; id: BsonValue; states: () => BsonValue[] } {
  return { key, id: group.id, states: () => group.accumulators.map((accumulator) => accumulator.save()) };
}

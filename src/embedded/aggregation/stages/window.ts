import { BREATHE, type Breathe } from '../../breathe.ts';
import { add, toDouble, wholeNumberOf } from '../../bson/arithmetic.ts';
import { compareForSort } from '../../bson/compare.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { CompiledSort, SortKey } from '../../query/sort.ts';
import { externalSort, sortFigures } from '../../spill/external-sort.ts';
import { MemoryMeter } from '../../spill/work-space.ts';
import { groupAccumulators } from '../accumulators/group-accumulators.ts';
import { type Partition, windowFunctions } from '../accumulators/window-functions.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';
import { addUnits, parseUnit, type TimeUnit } from '../expressions/date.ts';
import { parsePath } from '../expressions/field-path.ts';
import { isNumber, toInt32 } from '../expressions/numbers.ts';
import { compileOrder } from '../expressions/order.ts';
import { FieldReads, type Scope } from '../expressions/scope.ts';
import { utcZone } from '../expressions/time-zone.ts';
import { withPath } from './simple.ts';
import { documentSort } from './sort.ts';
import { PACE, type StageContext, type StageDefinition, type StageRun, type Stream, union } from './stage.ts';

export const setWindowFields: StageDefinition = {
  summary: 'Adds values computed over the neighbours of each document in its partition. Blocking.',
  compile(argument, context) {
    if (!isDocument(argument)) {
      throw new MongoError(
        'FailedToParse',
        `the $setWindowFields stage specification must be an object, found ${typeName(argument)}`,
      );
    }
    for (const key of Object.keys(argument)) {
      if (!['partitionBy', 'sortBy', 'output'].includes(key)) {
        throw new MongoError('IDLUnknownField', `BSON field '$setWindowFields.${key}' is an unknown field.`);
      }
    }
    const { partitionBy, sortBy, output } = argument;
    if (output === undefined)
      throw new MongoError('IDLFailedToParse', "BSON field '$setWindowFields.output' is missing but a required field");
    if (!isDocument(output))
      throw new MongoError(
        'TypeMismatch',
        "BSON field '$setWindowFields.output' is the wrong type, expected type 'object'",
      );
    if (sortBy !== undefined && !isDocument(sortBy))
      throw new MongoError(
        'TypeMismatch',
        "BSON field '$setWindowFields.sortBy' is the wrong type, expected type 'object'",
      );
    return compileWindow(partitionBy, sortBy, output, context);
  },
};

/** The values of a partition's documents, in order. */
type Column = (partition: Rows) => Iterator<BsonValue | undefined | Breathe>;

const BOUND = 'internalDocumentSourceSetWindowFieldsMaxMemoryBytes';

/** Also the core of `$fill`. */
export function compileWindow(
  partitionBy: BsonValue | undefined,
  sortBy: Document | undefined,
  output: Document,
  context: StageContext,
): StageRun {
  const reads = new FieldReads();
  const scope = context.scope.readingInto(reads);
  const partition = partitionBy === undefined ? undefined : scope.compile(partitionBy).evaluate;
  const order = sortBy === undefined || Object.keys(sortBy).length === 0 ? undefined : compileOrder(sortBy, scope);
  if (order !== undefined) for (const field of order.fields) reads.add(field);
  const columns = Object.keys(output).map((path) => {
    const names = parsePath(path);
    reads.add(names[0]!);
    return { names, values: compileColumn(path, output[path]!, sortBy, order, context, scope) };
  });
  const touched = new Set(columns.map(({ names }) => names[0]!));
  let figures = sortFigures();
  return {
    blocking: true,
    keeps: (field) => typeof partitionBy === 'string' && partitionBy === `$${field}` && !touched.has(field),
    needs: (after) => union(after, reads.toFields()),
    *run(input) {
      figures = sortFigures();
      const partitionOf = (document: Document): BsonValue => {
        const key = partition?.(document) ?? null;
        if (!Array.isArray(key)) return key;
        throw new MongoError('TypeMismatch', 'An expression used to partition cannot evaluate to value of type array');
      };
      const memory = new MemoryMeter('$setWindowFields', context.work, BOUND);
      try {
        let held: Document[] = [];
        let heldKey: BsonValue = null;
        let seen = 0;
        for (const document of inOrder(input, partitionOf)) {
          if (document === BREATHE) {
            yield BREATHE;
            continue;
          }
          const key = partitionOf(document);
          if (held.length > 0 && scope.compare(key, heldKey) !== 0) {
            yield* computed(held);
            memory.end();
            held = [];
          }
          heldKey = key;
          held.push(document);
          memory.add(document);
          if (memory.full) {
            throw new MongoError(
              5643011,
              `Exceeded max memory. Current memory: ${Math.round(memory.bytes)} bytes. Max allowed memory: ${memory.bytesMax} bytes. This server holds one partition in memory`,
            );
          }
          if ((++seen & PACE) === 0 && context.due()) yield BREATHE;
        }
        if (held.length > 0) yield* computed(held);
      } finally {
        memory.end();
      }
    },
    figures: () => ({ usedDisk: figures.spills > 0, spills: BigInt(figures.spills) }),
  };

  /** By partition, and in each by the sort. */
  function inOrder(input: Stream, partitionOf: (document: Document) => BsonValue): Stream {
    if (partition === undefined && order === undefined) return input;
    const parts = [{ path: '', direction: 1 as const }, ...(order?.parts ?? [])];
    const spec = documentSort(
      {
        parts,
        keyOf: (document) => [partitionOf(document), ...(order?.keyOf(document) ?? [])],
        compareKeys(left, right) {
          for (let at = 0; at < parts.length; at++) {
            const difference = scope.compare(left[at], right[at]);
            if (difference !== 0) return difference * parts[at]!.direction;
          }
          return 0;
        },
      },
      context.scope,
    );
    const memory = new MemoryMeter('$setWindowFields', context.work, BOUND);
    return externalSort(input, spec, memory, context.due, figures);
  }

  function* computed(documents: readonly Document[]): Stream {
    const rows = new Rows(documents, order, sortBy);
    const values = columns.map((column) => column.values(rows));
    for (let row = 0; row < documents.length; row++) {
      let document = documents[row]!;
      for (let index = 0; index < columns.length; index++) {
        let step = values[index]!.next();
        for (; step.value === BREATHE; step = values[index]!.next()) yield BREATHE;
        document = withPath(document, columns[index]!.names, 0, step.value as BsonValue | undefined);
      }
      if ((row & PACE) === 0 && context.due()) yield BREATHE;
      yield document;
    }
  }
}

/** A partition in order. */
class Rows {
  readonly documents: readonly Document[];
  private readonly keys: readonly SortKey[];
  private readonly order: CompiledSort | undefined;
  readonly direction: 1 | -1;

  constructor(documents: readonly Document[], order: CompiledSort | undefined, sortBy: Document | undefined) {
    this.order = order;
    this.direction =
      sortBy !== undefined && isNumber(Object.values(sortBy)[0]) && toDouble(Object.values(sortBy)[0] as number) < 0
        ? -1
        : 1;
    this.documents = documents;
    this.keys = order === undefined ? [] : documents.map((document) => order.keyOf(document));
  }

  sortValue(index: number): BsonValue {
    return this.keys[index]![0]!;
  }

  sameOrder(left: number, right: number): boolean {
    return this.order === undefined || this.order.compareKeys(this.keys[left]!, this.keys[right]!) === 0;
  }
}

type Bounds = (rows: Rows, index: number) => readonly [number, number];

interface Window {
  readonly bounds: Bounds;
  /** Starts at the first document, so that a running state can grow. */
  readonly growing: boolean;
}

const whole: Window = { growing: true, bounds: (rows) => [0, rows.documents.length - 1] };

function compileColumn(
  path: string,
  spec: BsonValue,
  sortBy: Document | undefined,
  order: CompiledSort | undefined,
  { due }: StageContext,
  scope: Scope,
): Column {
  if (!isDocument(spec)) {
    throw new MongoError('FailedToParse', `The field '${path}' must be an object`);
  }
  const { window: windowSpec, ...rest } = spec;
  const operators = Object.keys(rest);
  const name = operators[0];
  if (operators.length !== 1 || !name!.startsWith('$')) {
    throw new MongoError(
      'FailedToParse',
      `Expected a $-prefixed window function in '${path}', found: ${describeValue(spec)}`,
    );
  }
  const argument = rest[name!]!;
  const special = Object.hasOwn(windowFunctions, name!) ? windowFunctions[name!] : undefined;
  if (special !== undefined) {
    if (special.window === 'refused' && windowSpec !== undefined) {
      throw new MongoError(5371601, `'window' field is not allowed in ${name}`);
    }
    if (special.window === 'required' && windowSpec === undefined) {
      throw new MongoError('FailedToParse', `${name} requires explicit window bounds`);
    }
    if (special.sort !== 'optional' && order === undefined) {
      throw new MongoError(5371602, `${name} must be specified with a top level sortBy expression`);
    }
    if (special.sort === 'one' && order!.parts.length !== 1) {
      throw new MongoError(
        5371602,
        `${name} must be specified with a top level sortBy expression with exactly one element`,
      );
    }
    const window = compileBounds(windowSpec, sortBy, order);
    const compute = special.compile(argument, scope, name!);
    return (rows) => {
      const partition: Partition = {
        documents: rows.documents,
        sortValue: (index) => rows.sortValue(index),
        sameOrder: (left, right) => rows.sameOrder(left, right),
        bounds(index) {
          // Not to pause, which cannot be here, but to be stopped.
          if ((index & PACE) === 0) due();
          return window.bounds(rows, index);
        },
      };
      return compute(partition)[Symbol.iterator]();
    };
  }
  const accumulator = Object.hasOwn(groupAccumulators, name!) ? groupAccumulators[name!] : undefined;
  if (accumulator === undefined) {
    throw new MongoError('FailedToParse', `Unrecognized window function, ${name}`);
  }
  const make = accumulator.compile(argument, scope, name!);
  const window = compileBounds(windowSpec, sortBy, order);
  return function* (rows) {
    const { documents } = rows;
    let state = make();
    let added = 0;
    for (let index = 0; index < documents.length; index++) {
      const [first, last] = window.bounds(rows, index);
      if (!window.growing) {
        state = make();
        added = first;
      }
      for (; added <= last; added++) {
        state.add(documents[added]!);
        if ((added & ADDED_PER_LOOK) === 0 && due()) yield BREATHE;
      }
      const value = state.result() ?? null;
      if (window !== whole) yield value;
      else {
        for (let row = 0; row < documents.length; row++) yield value;
        return;
      }
    }
  };
}

/** Documents added to a window between two looks at the clock. A power of two less one. */
const ADDED_PER_LOOK = 255;

function compileBounds(
  spec: BsonValue | undefined,
  sortBy: Document | undefined,
  order: CompiledSort | undefined,
): Window {
  if (spec === undefined) return whole;
  if (!isDocument(spec)) throw new MongoError('FailedToParse', "'window' field must be an object");
  for (const key of Object.keys(spec)) {
    if (key !== 'documents' && key !== 'range' && key !== 'unit') {
      throw new MongoError(
        'FailedToParse',
        `'window' field can only contain 'documents' as the only argument or 'range' with an optional 'unit' field, found ${key}`,
      );
    }
  }
  const { documents, range, unit } = spec;
  if (documents !== undefined && range !== undefined) {
    throw new MongoError('FailedToParse', "Window bounds can specify either 'documents' or 'unit', not both.");
  }
  if (documents !== undefined) {
    if (unit !== undefined)
      throw new MongoError('FailedToParse', "Window bounds can specify either 'documents' or 'unit', not both.");
    return documentBounds(pairOf(documents, 'documents'), order);
  }
  if (range === undefined) {
    if (unit !== undefined)
      throw new MongoError('FailedToParse', "Window bounds with 'unit' must also specify 'range'");
    return whole;
  }
  const pair = pairOf(range, 'range');
  if (pair[0] === 'unbounded' && pair[1] === 'unbounded') return whole;
  if (order === undefined || order.parts.length !== 1) {
    throw new MongoError(5339902, 'Range-based bounds require sortBy a single field');
  }
  if (unit !== undefined && typeof unit !== 'string') throw new MongoError('FailedToParse', "'unit' must be a string");
  return rangeBounds(pair, unit === undefined ? undefined : parseUnit(unit), sortBy!);
}

function pairOf(value: BsonValue, key: string): readonly [BsonValue, BsonValue] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new MongoError('FailedToParse', `Window bounds must be a 2-element array: ${key}: ${describeValue(value)}`);
  }
  return [value[0]!, value[1]!];
}

function documentBounds(pair: readonly [BsonValue, BsonValue], order: CompiledSort | undefined): Window {
  const [lower, upper] = pair.map((bound) => {
    if (bound === 'unbounded' || bound === 'current') return bound;
    const offset = toInt32(bound);
    if (offset === undefined) {
      throw new MongoError(
        'FailedToParse',
        `Numeric document-based bounds must be an integer: ${describeValue(bound)}`,
      );
    }
    return offset;
  }) as [number | 'unbounded' | 'current', number | 'unbounded' | 'current'];
  const offsetOf = (bound: number | 'unbounded' | 'current', infinite: number) =>
    bound === 'unbounded' ? infinite : bound === 'current' ? 0 : bound;
  const from = offsetOf(lower, Number.NEGATIVE_INFINITY);
  const to = offsetOf(upper, Number.POSITIVE_INFINITY);
  if (from > to) throw new MongoError(5339900, `Lower bound must not exceed upper bound: ${describeValue([...pair])}`);
  if (lower === 'unbounded' && upper === 'unbounded') return whole;
  if (order === undefined) throw new MongoError(5339901, 'Document-based bounds require a sortBy');
  return {
    growing: lower === 'unbounded',
    bounds: (rows, index) => [Math.max(0, index + from), Math.min(rows.documents.length - 1, index + to)],
  };
}

function rangeBounds(pair: readonly [BsonValue, BsonValue], unit: TimeUnit | undefined, sortBy: Document): Window {
  for (const bound of pair) {
    if (bound !== 'unbounded' && bound !== 'current' && !isNumber(bound)) {
      throw new MongoError('FailedToParse', `Range-based bounds expression must be a number: ${describeValue(bound)}`);
    }
  }
  const direction = toDouble(Object.values(sortBy)[0] as number);
  if (direction < 0) throw new MongoError(8947401, 'Range-based bounds require an ascending sortBy');
  const edge = (value: BsonValue, bound: BsonValue): BsonValue => {
    if (bound === 'current') return value;
    const distance = bound as number;
    if (unit !== undefined) {
      if (!(value instanceof Date)) {
        throw new MongoError(5429513, `Expected the sortBy field to be a Date, but it was ${typeName(value)}`);
      }
      const amount = wholeNumberOf(distance);
      if (amount === null) throw new MongoError(5429514, `With 'unit', range bounds must be whole numbers`);
      return addUnits(value.getTime(), unit, amount, utcZone);
    }
    if (!isNumber(value)) {
      throw new MongoError(5429414, `Expected the sortBy field to be a number, but it was ${typeName(value)}`);
    }
    return add(value, distance);
  };
  return {
    growing: pair[0] === 'unbounded',
    bounds(rows, index) {
      const value = rows.sortValue(index);
      const count = rows.documents.length;
      const nullish = isNullish(value);
      // A document without a place on the axis has those like itself for neighbours.
      const low = pair[0] === 'unbounded' ? undefined : nullish ? value : edge(value, pair[0]);
      const high = pair[1] === 'unbounded' ? undefined : nullish ? value : edge(value, pair[1]);
      let first = 0;
      if (low !== undefined) first = firstWhere(count, (at) => compareForSort(rows.sortValue(at), low) >= 0);
      let last = count - 1;
      if (high !== undefined) last = firstWhere(count, (at) => compareForSort(rows.sortValue(at), high) > 0) - 1;
      return [first, last];
    },
  };
}

/** The first position at which the condition holds, which holds from there on. */
function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

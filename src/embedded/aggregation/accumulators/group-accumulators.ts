import { type BsonNumber, double, integer, Sum, toDouble } from '../../bson/arithmetic.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { SortKey } from '../../query/sort.ts';
import { describeValue, typeName } from '../describe.ts';
import { isDocument, isNullish } from '../documents.ts';

import { isNumber, toInt32 } from '../expressions/numbers.ts';
import { mergeInto } from '../expressions/object.ts';
import { compileOrder } from '../expressions/order.ts';
import type { Evaluate, Scope } from '../expressions/scope.ts';
import type { Accumulator, AccumulatorFactory, AccumulatorOperator } from './accumulator.ts';
import { Deviation, parsePercentile, percentiles, rankable, sharesOf } from './statistics.ts';

export const groupAccumulators: Readonly<Record<string, AccumulatorOperator>> = {
  $accumulator: refused('$accumulator'),
  $addToSet: overOne('The distinct values.', (evaluate, scope) => () => new Distinct(evaluate, scope)),
  $avg: overOne('The mean of the numbers.', (evaluate) => () => new Average(evaluate)),
  $bottom: ranked('The output of the last document in an order.', 'last', 'one'),
  $bottomN: ranked('The outputs of the last n documents in an order.', 'last', 'many'),
  $count: {
    summary: 'The number of documents.',
    compile(argument) {
      if (!isDocument(argument) || Object.keys(argument).length > 0) {
        throw new MongoError('TypeMismatch', '$count takes no arguments, i.e. $count:{}');
      }
      return () => new Count(1);
    },
  },
  $first: overOne('The value in the first document.', (evaluate, scope) => () => new First(evaluate, scope)),
  $firstN: nValues('The values in the first n documents.', (input, n, scope) => new FirstN(input, n, scope)),
  $last: overOne('The value in the last document.', (evaluate, scope) => () => new Last(evaluate, scope)),
  $lastN: nValues('The values in the last n documents.', (input, n, scope) => new LastN(input, n, scope)),
  $max: overOne('The greatest value.', (evaluate, scope) => () => new Extreme(evaluate, scope.compare, 1)),
  $maxN: nValues(
    'The n greatest values.',
    (input, n, scope) => new ExtremeN(input, n, scope, (a, b) => scope.compare(b, a)),
  ),
  $median: percentile('The middle one of the numbers.'),
  $mergeObjects: overOne('One document of all; later ones win.', (evaluate) => () => new Merged(evaluate)),
  $min: overOne('The least value.', (evaluate, scope) => () => new Extreme(evaluate, scope.compare, -1)),
  $minN: nValues('The n least values.', (input, n, scope) => new ExtremeN(input, n, scope, scope.compare)),
  $percentile: percentile('The numbers at given ranks.'),
  $push: overOne('All values, in order.', (evaluate, scope) => () => new Pushed(evaluate, scope)),
  $stdDevPop: overOne(
    'The standard deviation of the whole population.',
    (evaluate) => () => new Spread(evaluate, 'population'),
  ),
  $stdDevSamp: overOne(
    'The standard deviation, estimated from a sample.',
    (evaluate) => () => new Spread(evaluate, 'sample'),
  ),
  $sum: {
    summary: 'The sum of the numbers; what is no number counts as nothing.',
    compile(argument, scope, name) {
      const node = scope.compile(oneOperand(argument, name));
      const constant = node.constant ? node.evaluate({}) : undefined;
      // `{ $sum: 1 }` counts: no evaluation, no type test per document.
      if (typeof constant === 'number' && (constant | 0) === constant) return () => new Count(constant);
      return () => new Total(node.evaluate);
    },
  },
  $top: ranked('The output of the first document in an order.', 'first', 'one'),
  $topN: ranked('The outputs of the first n documents in an order.', 'first', 'many'),
};

function overOne(summary: string, make: (evaluate: Evaluate, scope: Scope) => AccumulatorFactory): AccumulatorOperator {
  return {
    summary,
    compile: (argument, scope, name) => make(scope.compile(oneOperand(argument, name)).evaluate, scope),
  };
}

function oneOperand(argument: BsonValue, name: string): BsonValue {
  if (!Array.isArray(argument)) return argument;
  if (argument.length !== 1) throw new MongoError(40237, `The ${name} accumulator is a unary operator`);
  return argument[0]!;
}

function refused(name: string): AccumulatorOperator {
  return {
    summary: 'Server-side JavaScript; refused.',
    compile() {
      throw new MongoError('CommandNotSupported', `${name} is not supported: this server runs no JavaScript`);
    },
  };
}

function tooLarge(name: string, bytes: number, bytesMax: number): MongoError {
  return new MongoError(
    'ExceededMemoryLimit',
    `${name} used too much memory and cannot spill to disk. Used: ${Math.round(bytes)} bytes. Memory limit: ${bytesMax} bytes`,
  );
}

class Count implements Accumulator {
  private total = 0;
  private readonly step: number;
  constructor(step: number) {
    this.step = step;
  }
  add(): void {
    this.total += this.step;
  }
  result(): BsonValue {
    return integer(this.total);
  }
  save(): BsonValue {
    return double(this.total);
  }
  restore(saved: BsonValue): void {
    this.total = toDouble(saved as BsonNumber);
  }
}

class Total implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly sum = new Sum();
  constructor(evaluate: Evaluate) {
    this.evaluate = evaluate;
  }
  add(root: Document): void {
    const value = this.evaluate(root);
    if (typeof value === 'number' || isNumber(value)) this.sum.add(value);
  }
  result(): BsonValue {
    return this.sum.value;
  }
  save(): BsonValue {
    return this.sum.save();
  }
  restore(saved: BsonValue): void {
    this.sum.restore(saved as Document);
  }
}

class Average implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly sum = new Sum();
  private count = 0;
  constructor(evaluate: Evaluate) {
    this.evaluate = evaluate;
  }
  add(root: Document): void {
    const value = this.evaluate(root);
    if (typeof value !== 'number' && !isNumber(value)) return;
    this.sum.add(value);
    this.count += 1;
  }
  result(): BsonValue {
    return this.count === 0 ? null : this.sum.average(this.count);
  }
  save(): BsonValue {
    return { count: double(this.count), sum: this.sum.save() };
  }
  restore(saved: BsonValue): void {
    const { count, sum } = saved as Document;
    this.count = toDouble(count as BsonNumber);
    this.sum.restore(sum as Document);
  }
}

class Extreme implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly compare: (left: BsonValue, right: BsonValue) => number;
  private readonly sign: 1 | -1;
  private best: BsonValue | undefined;
  constructor(evaluate: Evaluate, compare: (left: BsonValue, right: BsonValue) => number, sign: 1 | -1) {
    this.evaluate = evaluate;
    this.compare = compare;
    this.sign = sign;
  }
  add(root: Document): void {
    const value = this.evaluate(root);
    if (isNullish(value)) return;
    if (this.best === undefined || this.sign * this.compare(value!, this.best) > 0) this.best = value;
  }
  result(): BsonValue {
    return this.best ?? null;
  }
  save(): BsonValue {
    return { value: this.best };
  }
  restore(saved: BsonValue): void {
    this.best = (saved as Document).value;
  }
}

class First implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly shared: Scope['shared'];
  private value: BsonValue | undefined;
  private seen = false;
  constructor(evaluate: Evaluate, { shared }: Scope) {
    this.evaluate = evaluate;
    this.shared = shared;
  }
  add(root: Document): void {
    if (this.seen) return;
    this.seen = true;
    this.value = this.evaluate(root);
    if (typeof this.value === 'object') this.shared.hold(this.value);
  }
  result(): BsonValue | undefined {
    return this.value;
  }
  save(): BsonValue {
    return { seen: this.seen, value: this.value };
  }
  restore(saved: BsonValue): void {
    const { seen, value } = saved as Document;
    this.seen = seen as boolean;
    this.value = value;
    if (typeof value === 'object') this.shared.hold(value);
  }
}

class Last implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly shared: Scope['shared'];
  private value: BsonValue | undefined;
  constructor(evaluate: Evaluate, { shared }: Scope) {
    this.evaluate = evaluate;
    this.shared = shared;
  }
  add(root: Document): void {
    const before = this.value;
    this.value = this.evaluate(root);
    // Later values take the place of the first, and weigh about as much.
    if (before === undefined && typeof this.value === 'object') this.shared.hold(this.value);
  }
  result(): BsonValue | undefined {
    return this.value;
  }
  save(): BsonValue {
    return { value: this.value };
  }
  restore(saved: BsonValue): void {
    this.value = (saved as Document).value;
    if (typeof this.value === 'object') this.shared.hold(this.value);
  }
}

class Pushed implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly shared: Scope['shared'];
  private values: BsonValue[] = [];
  private bytes = 0;
  constructor(evaluate: Evaluate, { shared }: Scope) {
    this.evaluate = evaluate;
    this.shared = shared;
  }
  add(root: Document): void {
    const value = this.evaluate(root);
    if (value === undefined) return;
    this.values.push(value);
    this.bytes += this.shared.hold(value);
    if (this.bytes > this.shared.pushBytesMax) throw tooLarge('$push', this.bytes, this.shared.pushBytesMax);
  }
  result(): BsonValue {
    return this.values.slice();
  }
  save(): BsonValue {
    return this.values;
  }
  restore(saved: BsonValue): void {
    this.values = saved as BsonValue[];
    for (const value of this.values) this.bytes += this.shared.hold(value);
  }
}

class Distinct implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly scope: Scope;
  private readonly values = new Map<string | number, BsonValue>();
  private bytes = 0;
  constructor(evaluate: Evaluate, scope: Scope) {
    this.evaluate = evaluate;
    this.scope = scope;
  }
  add(root: Document): void {
    const value = this.evaluate(root);
    if (value !== undefined) this.include(value);
  }
  private include(value: BsonValue): void {
    const key = this.scope.keyOf(value);
    if (this.values.has(key)) return;
    this.values.set(key, value);
    const { shared } = this.scope;
    this.bytes += shared.hold(value) + (typeof key === 'string' ? key.length : 0);
    if (this.bytes > shared.addToSetBytesMax) throw tooLarge('$addToSet', this.bytes, shared.addToSetBytesMax);
  }
  result(): BsonValue {
    return [...this.values.values()];
  }
  save(): BsonValue {
    return [...this.values.values()];
  }
  restore(saved: BsonValue): void {
    for (const value of saved as BsonValue[]) this.include(value);
  }
}

class Merged implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly merged: Document = {};
  constructor(evaluate: Evaluate) {
    this.evaluate = evaluate;
  }
  add(root: Document): void {
    mergeInto(this.merged, this.evaluate(root));
  }
  result(): BsonValue {
    return { ...this.merged };
  }
  save(): BsonValue {
    return this.merged;
  }
  restore(saved: BsonValue): void {
    mergeInto(this.merged, saved);
  }
}

class Spread implements Accumulator {
  private readonly evaluate: Evaluate;
  private readonly deviation = new Deviation();
  private readonly kind: 'population' | 'sample';
  constructor(evaluate: Evaluate, kind: 'population' | 'sample') {
    this.evaluate = evaluate;
    this.kind = kind;
  }
  add(root: Document): void {
    const value = this.evaluate(root);
    if (isNumber(value)) this.deviation.add(value);
  }
  result(): BsonValue {
    return this.deviation.result(this.kind);
  }
  save(): BsonValue {
    return this.deviation.save();
  }
  restore(saved: BsonValue): void {
    this.deviation.restore(saved);
  }
}

function percentile(summary: string): AccumulatorOperator {
  return {
    summary,
    compile(argument, scope, name) {
      const { input, p } = parsePercentile(argument, name);
      const shares = p === undefined ? [0.5] : sharesOf(scope.compile(p).evaluate({}));
      const { evaluate } = scope.compile(input);
      const { shared } = scope;
      return () => {
        const values: number[] = [];
        return {
          add(root) {
            const value = rankable(evaluate(root));
            if (value === undefined) return;
            values.push(value);
            shared.hold(value);
          },
          save: () => values.map(double),
          restore(saved) {
            for (const value of saved as BsonNumber[]) {
              values.push(toDouble(value));
              shared.hold(value);
            }
          },
          result() {
            const found = percentiles(values, shares);
            return p === undefined ? found[0]! : found;
          },
        };
      };
    },
  };
}

/** How many values an `…N` operator keeps; it may be computed from the group's `_id`. */
export function countOf(value: BsonValue | undefined): number {
  const n = toInt32(value);
  if (!isNumber(value))
    throw new MongoError(5787902, `Value for 'n' must be of integral type, but found ${describeValue(value)}`);
  if (n === undefined)
    throw new MongoError(5787903, `Value for 'n' must be of integral type, but found ${describeValue(value)}`);
  if (n <= 0) throw new MongoError(5787908, `'n' must be greater than 0, found ${n}`);
  return n;
}

export function parseN(argument: BsonValue, name: string, keys: readonly string[]): Document {
  if (!isDocument(argument))
    throw new MongoError(5787801, `specification must be an object; found ${name}: ${typeName(argument)}`);
  for (const key of Object.keys(argument)) {
    if (!keys.includes(key)) throw new MongoError(5787901, `Unknown argument for '${name}' operator: ${key}`);
  }
  for (const key of keys) {
    if (argument[key] === undefined)
      throw new MongoError(key === 'n' ? 5787906 : 5787907, `Missing value for '${key}'`);
  }
  return argument;
}

function nValues(
  summary: string,
  make: (input: Evaluate, n: Evaluate, scope: Scope) => Accumulator,
): AccumulatorOperator {
  return {
    summary,
    compile(argument, scope, name) {
      const spec = parseN(argument, name, ['input', 'n']);
      const input = scope.compile(spec.input!).evaluate;
      const n = scope.compile(spec.n!);
      if (n.constant) countOf(n.evaluate({}));
      return () => make(input, n.evaluate, scope);
    },
  };
}

/** `n` is the same for all documents of a group, so the first one decides. */
abstract class Many implements Accumulator {
  protected readonly input: Evaluate;
  private readonly nOf: Evaluate;
  private readonly shared: Scope['shared'];
  protected n = -1;
  protected values: BsonValue[] = [];
  constructor(input: Evaluate, nOf: Evaluate, { shared }: Scope) {
    this.input = input;
    this.nOf = nOf;
    this.shared = shared;
  }
  add(root: Document): void {
    if (this.n < 0) this.n = countOf(this.nOf(root));
    const value = this.input(root);
    const before = this.values.length;
    this.keep(value);
    if (this.values.length > before) this.shared.hold(value ?? null);
  }
  protected abstract keep(value: BsonValue | undefined): void;
  result(): BsonValue {
    return this.values.slice();
  }
  save(): BsonValue {
    return { n: this.n, values: this.values };
  }
  restore(saved: BsonValue): void {
    const { n, values } = saved as Document;
    this.n = n as number;
    this.values = values as BsonValue[];
    for (const value of this.values) this.shared.hold(value);
  }
}

class FirstN extends Many {
  protected keep(value: BsonValue | undefined): void {
    if (this.values.length < this.n) this.values.push(value ?? null);
  }
}

class LastN extends Many {
  protected keep(value: BsonValue | undefined): void {
    this.values.push(value ?? null);
    if (this.values.length >= 2 * this.n + 16) this.values = this.values.slice(-this.n);
  }
  override result(): BsonValue {
    return this.values.slice(-this.n);
  }
}

class ExtremeN extends Many {
  private readonly order: (left: BsonValue, right: BsonValue) => number;
  constructor(input: Evaluate, nOf: Evaluate, scope: Scope, order: (left: BsonValue, right: BsonValue) => number) {
    super(input, nOf, scope);
    this.order = order;
  }
  protected keep(value: BsonValue | undefined): void {
    if (!isNullish(value)) insertOrdered(this.values, value!, this.n, this.order);
  }
}

/** Keeps the `most` first in `order`; of equals, the earlier. */
export function insertOrdered<T>(kept: T[], value: T, most: number, order: (left: T, right: T) => number): void {
  if (kept.length >= most && order(value, kept.at(-1)!) >= 0) return;
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(kept[middle]!, value) <= 0) low = middle + 1;
    else high = middle;
  }
  kept.splice(low, 0, value);
  if (kept.length > most) kept.pop();
}

interface Ranked {
  readonly key: SortKey;
  readonly sequence: number;
  readonly output: BsonValue;
}

function ranked(summary: string, end: 'first' | 'last', amount: 'one' | 'many'): AccumulatorOperator {
  return {
    summary,
    compile(argument, scope, name) {
      const spec = parseN(argument, name, amount === 'many' ? ['output', 'sortBy', 'n'] : ['output', 'sortBy']);
      if (!isDocument(spec.sortBy)) {
        throw new MongoError(5788005, `expected 'sortBy' to already be an object in the arguments to ${name}`);
      }
      const { keyOf, compareKeys, fields } = compileOrder(spec.sortBy, scope);
      for (const field of fields) scope.reads.add(field);
      const output = scope.compile(spec.output!).evaluate;
      const n = scope.compile(amount === 'many' ? spec.n! : 1);
      if (n.constant) countOf(n.evaluate({}));
      const order = (left: Ranked, right: Ranked) => compareKeys(left.key, right.key) || left.sequence - right.sequence;
      const { shared } = scope;
      const wanted = end === 'first' ? order : (left: Ranked, right: Ranked) => order(right, left);
      return () => {
        let kept: Ranked[] = [];
        let most = -1;
        let sequence = 0;
        return {
          add(root) {
            if (most < 0) most = countOf(n.evaluate(root));
            const ranked = { key: keyOf(root), sequence: sequence++, output: output(root) ?? null };
            if (kept.length < most) shared.hold(ranked.output);
            insertOrdered(kept, ranked, most, wanted);
          },
          save: () => ({
            most,
            sequence: double(sequence),
            kept: kept.map((one) => [[...one.key], double(one.sequence), one.output]),
          }),
          restore(saved) {
            const state = saved as Document;
            most = state.most as number;
            sequence = toDouble(state.sequence as BsonNumber);
            kept = (state.kept as [BsonValue[], BsonNumber, BsonValue][]).map(([key, place, value]) => ({
              key,
              sequence: toDouble(place),
              output: value,
            }));
            for (const one of kept) shared.hold(one.output);
          },
          result() {
            if (amount === 'one') return kept[0]?.output ?? null;
            const outputs = kept.map((item) => item.output);
            return end === 'first' ? outputs : outputs.reverse();
          },
        };
      };
    },
  };
}

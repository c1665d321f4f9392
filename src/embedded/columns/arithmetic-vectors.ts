/** Arithmetic on whole batches, with MongoDB's rules for the types of results. What would be unusual is REFUSED. */
import type { Batch } from './batch.ts';
import { DOUBLE, INT, LONG, NOT_A_NUMBER, NULLISH, REFUSED } from './codebook.ts';
import { NumberVector } from './vectors.ts';

export type BinaryOperator = '$add' | '$subtract' | '$multiply' | '$divide';

export class ArithmeticVector extends NumberVector {
  readonly #operator: BinaryOperator;
  readonly #left: NumberVector;
  readonly #right: NumberVector;

  constructor(operator: BinaryOperator, left: NumberVector, right: NumberVector) {
    super();
    this.#operator = operator;
    this.#left = left;
    this.#right = right;
  }

  protected work(batch: Batch): void {
    this.#left.load(batch);
    this.#right.load(batch);
    const { values, kinds } = this;
    const left = this.#left.values;
    const right = this.#right.values;
    const leftKinds = this.#left.kinds;
    const rightKinds = this.#right.kinds;
    const operator = this.#operator;
    for (let k = 0; k < batch.count; k++) {
      const leftKind = leftKinds[k]!;
      const rightKind = rightKinds[k]!;
      const a = left[k]!;
      const b = right[k]!;
      if (leftKind >= NOT_A_NUMBER || rightKind >= NOT_A_NUMBER) {
        kinds[k] = REFUSED;
        continue;
      }
      if (leftKind === NULLISH || rightKind === NULLISH) {
        kinds[k] = NULLISH;
        continue;
      }
      if (operator === '$divide') {
        values[k] = a / b;
        kinds[k] = b === 0 ? REFUSED : DOUBLE;
        continue;
      }
      const result = operator === '$multiply' ? a * b : operator === '$add' ? a + b : a - b;
      if (leftKind === DOUBLE || rightKind === DOUBLE) {
        // Sums begin at 0, so that even −0 and −0 come to 0.
        values[k] = operator === '$add' && result === 0 ? 0 : result;
        kinds[k] = DOUBLE;
      } else if (leftKind === INT && rightKind === INT && (result | 0) === result) {
        values[k] = result | 0;
        kinds[k] = INT;
      } else {
        values[k] = result === 0 ? 0 : result;
        kinds[k] = Number.isSafeInteger(result) ? LONG : REFUSED;
      }
    }
  }
}

/** One of two numbers by a condition. */
export class ChosenNumbers extends NumberVector {
  readonly #condition: (batch: Batch) => Uint8Array;
  readonly #yes: NumberVector;
  readonly #no: NumberVector;

  constructor(condition: (batch: Batch) => Uint8Array, yes: NumberVector, no: NumberVector) {
    super();
    this.#condition = condition;
    this.#yes = yes;
    this.#no = no;
  }

  protected work(batch: Batch): void {
    const condition = this.#condition(batch);
    this.#yes.load(batch);
    this.#no.load(batch);
    for (let k = 0; k < batch.count; k++) {
      const chosen = condition[k] === 1 ? this.#yes : this.#no;
      this.values[k] = chosen.values[k]!;
      this.kinds[k] = chosen.kinds[k]!;
    }
  }
}

/** The first number that is not null, else the last. */
export class FirstNumbers extends NumberVector {
  readonly #first: NumberVector;
  readonly #second: NumberVector;

  constructor(first: NumberVector, second: NumberVector) {
    super();
    this.#first = first;
    this.#second = second;
  }

  protected work(batch: Batch): void {
    this.#first.load(batch);
    this.#second.load(batch);
    for (let k = 0; k < batch.count; k++) {
      const chosen = this.#first.kinds[k] === NULLISH ? this.#second : this.#first;
      this.values[k] = chosen.values[k]!;
      this.kinds[k] = chosen.kinds[k]!;
    }
  }
}

/** How the batch's pairs of numbers compare; 2 where they are no plain numbers. Missing sorts before null: not plain. */
export function comparisons(left: NumberVector, right: NumberVector, batch: Batch, into: Int8Array): void {
  left.load(batch);
  right.load(batch);
  for (let k = 0; k < batch.count; k++) {
    const leftKind = left.kinds[k]!;
    const rightKind = right.kinds[k]!;
    const a = left.values[k]!;
    const b = right.values[k]!;
    const plain = leftKind >= INT && leftKind <= LONG && rightKind >= INT && rightKind <= LONG;
    into[k] = !plain ? 2 : a < b ? -1 : a > b ? 1 : a === b ? 0 : 2;
  }
}

import type { RandomStream } from './random.ts';

/**
 * Draws places of a list in proportion to their weights, each in constant time (the alias method of Walker and Vose).
 * Weights are finite and not below 0, with a sum above 0; a place of weight 0 is never drawn. One draw of the stream
 * per choice.
 */
export class WeightedChoice {
  readonly #threshold: Float64Array;
  readonly #alias: Uint32Array;

  constructor(weights: ArrayLike<number>) {
    const count = weights.length;
    let sum = 0;
    for (let at = 0; at < count; at++) sum += weights[at]!;
    if (!(sum > 0)) throw new RangeError('A weighted choice needs at least one weight above 0.');
    this.#threshold = new Float64Array(count);
    this.#alias = new Uint32Array(count);
    const scaled = new Float64Array(count);
    const small: number[] = [];
    const large: number[] = [];
    let heaviest = 0;
    for (let at = 0; at < count; at++) {
      scaled[at] = (weights[at]! * count) / sum;
      if (scaled[at]! > scaled[heaviest]!) heaviest = at;
      (scaled[at]! < 1 ? small : large).push(at);
    }
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!;
      const more = large[large.length - 1]!;
      this.#threshold[less] = scaled[less]!;
      this.#alias[less] = more;
      scaled[more] = scaled[more]! + scaled[less]! - 1;
      if (scaled[more]! < 1) small.push(large.pop()!);
    }
    for (const at of large) this.#threshold[at] = 1;
    // What rounding leaves over: whole columns, except where nothing may be drawn.
    for (const at of small) {
      this.#threshold[at] = weights[at]! > 0 ? 1 : 0;
      this.#alias[at] = heaviest;
    }
  }

  draw(stream: RandomStream): number {
    const point = stream.unit() * this.#threshold.length;
    const column = Math.floor(point);
    return point - column < this.#threshold[column]! ? column : this.#alias[column]!;
  }
}

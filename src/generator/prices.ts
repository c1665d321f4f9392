/**
 * What each product cost in each month: a list price that is revised once a year, in the product's own month, and
 * promotions of a month. The base price is the list price of the newest year. Whole numbers throughout: hundredths of
 * a percent and cents.
 */

import { divideRounded } from '../domain/index.ts';
import type { Assortment } from './assortment.ts';
import type { GenerationConfig } from './config.ts';
import { RandomStream } from './random.ts';
import { WeightedChoice } from './weighted-choice.ts';

/** 1 % is 100 of these. */
const WHOLE_PRICE = 10_000;

export class PriceHistory {
  readonly #firstMonth: number;
  readonly #months: number;
  readonly #cents: Uint32Array;

  /** Months count from year 0: year × 12 + month. Both ends included. */
  constructor(config: GenerationConfig, assortment: Assortment, firstMonth: number, lastMonth: number) {
    this.#firstMonth = firstMonth;
    this.#months = lastMonth - firstMonth + 1;
    this.#cents = new Uint32Array(this.#months * assortment.products.length);
    const { prices, seed } = config;
    const drift = new RandomStream(seed, 'prices.drift');
    const promotions = new RandomStream(seed, 'prices.promotions');
    const promotionCount = new WeightedChoice(prices.promotions_per_year);
    const deviation = Math.floor(prices.max_deviation_percent * 100);
    const firstYear = Math.floor(firstMonth / 12);
    const lastYear = Math.floor(lastMonth / 12);
    const promotedPercent = new Float64Array(12);

    for (const [number, product] of assortment.products.entries()) {
      const { from, to } = prices.yearly_drift_percent;
      const yearlyDrift = Math.round((from + (to - from) * drift.unit()) * 100);
      const revisionMonth = drift.below(12);
      const open = openForPromotion(prices.promotion_months, assortment.seasons[product.category]!);
      const least = Math.ceil((product.basePriceCents * (WHOLE_PRICE - deviation)) / WHOLE_PRICE);
      const greatest = Math.floor((product.basePriceCents * (WHOLE_PRICE + deviation)) / WHOLE_PRICE);
      for (let year = firstYear; year <= lastYear; year++) {
        promotedPercent.fill(0);
        for (let left = promotionCount.draw(promotions); left > 0; left--) {
          const month = open[promotions.below(open.length)]!;
          const { from: leastPercent, to: greatestPercent } = prices.promotion_percent;
          promotedPercent[month] = Math.round(leastPercent + (greatestPercent - leastPercent) * promotions.unit());
        }
        for (let month = 0; month < 12; month++) {
          const at = year * 12 + month - firstMonth;
          if (at < 0 || at >= this.#months) continue;
          // Before its month of revision a product still has the price of the year before.
          const yearsBack = lastYear - year + (month < revisionMonth && year < lastYear ? 1 : 0);
          const listPrice = Math.max(WHOLE_PRICE - deviation, WHOLE_PRICE - yearlyDrift * yearsBack);
          const cents = divideRounded(
            product.basePriceCents * listPrice * (100 - promotedPercent[month]!),
            WHOLE_PRICE * 100,
          );
          this.#cents[number * this.#months + at] = Math.min(greatest, Math.max(least, cents));
        }
      }
    }
  }

  /** The price of one piece, in cents. */
  at(product: number, month: number): number {
    return this.#cents[product * this.#months + month - this.#firstMonth]!;
  }
}

/** The months in which a category's products may be on promotion. */
function openForPromotion(rule: 'off_season' | 'any', seasons: readonly number[]): number[] {
  const mean = seasons.reduce((sum, multiplier) => sum + multiplier, 0) / seasons.length;
  const months = seasons.map((_, month) => month);
  const quiet = rule === 'any' ? months : months.filter((month) => seasons[month]! < mean);
  return quiet.length > 0 ? quiet : months;
}

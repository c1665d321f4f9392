/**
 * What is in an order: how many products, which ones, how many of each.
 *
 * An order has a category, drawn by the month's seasons or, for some, evenly; most items come from it. Within a category
 * products are drawn by popularity, tilted so that a store's average item costs what its `order_value` asks for. From
 * the second item on, candidates are taken or passed over by how well their type goes with the first item's type.
 */

import type { Assortment } from './assortment.ts';
import type { GenerationConfig } from './config.ts';
import { RandomStream } from './random.ts';
import { WeightedChoice } from './weighted-choice.ts';

/** Draws of one item before the next free product in catalogue order is taken: ends the search in tiny catalogues. */
const DRAWS_PER_ITEM_MAX = 200;

export interface Basket {
  count: number;
  /** By place: the product's number, and how many pieces. Only the first `count` places mean anything. */
  readonly products: Uint32Array;
  readonly quantities: Uint32Array;
}

/** The products of a part of the catalogue, drawn for one store. */
interface Shelf {
  readonly products: readonly number[];
  readonly choice: WeightedChoice;
}

export class Baskets {
  readonly #config: GenerationConfig['baskets'];
  readonly #assortment: Assortment;
  readonly #sizes: RandomStream;
  readonly #sizeChoice: WeightedChoice;
  readonly #categories: RandomStream;
  /** Categories that have products. */
  readonly #sellingCategories: readonly number[];
  readonly #seasonalChoices: readonly WeightedChoice[];
  readonly #scopes: RandomStream;
  readonly #items: RandomStream;
  readonly #quantities: RandomStream;
  readonly #quantityChoice: WeightedChoice;
  /** By store, then category: the category's products, and all others. */
  readonly #inCategory: readonly (readonly (Shelf | undefined)[])[];
  readonly #elsewhere: readonly (readonly (Shelf | undefined)[])[];
  /** By type × types + type: the chance, 0 to 1, that a candidate is taken when the first item is of the first type. */
  readonly #acceptance: Float64Array;
  readonly #basket: Basket;

  /** `orderValues`: by store, how much an average item is worth against the catalogue's own average. */
  constructor(config: GenerationConfig, assortment: Assortment, orderValues: readonly number[]) {
    const { seed, baskets } = config;
    this.#config = baskets;
    this.#assortment = assortment;
    this.#sizes = new RandomStream(seed, 'baskets.sizes');
    this.#categories = new RandomStream(seed, 'baskets.categories');
    this.#scopes = new RandomStream(seed, 'baskets.scopes');
    this.#items = new RandomStream(seed, 'baskets.items');
    this.#quantities = new RandomStream(seed, 'baskets.quantities');
    this.#sizeChoice = new WeightedChoice(baskets.items_per_order);
    this.#quantityChoice = new WeightedChoice(baskets.quantity);
    this.#sellingCategories = [...assortment.productsByCategory.keys()].filter(
      (category) => assortment.productsByCategory[category]!.length > 0,
    );
    this.#seasonalChoices = Array.from({ length: 12 }, (_, month) => {
      return new WeightedChoice(this.#sellingCategories.map((category) => assortment.seasons[category]![month]!));
    });
    const weights = orderValues.map((orderValue) => itemWeights(assortment, orderValue));
    this.#inCategory = weights.map((weightByProduct) =>
      assortment.productsByCategory.map((products) => shelfOf(products, weightByProduct)),
    );
    this.#elsewhere = weights.map((weightByProduct) =>
      assortment.productsByCategory.map((_, category) => {
        const others = assortment.productsByCategory.flatMap((products, other) => (other === category ? [] : products));
        return shelfOf(others, weightByProduct);
      }),
    );
    this.#acceptance = acceptanceOf(assortment, baskets.affinity_strength);
    const itemsMax = baskets.items_per_order.length;
    this.#basket = { count: 0, products: new Uint32Array(itemsMax), quantities: new Uint32Array(itemsMax) };
  }

  /** The next order's basket. The object is the same each time, filled anew. */
  next(store: number, month: number): Basket {
    const basket = this.#basket;
    const category = this.#category(month);
    const inCategory = this.#inCategory[store]![category]!;
    const elsewhere = this.#elsewhere[store]![category];
    const wanted = this.#sizeChoice.draw(this.#sizes) + 1;
    const size = Math.min(wanted, this.#assortment.products.length);
    basket.count = 0;
    let takenInCategory = 0;
    while (basket.count < size) {
      const wantsCategory = this.#scopes.chance(this.#config.same_category_percent);
      const categoryHasMore = takenInCategory < inCategory.products.length;
      const othersHaveMore = elsewhere !== undefined && basket.count - takenInCategory < elsewhere.products.length;
      const isInCategory = (wantsCategory && categoryHasMore) || !othersHaveMore;
      if (isInCategory) takenInCategory++;
      basket.products[basket.count] = this.#item(isInCategory ? inCategory : elsewhere!);
      basket.quantities[basket.count] = this.#quantityChoice.draw(this.#quantities) + 1;
      basket.count++;
    }
    return basket;
  }

  #category(month: number): number {
    const follows = this.#categories.chance(this.#config.season_following_percent);
    const at = follows
      ? this.#seasonalChoices[month]!.draw(this.#categories)
      : this.#categories.below(this.#sellingCategories.length);
    return this.#sellingCategories[at]!;
  }

  #item(shelf: Shelf): number {
    const { products, count } = this.#basket;
    const { types, products: assortmentProducts } = this.#assortment;
    const acceptanceRow = count === 0 ? -1 : assortmentProducts[products[0]!]!.type * types.length;
    for (let draw = 0; draw < DRAWS_PER_ITEM_MAX; draw++) {
      const product = shelf.products[shelf.choice.draw(this.#items)]!;
      if (acceptanceRow >= 0) {
        const acceptance = this.#acceptance[acceptanceRow + assortmentProducts[product]!.type]!;
        if (acceptance < 1 && this.#items.unit() >= acceptance) continue;
        if (this.#holds(product)) continue;
      }
      return product;
    }
    return shelf.products.find((product) => !this.#holds(product))!;
  }

  #holds(product: number): boolean {
    const { products, count } = this.#basket;
    for (let at = 0; at < count; at++) if (products[at] === product) return true;
    return false;
  }
}

function shelfOf(products: readonly number[], weightByProduct: Float64Array): Shelf | undefined {
  if (products.length === 0) return undefined;
  return { products, choice: new WeightedChoice(products.map((product) => weightByProduct[product]!)) };
}

/** Affinities as chances of being taken: the best companions of a type always, the others in proportion. */
function acceptanceOf({ types, affinity }: Assortment, strength: number): Float64Array {
  const count = types.length;
  const acceptance = new Float64Array(count * count);
  for (let anchor = 0; anchor < count; anchor++) {
    let greatest = 0;
    for (let type = 0; type < count; type++) {
      const weight = Math.max(0.01, 1 + strength * (affinity[anchor * count + type]! - 1));
      acceptance[anchor * count + type] = weight;
      greatest = Math.max(greatest, weight);
    }
    for (let type = 0; type < count; type++) acceptance[anchor * count + type]! /= greatest;
  }
  return acceptance;
}

/**
 * By product, the weight with which a store draws it. Each category keeps the weight of its popularities; within it the
 * mean price becomes the category's own mean × `orderValue`, as near as its prices allow.
 */
export function itemWeights(assortment: Assortment, orderValue: number): Float64Array {
  const weights = new Float64Array(assortment.products.length);
  for (const numbers of assortment.productsByCategory) {
    if (numbers.length === 0) continue;
    const popularity = numbers.map((number) => assortment.products[number]!.fromCatalog.popularity);
    const prices = numbers.map((number) => assortment.products[number]!.basePriceCents);
    const tilted = weightsForMeanPrice(popularity, prices, orderValue);
    for (const [at, number] of numbers.entries()) weights[number] = tilted[at]!;
  }
  return weights;
}

const TILT_POWER_LEAST = -4;
const TILT_POWER_GREATEST = 4;

/**
 * Weights of the same sum whose mean price is `ratio` times that of the given ones. Between weight × price^n and
 * weight × price^(n+1), both scaled to one sum, the mean moves in a straight line: find the two whole powers that enclose
 * the wanted mean and mix them. (A real power would need a logarithm, whose last bits differ between engines.)
 */
function weightsForMeanPrice(weights: readonly number[], prices: readonly number[], ratio: number): number[] {
  const sum = total(weights);
  const mean = total(weights.map((weight, at) => weight * prices[at]!)) / sum;
  const wanted = mean * ratio;
  let lower = powerTilt(weights, prices, mean, sum, TILT_POWER_LEAST);
  for (let power = TILT_POWER_LEAST + 1; power <= TILT_POWER_GREATEST; power++) {
    const upper = powerTilt(weights, prices, mean, sum, power);
    if (upper.mean >= wanted) {
      const share =
        upper.mean > lower.mean ? Math.max(0, Math.min(1, (wanted - lower.mean) / (upper.mean - lower.mean))) : 0;
      return lower.weights.map((weight, at) => weight * (1 - share) + upper.weights[at]! * share);
    }
    lower = upper;
  }
  return lower.weights;
}

function powerTilt(weights: readonly number[], prices: readonly number[], mean: number, sum: number, power: number) {
  const tilted = weights.map((weight, at) => {
    const relative = prices[at]! / mean;
    let result = weight;
    for (let left = power; left > 0; left--) result *= relative;
    for (let left = power; left < 0; left++) result /= relative;
    return result;
  });
  const scale = sum / total(tilted);
  const scaled = tilted.map((weight) => weight * scale);
  return { weights: scaled, mean: total(scaled.map((weight, at) => weight * prices[at]!)) / sum };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

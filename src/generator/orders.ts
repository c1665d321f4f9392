/** Orders and their items, in order of time, and what they say about demand. */

import type { Order, OrderItem } from '../domain/index.ts';
import {
  customerIdFromNumber,
  lineAmounts,
  moneyFromCents,
  type ORDER_STATUSES,
  orderIdFromNumber,
  taxCentsFromSubtotalCents,
} from '../domain/index.ts';
import type { Assortment } from './assortment.ts';
import { monthWeightsOf } from './assortment.ts';
import { Baskets } from './baskets.ts';
import { dateWindow, type GenerationConfig } from './config.ts';
import { type CustomerBase, OrderingCustomers } from './customers.ts';
import { IsoTimes } from './iso-time.ts';
import { orderTimes } from './order-times.ts';
import { PriceHistory } from './prices.ts';
import { RandomStream } from './random.ts';
import type { GeneratedStore } from './stores.ts';
import { WeightedChoice } from './weighted-choice.ts';

const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_WEEK = 7 * SECONDS_PER_DAY;

type OrderStatus = (typeof ORDER_STATUSES)[number];

/** How long after the order its state was last changed, in seconds: at least and at most. */
const SETTLED_AFTER: Readonly<Record<OrderStatus, readonly [least: number, greatest: number]>> = {
  completed: [600, 5 * SECONDS_PER_DAY],
  pending: [0, 1800],
  restocked: [2 * SECONDS_PER_DAY, 30 * SECONDS_PER_DAY],
  cancelled: [300, 3 * SECONDS_PER_DAY],
};

export interface OrderWithItems {
  readonly order: Order;
  readonly items: readonly OrderItem[];
}

/** Units sold per store and product in the last weeks before today. */
export class RecentDemand {
  readonly #units: Float64Array;
  readonly #products: number;
  readonly #since: number;
  readonly #weeks: number;

  constructor(config: GenerationConfig, stores: number, products: number) {
    const { startSeconds, todaySeconds } = dateWindow(config);
    this.#units = new Float64Array(stores * products);
    this.#products = products;
    this.#since = Math.max(startSeconds, todaySeconds - config.stock.demand_weeks * SECONDS_PER_WEEK);
    this.#weeks = Math.max(1, (todaySeconds - this.#since) / SECONDS_PER_WEEK);
  }

  add(store: number, product: number, quantity: number, epochSeconds: number): void {
    if (epochSeconds >= this.#since) this.#units[store * this.#products + product]! += quantity;
  }

  unitsPerWeek(store: number, product: number): number {
    return this.#units[store * this.#products + product]! / this.#weeks;
  }
}

export interface OrderParts {
  readonly config: GenerationConfig;
  readonly assortment: Assortment;
  readonly stores: readonly GeneratedStore[];
  readonly customers: CustomerBase;
  /** Filled while the orders are drawn. */
  readonly demand: RecentDemand;
}

/** Every order with its items; `order_1` is the earliest. */
export function* ordersWithItems({
  config,
  assortment,
  stores,
  customers,
  demand,
}: OrderParts): Generator<OrderWithItems> {
  const { seed, counts } = config;
  const { startSeconds, todaySeconds } = dateWindow(config);
  const monthWeights = monthWeightsOf(config.order_times.month_weights, assortment);
  const orderingCustomers = new OrderingCustomers(config, stores, customers);
  const baskets = new Baskets(
    config,
    assortment,
    stores.map((store) => store.orderValue),
  );
  const months = new Months();
  const prices = new PriceHistory(config, assortment, months.of(startSeconds), months.of(todaySeconds));
  const discounts = new Discounts(config);
  const statuses = new Statuses(config);
  const settled = new RandomStream(seed, 'orders.settled');
  const itemIds = new RandomStream(seed, 'order_items.ids');
  const orderedTimes = new IsoTimes();
  const settledTimes = new IsoTimes();

  let number = 0;
  for (const { epochSeconds, month, store } of orderTimes(config, stores, monthWeights)) {
    number++;
    const customer = orderingCustomers.draw(store, epochSeconds);
    const basket = baskets.next(store, month);
    const status = statuses.draw((number - 0.5) / counts.orders);
    const orderId = orderIdFromNumber(number);
    const { storeId, config: storeConfig } = stores[store]!;
    const orderDate = orderedTimes.of(epochSeconds);
    const priceMonth = months.of(epochSeconds);
    const items: OrderItem[] = [];
    let subtotalCents = 0;
    let discountTotalCents = 0;
    for (let at = 0; at < basket.count; at++) {
      const productNumber = basket.products[at]!;
      const quantity = basket.quantities[at]!;
      const product = assortment.products[productNumber]!;
      const unitPriceCents = prices.at(productNumber, priceMonth);
      const discountPercent = discounts.draw();
      const { discountCents, lineTotalCents } = lineAmounts(quantity, unitPriceCents, discountPercent);
      subtotalCents += lineTotalCents;
      discountTotalCents += discountCents;
      if (status !== 'cancelled') demand.add(store, productNumber, quantity, epochSeconds);
      const itemId = itemIds.uuid();
      items.push({
        _id: itemId,
        order_item_id: itemId,
        order_id: orderId,
        store_id: storeId,
        order_date: orderDate,
        product_id: product.productId,
        sku: product.fromCatalog.sku,
        product_name: product.fromCatalog.name,
        quantity,
        unit_price: moneyFromCents(unitPriceCents),
        discount_percent: discountPercent,
        discount_amount: moneyFromCents(discountCents),
        line_total: moneyFromCents(lineTotalCents),
        created_at: orderDate,
        deleted: false,
      });
    }
    const taxCents = taxCentsFromSubtotalCents(subtotalCents);
    const [least, greatest] = SETTLED_AFTER[status];
    yield {
      order: {
        _id: orderId,
        order_id: orderId,
        customer_id: customerIdFromNumber(customer + 1),
        store_id: storeId,
        customer_name: customers.names[customer]!,
        customer_email: customers.emails[customer]!,
        store_name: storeConfig.name,
        order_date: orderDate,
        status,
        item_count: basket.count,
        subtotal: moneyFromCents(subtotalCents),
        discount_total: moneyFromCents(discountTotalCents),
        tax: moneyFromCents(taxCents),
        total: moneyFromCents(subtotalCents + taxCents),
        created_at: orderDate,
        updated_at: settledTimes.of(Math.min(todaySeconds, epochSeconds + settled.between(least, greatest))),
        deleted: false,
      },
      items,
    };
  }
}

/** Months since year 0, of the UTC date. The month is kept: orders come in order of time. */
class Months {
  #month = 0;
  #from = 0;
  #to = 0;

  of(epochSeconds: number): number {
    if (epochSeconds < this.#from || epochSeconds >= this.#to) {
      const date = new Date(epochSeconds * 1000);
      const year = date.getUTCFullYear();
      const month = date.getUTCMonth();
      this.#month = year * 12 + month;
      this.#from = Date.UTC(year, month, 1) / 1000;
      this.#to = Date.UTC(year, month + 1, 1) / 1000;
    }
    return this.#month;
  }
}

class Discounts {
  readonly #percents: readonly number[];
  readonly #choice: WeightedChoice;
  readonly #stream: RandomStream;
  readonly #discountedPercent: number;

  constructor({ seed, discounts }: GenerationConfig) {
    this.#percents = Object.keys(discounts.percents).map(Number);
    this.#choice = new WeightedChoice(Object.values(discounts.percents));
    this.#stream = new RandomStream(seed, 'discounts');
    this.#discountedPercent = discounts.discounted_items_percent;
  }

  draw(): number {
    if (!this.#stream.chance(this.#discountedPercent)) return 0;
    return this.#percents[this.#choice.draw(this.#stream)]!;
  }
}

const SETTLED_STATUSES = ['completed', 'restocked', 'cancelled'] as const satisfies readonly OrderStatus[];

/** States by age and chance; see `statuses` in the configuration. */
export class Statuses {
  readonly #stream: RandomStream;
  readonly #settled: WeightedChoice | undefined;
  readonly #newest: number;
  readonly #rampFrom: number;
  readonly #rampTo: number;

  constructor({ seed, statuses }: GenerationConfig) {
    const { pending, pending_newest_percent, pending_ramp_percent } = statuses;
    this.#stream = new RandomStream(seed, 'statuses');
    const weights = SETTLED_STATUSES.map((status) => statuses[status]);
    this.#settled = weights.some((weight) => weight > 0) ? new WeightedChoice(weights) : undefined;
    this.#newest = pending === 0 ? 0 : pending_newest_percent / 100;
    // The ramp's middle lies where a step would: newest × (1 − middle) = pending.
    const middle = pending === 0 ? 1 : 1 - pending / pending_newest_percent;
    this.#rampFrom = middle - pending_ramp_percent / 200;
    this.#rampTo = middle + pending_ramp_percent / 200;
  }

  /** `age`: the order's place among all, from 0 (the oldest) to 1 (the newest). */
  draw(age: number): OrderStatus {
    if (this.#stream.unit() < this.pendingChance(age) || this.#settled === undefined) return 'pending';
    return SETTLED_STATUSES[this.#settled.draw(this.#stream)]!;
  }

  pendingChance(age: number): number {
    if (age >= this.#rampTo) return this.#newest;
    if (age <= this.#rampFrom) return 0;
    return (this.#newest * (age - this.#rampFrom)) / (this.#rampTo - this.#rampFrom);
  }
}

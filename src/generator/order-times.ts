/**
 * When and where orders are made: exactly as many as asked for, in order of time, day by day.
 *
 * Each local day has a weight (year × month × weekday, the year's weight being that of the whole year); the orders are
 * dealt to the days first, then each day's orders get their store and second and are sorted. Days and hours outside the
 * window weigh nothing, so what a partial year lacks goes to the rest.
 */

import { dateWindow, type GenerationConfig } from './config.ts';
import { RandomStream } from './random.ts';
import { WeightedChoice } from './weighted-choice.ts';

const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_HOUR = 3600;

export interface OrderTime {
  /** Since 1970, UTC. */
  epochSeconds: number;
  /** 0 is January, in the stores' local time. */
  month: number;
  /** Place in the list of stores. */
  store: number;
}

/** What a store needs to draw its orders' times. */
export interface OrderingStore {
  readonly isOnline: boolean;
  /** Share of the orders, against the other stores' weights. */
  readonly orderWeight: number;
}

/** A local day, the part of it within the window, and its weight. */
interface Day {
  /** UTC second at which it begins. */
  readonly start: number;
  readonly month: number;
  /** Seconds of the day within the window: from, up to but without. */
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/**
 * Every order's time and store, in order of time. The object that is yielded is the same each time, filled anew.
 * `monthWeights`: how busy each month is per day, January first.
 */
export function* orderTimes(
  config: GenerationConfig,
  stores: readonly OrderingStore[],
  monthWeights: readonly number[],
): Generator<OrderTime> {
  const days = orderDays(config, stores, monthWeights);
  const ordersByDay = new Uint32Array(days.length);
  if (config.counts.orders > 0) {
    const stream = new RandomStream(config.seed, 'orders.days');
    const choice = new WeightedChoice(days.map((day) => day.weight));
    for (let order = 0; order < config.counts.orders; order++) ordersByDay[choice.draw(stream)]!++;
  }

  const storeStream = new RandomStream(config.seed, 'orders.stores');
  const secondStream = new RandomStream(config.seed, 'orders.seconds');
  const wholeDay = new DayDraws(config, stores, 0, SECONDS_PER_DAY);
  const orderTime: OrderTime = { epochSeconds: 0, month: 0, store: 0 };
  for (let at = 0; at < days.length; at++) {
    const day = days[at]!;
    const count = ordersByDay[at]!;
    if (count === 0) continue;
    const isWhole = day.from === 0 && day.to === SECONDS_PER_DAY;
    const draws = isWhole ? wholeDay : new DayDraws(config, stores, day.from, day.to);
    // One number per order, second first, so that sorting numbers sorts the orders.
    const drawn = new Float64Array(count);
    for (let order = 0; order < count; order++) {
      const store = draws.store(storeStream);
      drawn[order] = draws.second(store, secondStream) * stores.length + store;
    }
    drawn.sort();
    orderTime.month = day.month;
    for (let order = 0; order < count; order++) {
      const secondAndStore = drawn[order]!;
      orderTime.store = secondAndStore % stores.length;
      orderTime.epochSeconds = day.start + (secondAndStore - orderTime.store) / stores.length;
      yield orderTime;
    }
  }
}

/** The days of the window with their weights; also what the tests compare the orders with. */
export function orderDays(
  config: GenerationConfig,
  stores: readonly OrderingStore[],
  monthWeights: readonly number[],
): Day[] {
  const { startSeconds, todaySeconds } = dateWindow(config);
  const offset = config.dates.utc_offset_hours * SECONDS_PER_HOUR;
  const { year_weights, weekday_weights } = config.order_times;
  const firstDay = Math.floor((startSeconds + offset) / SECONDS_PER_DAY);
  const lastDay = Math.floor((todaySeconds + offset) / SECONDS_PER_DAY);
  const weightOfDay = (date: Date) => monthWeights[date.getUTCMonth()]! * weekday_weights[(date.getUTCDay() + 6) % 7]!;
  const weightOfWholeYear = new Map<number, number>();
  const wholeYear = (year: number): number => {
    let sum = weightOfWholeYear.get(year);
    if (sum === undefined) {
      sum = 0;
      for (let date = new Date(Date.UTC(year, 0, 1)); date.getUTCFullYear() === year; date = nextDay(date))
        sum += weightOfDay(date);
      weightOfWholeYear.set(year, sum);
    }
    return sum;
  };
  const wholeDayWeight = new DayDraws(config, stores, 0, SECONDS_PER_DAY).weight;

  const days: Day[] = [];
  for (let epochDay = firstDay; epochDay <= lastDay; epochDay++) {
    const date = new Date(epochDay * SECONDS_PER_DAY * 1000);
    const year = date.getUTCFullYear();
    const start = epochDay * SECONDS_PER_DAY - offset;
    const from = Math.max(0, startSeconds - start);
    const to = Math.min(SECONDS_PER_DAY, todaySeconds + 1 - start);
    const isWhole = from === 0 && to === SECONDS_PER_DAY;
    const part = isWhole ? 1 : new DayDraws(config, stores, from, to).weight / wholeDayWeight;
    const weight = (yearWeight(year_weights, year) * weightOfDay(date) * part) / wholeYear(year);
    days.push({ start, month: date.getUTCMonth(), from, to, weight });
  }
  // A window in which every store is closed (a night, in a very short test): take its seconds alike.
  if (days.every((day) => day.weight === 0)) return days.map((day) => ({ ...day, weight: day.to - day.from }));
  return days;
}

const nextDay = (date: Date): Date => new Date(date.getTime() + SECONDS_PER_DAY * 1000);

/** A year that isn't listed is as busy as the nearest one that is. */
export function yearWeight(weights: Readonly<Record<string, number>>, year: number): number {
  let nearest = Number.NaN;
  for (const key of Object.keys(weights)) {
    const listed = Number(key);
    if (Number.isNaN(nearest) || Math.abs(listed - year) < Math.abs(nearest - year)) nearest = listed;
  }
  return weights[nearest]!;
}

/** Draws stores and seconds of a day, or of the part of it from second `from` up to but without `to`. */
class DayDraws {
  /** How much of a day's business falls into the part: a sum over the stores. */
  readonly weight: number;
  readonly #stores: WeightedChoice;
  readonly #hours: (WeightedChoice | undefined)[];
  readonly #from: number;
  readonly #to: number;

  constructor(config: GenerationConfig, stores: readonly OrderingStore[], from: number, to: number) {
    this.#from = from;
    this.#to = to;
    const { store_hour_weights, online_hour_weights } = config.order_times;
    const hoursOf = (wholeDay: readonly number[]) => {
      const sum = wholeDay.reduce((total, weight) => total + weight, 0);
      return wholeDay.map((weight, hour) => (weight * this.#secondsOfHour(hour)) / (SECONDS_PER_HOUR * sum));
    };
    const inStores = hoursOf(store_hour_weights);
    const online = hoursOf(online_hour_weights);
    const weightOf = (hours: readonly number[]) => hours.reduce((total, weight) => total + weight, 0);
    const storeWeights = stores.map((store) => store.orderWeight * weightOf(store.isOnline ? online : inStores));
    this.weight = storeWeights.reduce((total, weight) => total + weight, 0);
    this.#stores = new WeightedChoice(this.weight > 0 ? storeWeights : stores.map((store) => store.orderWeight));
    const storeChoice = weightOf(inStores) > 0 ? new WeightedChoice(inStores) : undefined;
    const onlineChoice = weightOf(online) > 0 ? new WeightedChoice(online) : undefined;
    this.#hours = stores.map((store) => (store.isOnline ? onlineChoice : storeChoice));
  }

  #secondsOfHour(hour: number): number {
    const from = Math.max(this.#from, hour * SECONDS_PER_HOUR);
    const to = Math.min(this.#to, (hour + 1) * SECONDS_PER_HOUR);
    return Math.max(0, to - from);
  }

  store(stream: RandomStream): number {
    return this.#stores.draw(stream);
  }

  second(store: number, stream: RandomStream): number {
    const choice = this.#hours[store];
    if (choice === undefined) return this.#from + stream.below(this.#to - this.#from);
    const hour = choice.draw(stream);
    return Math.max(this.#from, hour * SECONDS_PER_HOUR) + stream.below(this.#secondsOfHour(hour));
  }
}

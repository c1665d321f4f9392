/** The customers: who they are, when they joined, how often they order, and the draw of an order's customer. */

import type { Customer } from '../domain/index.ts';
import { customerIdFromNumber } from '../domain/index.ts';
import { dateWindow, type GenerationConfig } from './config.ts';
import { IsoTimes } from './iso-time.ts';
import { emailOf, Names, phoneNumber, Streets } from './people/people.ts';
import { RandomStream } from './random.ts';
import type { GeneratedStore } from './stores.ts';
import { WeightedChoice } from './weighted-choice.ts';

const SECONDS_PER_DAY = 86_400;

/** What orders need to know of all customers. Customers are numbered in the order in which they joined, from 0. */
export interface CustomerBase {
  readonly count: number;
  readonly joinedSeconds: Float64Array;
  readonly primaryStore: Uint16Array;
  /** How often they order, against each other. */
  readonly orderWeight: Uint32Array;
  readonly names: readonly string[];
  readonly emails: readonly string[];
  readonly firstNames: readonly string[];
  readonly lastNames: readonly string[];
}

export function customerBaseOf(config: GenerationConfig, stores: readonly GeneratedStore[]): CustomerBase {
  const { seed, customers, counts } = config;
  const count = counts.customers;
  const storeStream = new RandomStream(seed, 'customers.stores');
  const storeChoice = new WeightedChoice(stores.map((store) => store.customerWeight));
  const groupStream = new RandomStream(seed, 'customers.groups');
  const groupChoice = new WeightedChoice(customers.repeat_groups.map((group) => group.percent));
  const mailStream = new RandomStream(seed, 'people.mail');
  const people = new Names(seed);

  const primaryStore = new Uint16Array(count);
  const orderWeight = new Uint32Array(count);
  const names: string[] = [];
  const emails: string[] = [];
  const firstNames: string[] = [];
  const lastNames: string[] = [];
  for (let customer = 0; customer < count; customer++) {
    const name = people.next();
    firstNames.push(name.first);
    lastNames.push(name.last);
    names.push(`${name.first} ${name.last}`);
    emails.push(emailOf(name, customer + 1, mailStream));
    primaryStore[customer] = storeChoice.draw(storeStream);
    orderWeight[customer] = customers.repeat_groups[groupChoice.draw(groupStream)]!.weight;
  }
  const joinedSeconds = joinTimes(config);
  return { count, joinedSeconds, primaryStore, orderWeight, names, emails, firstNames, lastNames };
}

/** When each customer joined, ascending. At least one did before the first day, so that every order finds a customer. */
function joinTimes(config: GenerationConfig): Float64Array {
  const { joined_before_start_percent, joined_before_start_days } = config.customers;
  const { startSeconds, todaySeconds } = dateWindow(config);
  const count = config.counts.customers;
  const before = Math.max(1, Math.round((count * joined_before_start_percent) / 100));
  const stream = new RandomStream(config.seed, 'customers.joined');
  const times = new Float64Array(count);
  for (let customer = 0; customer < count; customer++) {
    times[customer] =
      customer < before
        ? startSeconds - 1 - stream.below(joined_before_start_days * SECONDS_PER_DAY)
        : startSeconds + stream.below(todaySeconds - startSeconds + 1);
  }
  return times.sort();
}

export function* customerDocuments(
  config: GenerationConfig,
  stores: readonly GeneratedStore[],
  base: CustomerBase,
): Generator<Customer> {
  const { seed, customers } = config;
  const { todaySeconds } = dateWindow(config);
  const phones = new RandomStream(seed, 'people.phones');
  const regions = new RandomStream(seed, 'people.regions');
  const updates = new RandomStream(seed, 'customers.updates');
  const streets = new Streets(seed, customers.address);
  const regionChoices = stores.map(({ config: { customer_regions } }) => {
    return new WeightedChoice(customer_regions.map((region) => region.weight));
  });
  const joinedTimes = new IsoTimes();
  const updatedTimes = new IsoTimes();
  for (let customer = 0; customer < base.count; customer++) {
    const store = base.primaryStore[customer]!;
    const region = stores[store]!.config.customer_regions[regionChoices[store]!.draw(regions)]!;
    const zip = region.zips[regions.below(region.zips.length)]!;
    const joined = base.joinedSeconds[customer]!;
    const createdAt = joinedTimes.of(joined);
    const wasUpdated = updates.chance(customers.updated_percent);
    const updatedAt = wasUpdated ? updatedTimes.of(joined + updates.below(todaySeconds - joined + 1)) : createdAt;
    const id = customerIdFromNumber(customer + 1);
    yield {
      _id: id,
      customer_id: id,
      first_name: base.firstNames[customer]!,
      last_name: base.lastNames[customer]!,
      email: base.emails[customer]!,
      phone: phoneNumber(region.area_code, phones),
      primary_store_id: stores[store]!.storeId,
      created_at: createdAt,
      updated_at: updatedAt,
      address: { street: streets.next(), city: region.city, state: 'WA', zip },
      deleted: false,
    };
  }
}

/**
 * Draws the customer of an order: mostly one whose primary store it is, in proportion to how often they order, and
 * only one who has joined before. Orders must be asked for in order of time.
 */
export class OrderingCustomers {
  readonly #stream: RandomStream;
  readonly #primaryStorePercent: number;
  readonly #everyone: GrowingGroup;
  readonly #byStore: readonly GrowingGroup[];

  constructor(config: GenerationConfig, stores: readonly GeneratedStore[], base: CustomerBase) {
    this.#stream = new RandomStream(config.seed, 'orders.customers');
    this.#primaryStorePercent = config.customers.primary_store_percent;
    const membersByStore: number[][] = stores.map(() => []);
    const everyone: number[] = [];
    for (let customer = 0; customer < base.count; customer++) {
      membersByStore[base.primaryStore[customer]!]!.push(customer);
      everyone.push(customer);
    }
    this.#everyone = new GrowingGroup(base, everyone);
    this.#byStore = membersByStore.map((members) => new GrowingGroup(base, members));
  }

  draw(store: number, epochSeconds: number): number {
    const stream = this.#stream;
    const isOwn = stream.chance(this.#primaryStorePercent);
    const own = this.#byStore[store]!;
    const group = isOwn && own.hasMemberBefore(epochSeconds) ? own : this.#everyone;
    return group.draw(epochSeconds, stream);
  }
}

/** Members in the order in which they joined, with the running sum of their weights: those who have joined are a prefix. */
class GrowingGroup {
  readonly #base: CustomerBase;
  readonly #members: Uint32Array;
  readonly #weightUpTo: Float64Array;
  #joined = 0;

  constructor(base: CustomerBase, members: readonly number[]) {
    this.#base = base;
    this.#members = Uint32Array.from(members);
    this.#weightUpTo = new Float64Array(members.length);
    let sum = 0;
    for (const [at, member] of members.entries()) this.#weightUpTo[at] = sum += base.orderWeight[member]!;
  }

  hasMemberBefore(epochSeconds: number): boolean {
    const members = this.#members;
    while (this.#joined < members.length && this.#base.joinedSeconds[members[this.#joined]!]! < epochSeconds)
      this.#joined++;
    return this.#joined > 0;
  }

  draw(epochSeconds: number, stream: RandomStream): number {
    this.hasMemberBefore(epochSeconds);
    const weightUpTo = this.#weightUpTo;
    const point = stream.below(weightUpTo[this.#joined - 1]!);
    let low = 0;
    let high = this.#joined - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (weightUpTo[middle]! > point) high = middle;
      else low = middle + 1;
    }
    return this.#members[low]!;
  }
}

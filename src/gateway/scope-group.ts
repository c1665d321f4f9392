/**
 * Devices that see the same: what a change means for them is found out once, and the same documents in the same frame go to
 * all of them.
 */
import type { CollectionName, Permissions, Principal } from '../domain/index.ts';
import {
  type CollectionScope,
  type Hlc,
  type Holding,
  type Position,
  type Subscription,
  scopeDigest,
  scopeOf,
} from '../sync/index.ts';
import type { StreamChange } from './channel-effects.ts';
import { PORTION_LIMITS, type PortionLimits, portionsOf } from './portions.ts';
import { type RoutedChanges, routed } from './routing.ts';

/** All changes up to `position`, after those of the batch before it. */
export interface ChangeBatch {
  readonly position: Position;
  /** No stamp of these changes is above it. */
  readonly hlc: Hlc;
  readonly changes: readonly StreamChange[];
}

interface Known {
  readonly batches: readonly ChangeBatch[];
  readonly portions: readonly RoutedChanges[];
}

/** Devices of one group are told the newest batches at about the same time; one that is slow, several in one. */
const KNOWN_MAX = 8;
/** Groups that are remembered; a device keeps its own anyway. */
const GROUPS_MAX = 1_000;

/** What a device of a group asks for, and holds once it has everything. */
export interface WholeScope {
  readonly subscriptions: readonly Subscription[];
  readonly holdings: Readonly<Record<string, Holding>>;
}

export class ScopeGroup {
  readonly scopes: ReadonlyMap<CollectionName, CollectionScope>;
  readonly whole: WholeScope;
  #known: Known[] = [];

  constructor(scopes: ReadonlyMap<CollectionName, CollectionScope>, subscriptions: readonly Subscription[]) {
    this.scopes = scopes;
    const holdings = [...scopes].map(([name, { fingerprint }]) => [name, { state: 'whole' as const, fingerprint }]);
    this.whole = { subscriptions, holdings: Object.fromEntries(holdings) };
  }

  /** Whether a batch means anything to these devices. */
  concerns(batch: ChangeBatch, limits?: PortionLimits): boolean {
    const isNothing = ({ upserts, removals }: RoutedChanges) => upserts.length + removals.length === 0;
    return batch.changes.length > 0 && !this.portions([batch], limits).every(isNothing);
  }

  /** What consecutive batches mean together. The same objects for whoever asks for the same batches. */
  portions(batches: readonly ChangeBatch[], limits: PortionLimits = PORTION_LIMITS): readonly RoutedChanges[] {
    const known = this.#known.find((one) => areSame(one.batches, batches));
    if (known !== undefined) return known.portions;
    const [only] = batches;
    const changes = batches.length === 1 ? (only?.changes ?? []) : batches.flatMap((batch) => batch.changes);
    const portions = portionsOf(routed(this.scopes, changes), limits);
    this.#known = [{ batches, portions }, ...this.#known.slice(0, KNOWN_MAX - 1)];
    return portions;
  }
}

export class ScopeGroups {
  readonly #permissions: Permissions;
  readonly #groups = new Map<string, ScopeGroup>();
  readonly #byDigest = new Map<string, WholeScope>();

  constructor(permissions: Permissions) {
    this.#permissions = permissions;
  }

  groupOf(subscriptions: readonly Subscription[], principal: Principal): ScopeGroup {
    const stores = principal.stores === 'all' ? 'all' : principal.stores.toSorted();
    const key = JSON.stringify([principal.role, stores, subscriptions]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = new ScopeGroup(scopeOf(subscriptions, this.#permissions, principal), subscriptions);
    putBounded(this.#groups, key, group);
    putBounded(this.#byDigest, scopeDigest(subscriptions, group.whole.holdings), group.whole);
    return group;
  }

  /** What a device means that has everything and names it by its digest. */
  wholeOf(digest: string): WholeScope | undefined {
    return this.#byDigest.get(digest);
  }
}

function putBounded<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > GROUPS_MAX && oldest !== undefined) map.delete(oldest);
}

/** Consecutive batches are the same when both ends are; known by the array of their changes. */
function areSame(ones: readonly ChangeBatch[], others: readonly ChangeBatch[]): boolean {
  if (ones.length !== others.length) return false;
  return ones[0]?.changes === others[0]?.changes && ones.at(-1)?.changes === others.at(-1)?.changes;
}

/** What a device holds beside, or instead of, its default scope. Kept in a file, so that it outlives a restart. */
import { z } from 'zod';
import { bothFilters, type Filter, filterSchema } from '../domain/index.ts';
import { type DefaultScopeOptions, defaultScope } from '../edge/index.ts';
import { type Subscription, subscriptionSchema } from '../sync/index.ts';

const DAYS_MAX = 36_500;
const collection = subscriptionSchema.shape.collection;
const days = z.int().min(0).max(DAYS_MAX);

export const scopeSettingsSchema = z.strictObject({
  /** Days of orders with their items. */
  orderDays: days.optional(),
  /** Days of stock movements, and of transfers and warehouse orders that are done. */
  movementDays: days.optional(),
  /** Documents beside the default ones. */
  more: z.array(subscriptionSchema).max(32).default([]),
  /** Collections that the device does without. */
  without: z.array(collection).default([]),
  /** A filter on any field, by collection: only what matches it too is held. */
  narrow: z.partialRecord(collection, filterSchema).default({}),
});

export type ScopeSettings = z.infer<typeof scopeSettingsSchema>;

export const DEFAULT_SCOPE: ScopeSettings = { more: [], without: [], narrow: {} };

export function subscriptionsOf(
  { orderDays, movementDays, more, without, narrow }: ScopeSettings,
  options: Pick<DefaultScopeOptions, 'permissions' | 'principal' | 'storeId' | 'wallClockMs' | 'newestOrderDate'>,
): Subscription[] {
  const wanted = defaultScope({
    ...options,
    ...(orderDays === undefined ? {} : { orderDays }),
    ...(movementDays === undefined ? {} : { movementDays }),
    more,
    without,
  });
  return wanted.map(({ collection: name, where }) => ({ collection: name, where: narrowed(where, narrow[name]) }));
}

const narrowed = (where: Filter, filter: Filter | undefined): Filter =>
  filter === undefined ? where : bothFilters(where, filter);

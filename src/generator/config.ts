/** The generation configuration: `config/generation_config.yaml`, checked as a whole, with overrides from flags and variables. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { isIsoTime, secondsFromIsoTime } from '../domain/index.ts';
import { WORD_MODEL_NAME } from '../embeddings/index.ts';
import { GeneratorError } from './errors.ts';

/** What flags and variables of the environment may set. */
export interface GenerationOverrides {
  readonly numCustomers?: number | undefined;
  readonly numOrders?: number | undefined;
  /** `2020-01-01` */
  readonly startDate?: string | undefined;
  readonly endDate?: string | undefined;
  readonly seed?: number | undefined;
  /** A day (its end is meant), or an instant such as `2026-11-22T16:00:00Z`. */
  readonly today?: string | undefined;
}

export type GenerationConfig = z.infer<typeof configSchema>;
export type StoreConfig = GenerationConfig['stores'][number];

/**
 * Reads and checks a configuration; the default is the repository's. Throws {@link GeneratorError} with every fault at
 * once: the key's path, what was expected there and what stands there.
 */
export function readGenerationConfig(path?: string, overrides: GenerationOverrides = {}): GenerationConfig {
  const file = path ?? defaultConfigPath();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new GeneratorError('CONFIG_NOT_FOUND', `The configuration ${file} can't be read.`, { cause, data: { file } });
  }
  return parseGenerationConfig(text, overrides, file);
}

/** {@link readGenerationConfig} for a text that is at hand. */
export function parseGenerationConfig(
  text: string,
  overrides: GenerationOverrides = {},
  file = 'the configuration',
): GenerationConfig {
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    const at = cause instanceof YAMLParseError ? cause.linePos?.[0] : undefined;
    const place = at === undefined ? file : `${file}, line ${at.line}, column ${at.col}`;
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new GeneratorError('CONFIG_SYNTAX', `${place}: ${reason}`, { cause, data: { file, line: at?.line } });
  }
  return overrideGenerationConfig(checked(raw, 'CONFIG_INVALID', file), overrides);
}

/** The configuration with other counts, dates or seed. */
export function overrideGenerationConfig(
  config: GenerationConfig,
  { numCustomers, numOrders, startDate, endDate, seed, today }: GenerationOverrides,
): GenerationConfig {
  return checked(
    {
      ...config,
      seed: seed ?? config.seed,
      counts: { customers: numCustomers ?? config.counts.customers, orders: numOrders ?? config.counts.orders },
      dates: {
        ...config.dates,
        start_date: startDate ?? config.dates.start_date,
        end_date: endDate ?? config.dates.end_date,
        today: today ?? config.dates.today,
      },
    },
    'OVERRIDE_INVALID',
    'with the overrides',
  );
}

/** The first and the last second that the data set may name, both included. */
export function dateWindow(config: GenerationConfig): { readonly startSeconds: number; readonly todaySeconds: number } {
  const { start_date, end_date, today } = config.dates;
  const endSeconds = secondsFromIsoTime(`${end_date}T23:59:59Z`);
  return {
    startSeconds: secondsFromIsoTime(`${start_date}T00:00:00Z`),
    todaySeconds: today === 'end_date' ? endSeconds : Math.min(endSeconds, lastSecondOf(today)),
  };
}

const lastSecondOf = (dayOrInstant: string): number =>
  secondsFromIsoTime(dayOrInstant.includes('T') ? dayOrInstant : `${dayOrInstant}T23:59:59Z`);

/** The repository's configuration, from sources as well as from the compiled program. */
export function defaultConfigPath(): string {
  const name = join('config', 'generation_config.yaml');
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, name);
    if (existsSync(candidate) || folder === dirname(folder)) return candidate;
  }
}

// ── The schema. Every `error` is the end of the sentence "expected …". ──

const phrase = (error: string) => ({ error });
const POSITIVE = phrase('a number above 0');
const NOT_NEGATIVE = phrase('a number that is not below 0');
const WHOLE = phrase('a whole number that is not below 0');
const WHOLE_POSITIVE = phrase('a whole number above 0');
const PERCENT = phrase('a percentage from 0 to 100');
const TEXT = phrase('a text');
const positive = z.number(POSITIVE).positive(POSITIVE);
const notNegative = z.number(NOT_NEGATIVE).nonnegative(NOT_NEGATIVE);
const whole = z.int(WHOLE).nonnegative(WHOLE);
const wholePositive = z.int(WHOLE_POSITIVE).positive(WHOLE_POSITIVE);
const percent = z.number(PERCENT).min(0, PERCENT).max(100, PERCENT);
const anyNumber = z.number(phrase('a number'));
const text = z.string(TEXT).min(1, TEXT);
const isDay = (value: string) => /^\d{4}-\d\d-\d\d$/.test(value) && isIsoTime(`${value}T00:00:00Z`);
const DAY = phrase('a day such as 2020-01-01');
const day = z.string(DAY).refine(isDay, DAY);
const TODAY = phrase('`end_date`, a day such as 2026-11-22 or an instant such as 2026-11-22T16:00:00Z');
const today = z.string(TODAY).refine((value) => value === 'end_date' || isDay(value) || isIsoTime(value), TODAY);

function weights(length?: number) {
  const error = phrase(length === undefined ? 'a list of weights' : `a list of ${length} weights`);
  const list = z.array(notNegative, error);
  return (length === undefined ? list.min(1, error) : list.length(length, error)).refine(
    (values) => values.some((value) => value > 0),
    phrase('weights of which at least one is above 0'),
  );
}

const range = (within: z.ZodNumber) =>
  z
    .strictObject({ from: within, to: within }, phrase('a map with `from` and `to`'))
    .refine(({ from, to }) => from <= to, phrase('`from` not above `to`'));

const map = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, phrase(`a map with the keys ${Object.keys(shape).join(', ')}`));

// The original application's ids have a UUID's form, but not always its variant bits.
const UUID = phrase('32 hexadecimal digits in lower case, grouped as in a UUID');
const UUID_FORM = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ZIP = phrase('a ZIP code of five digits, in quotation marks');
const zip = z.string(ZIP).regex(/^\d{5}$/, ZIP);

const floorPlanSchema = map({
  shelves_per_aisle: wholePositive,
  bins_per_shelf: wholePositive,
  aisles: z
    .record(text, z.array(text, phrase('a list of category names')), phrase('a map of aisles'))
    .refine((aisles) => Object.keys(aisles).length > 0, phrase('at least one aisle')),
  other: z.array(text, phrase('a list of aisles')).min(1, phrase('at least one aisle')),
}).refine(({ aisles, other }) => other.every((aisle) => aisle in aisles), {
  path: ['other'],
  error: 'names of aisles of this floor plan',
});

const storeConfigSchema = map({
  name: text,
  rls_user_id: z.string(UUID).regex(UUID_FORM, UUID),
  is_online: z.boolean(phrase('true or false')),
  opened: day,
  location: map({ address: text, city: text, zip, latitude: anyNumber, longitude: anyNumber }),
  customer_weight: positive,
  order_frequency: positive,
  order_value: positive,
  customer_regions: z
    .array(
      map({
        city: text,
        area_code: z.int(phrase('a telephone area code')).min(200).max(999),
        weight: positive,
        zips: z.array(zip, phrase('a list of ZIP codes')).min(1, phrase('at least one ZIP code')),
      }),
      phrase('a list of regions'),
    )
    .min(1, phrase('at least one region')),
  floor_plan: floorPlanSchema,
});

const statusesSchema = map({
  completed: percent,
  pending: percent,
  restocked: percent,
  cancelled: percent,
  pending_newest_percent: percent,
  pending_ramp_percent: percent,
})
  .refine(({ completed, pending, restocked, cancelled }) => completed + pending + restocked + cancelled === 100, {
    error: 'states that sum to 100 percent',
  })
  .refine(
    ({ pending, pending_newest_percent, pending_ramp_percent }) => {
      const middle = pending_newest_percent === 0 ? 0 : 1 - pending / pending_newest_percent;
      const half = pending_ramp_percent / 200;
      return pending === 0 || (middle - half >= 0 && middle + half <= 1);
    },
    { error: 'a pending_newest_percent and a pending_ramp_percent between which the pending orders fit' },
  );

const configSchema = map({
  seed: whole,
  counts: map({ customers: wholePositive, orders: whole }),
  dates: map({
    start_date: day,
    end_date: day,
    today,
    utc_offset_hours: z.int(phrase('whole hours from -12 to 14')).min(-12).max(14),
  })
    .refine(({ start_date, end_date }) => start_date <= end_date, {
      path: ['end_date'],
      error: 'a day that is not before start_date',
    })
    .refine(({ start_date, today }) => today === 'end_date' || today.slice(0, 10) >= start_date, {
      path: ['today'],
      error: 'a time that is not before start_date',
    }),
  stores: z
    .array(storeConfigSchema, phrase('a list of stores'))
    .min(1, phrase('at least one store'))
    .refine((stores) => new Set(stores.map(({ name }) => name)).size === stores.length, {
      error: 'stores of different names',
    }),
  order_times: map({
    year_weights: z
      .record(z.string().regex(/^\d{4}$/, phrase('years of four digits')), positive, phrase('a map of years'))
      .refine((years) => Object.keys(years).length > 0, phrase('at least one year')),
    month_weights: z.union([z.literal('catalog_seasons'), weights(12)], phrase('`catalog_seasons` or 12 weights')),
    weekday_weights: weights(7),
    store_hour_weights: weights(24),
    online_hour_weights: weights(24),
  }),
  customers: map({
    joined_before_start_percent: percent,
    joined_before_start_days: wholePositive,
    repeat_groups: z
      .array(map({ name: text, percent, weight: wholePositive }), phrase('a list of groups'))
      .min(1, phrase('at least one group'))
      .refine((groups) => groups.some((group) => group.percent > 0), phrase('a group above 0 percent')),
    primary_store_percent: percent,
    updated_percent: percent,
    address: map({ numbered_street_percent: percent, unit_percent: percent }),
  }),
  baskets: map({
    items_per_order: weights(),
    quantity: weights(),
    season_following_percent: percent,
    same_category_percent: percent,
    affinity_strength: notNegative,
  }),
  discounts: map({
    discounted_items_percent: percent,
    percents: z
      .record(z.string().regex(/^([1-9]\d?|100)$/, phrase('whole percentages')), positive, phrase('a map of weights'))
      .refine((percents) => Object.keys(percents).length > 0, phrase('at least one percentage')),
  }),
  statuses: statusesSchema,
  prices: map({
    max_deviation_percent: percent,
    yearly_drift_percent: range(anyNumber),
    promotions_per_year: weights().refine((list) => list.length <= 13, phrase('at most 13 weights (0 to 12 months)')),
    promotion_percent: range(percent),
    promotion_months: z.enum(['off_season', 'any'], phrase('off_season or any')),
  }),
  stock: map({
    demand_weeks: wholePositive,
    threshold_weeks: positive,
    threshold_units_min: wholePositive,
    reorder_weeks: positive,
    reorder_units_min: wholePositive,
    pack_units: wholePositive,
    low_percent: percent,
    empty_percent_of_low: percent,
    generous_percent: percent,
    generous_orders: wholePositive,
    counted_within_days: wholePositive,
  }).refine(({ low_percent, generous_percent }) => low_percent + generous_percent <= 100, {
    error: 'a low_percent and a generous_percent of at most 100 together',
  }),
  embeddings: map({ model: z.literal(WORD_MODEL_NAME, phrase(WORD_MODEL_NAME)) }),
});

function checked(raw: unknown, code: 'CONFIG_INVALID' | 'OVERRIDE_INVALID', where: string): GenerationConfig {
  const result = configSchema.safeParse(raw);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, raw));
  throw new GeneratorError(code, `The generation configuration (${where}) is not valid:\n  ${faults.join('\n  ')}`, {
    cause: result.error,
    data: { faults },
  });
}

function faultsOf(issue: z.core.$ZodIssue, raw: unknown): string[] {
  const path = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${pathText([...issue.path, key])}: expected no such key, got one (misspelt?)`);
  }
  const value = issue.path.reduce<unknown>(
    (holder, key) => (holder as Record<PropertyKey, unknown> | undefined)?.[key],
    raw,
  );
  const expected = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return [`${path || 'the file'}: expected ${expected}, got ${shortText(value)}`];
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? String(key) : `.${String(key)}`))
    .join('');
}

function shortText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

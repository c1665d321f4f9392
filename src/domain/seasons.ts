export const MONTH_KEYS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;

export type MonthKey = (typeof MONTH_KEYS)[number];

/** How much a month sells of a category, against a plain month (1). A map, so that two editors of two months both keep their work. */
export type Seasons = Readonly<Record<MonthKey, number>>;

export function seasonsFromList(multipliers: readonly number[]): Seasons {
  if (multipliers.length !== MONTH_KEYS.length) {
    throw new RangeError(`A year has 12 multipliers, January first; this list has ${multipliers.length}.`);
  }
  return Object.fromEntries(MONTH_KEYS.map((month, index) => [month, multipliers[index]])) as unknown as Seasons;
}

/** `month` counts from 0 (January), as `Date` does. */
export const seasonOf = (seasons: Seasons, month: number): number => seasons[MONTH_KEYS[month] as MonthKey];

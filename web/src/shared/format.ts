/** How numbers, money and times are written. */

const whole = new Intl.NumberFormat('en-US');
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const shortDollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

const axisDollars = new Intl.NumberFormat('en-US', {
  style: 'currency',
  currency: 'USD',
  notation: 'compact',
  maximumFractionDigits: 1,
});

export const formatCount = (count: number): string => whole.format(count);
export const formatDollars = (amount: number): string => dollars.format(amount);
export const formatShortDollars = (amount: number): string => shortDollars.format(amount);
/** Without a zero after the point, which ticks would repeat. */
export const formatAxisDollars = (amount: number): string => axisDollars.format(amount);
export const formatSeconds = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
export const formatClock = (time: Date): string =>
  time.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit', hour12: false });
/** `2026-11` → "November 2026" */
export const formatMonth = (month: string): string =>
  new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });
/** `2026-11-22T08:14:00Z` → "November 22, 2026" */
export const formatDay = (time: string): string =>
  new Date(time).toLocaleDateString('en-US', { month: 'long', day: 'numeric', year: 'numeric', timeZone: 'UTC' });

const money = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
/** With cents: `1299.5` → "$1,299.50" */
export const formatMoney = (amount: number): string => money.format(amount);

export const formatPercent = (fraction: number): string =>
  fraction.toLocaleString('en-US', { style: 'percent', maximumFractionDigits: 0 });

/** With its sign: `3` → "+3", `-2` → "−2" */
export const formatSigned = (units: number): string =>
  units > 0 ? `+${whole.format(units)}` : units < 0 ? `−${whole.format(-units)}` : '0';

/** `2026-11-22T08:14:00Z` → "Nov 22, 08:14", in the reader's time zone. */
export const formatMoment = (time: string | number): string =>
  new Date(time).toLocaleString('en-US', {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });

const STEPS = [
  [60_000, 1_000, 'second'],
  [3_600_000, 60_000, 'minute'],
  [86_400_000, 3_600_000, 'hour'],
  [Number.POSITIVE_INFINITY, 86_400_000, 'day'],
] as const;

/** `125000` → "2 minutes" */
export function formatAge(ageMs: number): string {
  if (ageMs < 5_000) return 'a moment';
  const [, unitMs, unit] = STEPS.find(([below]) => ageMs < below) ?? STEPS[3];
  const count = Math.max(1, Math.floor(ageMs / unitMs));
  return `${whole.format(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** `2026-11-22T08:14:00Z` → "3 minutes ago" */
export const formatAgo = (time: string | number, nowMs: number): string =>
  `${formatAge(Math.max(0, nowMs - new Date(time).getTime()))} ago`;

/** Two or more words as people list them: "a, b and c". */
const listOf = new Intl.ListFormat('en-US', { type: 'conjunction' });
export const formatList = (words: readonly string[]): string => listOf.format(words);

/** Recency, frequency and money (RFM): each in fifths of all buyers, and the names that shops give to their combinations. */
import type { SegmentRow } from '../../domain/index.ts';
import { cents } from './query.ts';

export interface Buyer {
  /** Time of the last order. */
  readonly last: string;
  readonly orders: number;
  readonly sales: number;
}

const FIFTHS = 5;

type Scores = { readonly recency: number; readonly frequency: number; readonly money: number };

/** The first that holds names the segment. 5 is the latest, the most often, the most. */
const SEGMENTS: readonly (readonly [name: string, meaning: string, holds: (scores: Scores) => boolean])[] = [
  ['champions', 'Bought lately, often and much', (of) => of.recency >= 4 && of.frequency >= 4 && of.money >= 4],
  ['loyal', 'Buy often, and not long ago', (of) => of.recency >= 3 && of.frequency >= 4],
  ['new', 'Bought lately, and hardly before', (of) => of.recency === 5 && of.frequency <= 2],
  ['promising', 'Not long ago, not yet often', (of) => of.recency >= 3],
  ['cannot_lose', 'Bought often and much, long ago', (of) => of.frequency >= 4 && of.money >= 4],
  ['at_risk', 'Bought more than once, long ago', (of) => of.frequency >= 3],
  ['sleeping', 'Bought little, long ago', () => true],
];

export function segmentsOf(buyers: readonly Buyer[]): SegmentRow[] {
  const recency = fifthsOf(buyers.map(({ last }) => last));
  const frequency = fifthsOf(buyers.map(({ orders }) => orders));
  const money = fifthsOf(buyers.map(({ sales }) => sales));
  const sums = new Map(SEGMENTS.map(([name]) => [name, { customers: 0, orders: 0, sales: 0 }]));
  for (const { last, orders, sales } of buyers) {
    const scores = { recency: recency(last), frequency: frequency(orders), money: money(sales) };
    const [name] = SEGMENTS.find(([, , holds]) => holds(scores)) as (typeof SEGMENTS)[number];
    const sum = sums.get(name) as { customers: number; orders: number; sales: number };
    sum.customers++;
    sum.orders += orders;
    sum.sales += sales;
  }
  return SEGMENTS.map(([segment, meaning]) => {
    const { customers, orders, sales } = sums.get(segment) as { customers: number; orders: number; sales: number };
    const percent = buyers.length === 0 ? 0 : Math.round((customers / buyers.length) * 1000) / 10;
    return { segment, meaning, customers, percent, orders, sales: cents(sales) };
  });
}

/** Equal values get the same fifth, however many there are: half of all customers may have bought once. */
function fifthsOf<Value extends string | number>(values: readonly Value[]): (value: Value) => number {
  const sorted = values.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const edges = Array.from(
    { length: FIFTHS - 1 },
    (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / FIFTHS)],
  );
  return (value) => 1 + edges.filter((edge) => edge !== undefined && value >= edge).length;
}

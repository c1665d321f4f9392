/** Intervals in explain's notation: `[5, 10)`, `["a", "b")`, `[MinKey, MaxKey]`. */
import { type BsonValue, Double, MaxKey, MinKey } from '../bson/values.ts';
import { show } from '../query/show.ts';
import type { Interval } from './intervals.ts';

export type IntervalText = string;

export function describeInterval({ low, high }: Interval, reverse: boolean): IntervalText {
  const [first, second] = reverse ? [high, low] : [low, high];
  return `${first.inclusive ? '[' : '('}${text(first.value)}, ${text(second.value)}${second.inclusive ? ']' : ')'}`;
}

function text(value: BsonValue): string {
  if (value instanceof MinKey) return 'MinKey';
  if (value instanceof MaxKey) return 'MaxKey';
  const number = value instanceof Double ? value.value : value;
  if (number === Number.POSITIVE_INFINITY) return 'inf.0';
  if (number === Number.NEGATIVE_INFINITY) return '-inf.0';
  return show(value);
}

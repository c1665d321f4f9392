import { double } from '../../bson/arithmetic.ts';
import type { BsonValue } from '../../bson/values.ts';

/** Preferred numbers of one decade. Sources: Renard (ISO 3), IEC 60063, and MongoDB's 1-2-5. */
const series: Readonly<Record<string, readonly number[]>> = {
  '1-2-5': [1, 2, 5],
  E6: [1, 1.5, 2.2, 3.3, 4.7, 6.8],
  E12: [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2],
  E24: [
    1, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2, 2.2, 2.4, 2.7, 3, 3.3, 3.6, 3.9, 4.3, 4.7, 5.1, 5.6, 6.2, 6.8, 7.5, 8.2, 9.1,
  ],
  E48: [
    1, 1.05, 1.1, 1.15, 1.21, 1.27, 1.33, 1.4, 1.47, 1.54, 1.62, 1.69, 1.78, 1.87, 1.96, 2.05, 2.15, 2.26, 2.37, 2.49,
    2.61, 2.74, 2.87, 3.01, 3.16, 3.32, 3.48, 3.65, 3.83, 4.02, 4.22, 4.42, 4.64, 4.87, 5.11, 5.36, 5.62, 5.9, 6.19,
    6.49, 6.81, 7.15, 7.5, 7.87, 8.25, 8.66, 9.09, 9.53,
  ],
  E96: [
    1, 1.02, 1.05, 1.07, 1.1, 1.13, 1.15, 1.18, 1.21, 1.24, 1.27, 1.3, 1.33, 1.37, 1.4, 1.43, 1.47, 1.5, 1.54, 1.58,
    1.62, 1.65, 1.69, 1.74, 1.78, 1.82, 1.87, 1.91, 1.96, 2, 2.05, 2.1, 2.15, 2.21, 2.26, 2.32, 2.37, 2.43, 2.49, 2.55,
    2.61, 2.67, 2.74, 2.8, 2.87, 2.94, 3.01, 3.09, 3.16, 3.24, 3.32, 3.4, 3.48, 3.57, 3.65, 3.74, 3.83, 3.92, 4.02,
    4.12, 4.22, 4.32, 4.42, 4.53, 4.64, 4.75, 4.87, 4.99, 5.11, 5.23, 5.36, 5.49, 5.62, 5.76, 5.9, 6.04, 6.19, 6.34,
    6.49, 6.65, 6.81, 6.98, 7.15, 7.32, 7.5, 7.68, 7.87, 8.06, 8.25, 8.45, 8.66, 8.87, 9.09, 9.31, 9.53, 9.76,
  ],
  R5: [1, 1.6, 2.5, 4, 6.3],
  R10: [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8],
  R20: [1, 1.12, 1.25, 1.4, 1.6, 1.8, 2, 2.24, 2.5, 2.8, 3.15, 3.55, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9],
  R40: [
    1, 1.06, 1.12, 1.18, 1.25, 1.32, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2.12, 2.24, 2.36, 2.5, 2.65, 2.8, 3, 3.15, 3.35,
    3.55, 3.75, 4, 4.25, 4.5, 4.75, 5, 5.3, 5.6, 6, 6.3, 6.7, 7.1, 7.5, 8, 8.5, 9, 9.5,
  ],
  R80: [
    1, 1.03, 1.06, 1.09, 1.12, 1.15, 1.18, 1.22, 1.25, 1.28, 1.32, 1.36, 1.4, 1.45, 1.5, 1.55, 1.6, 1.65, 1.7, 1.75,
    1.8, 1.85, 1.9, 1.95, 2, 2.06, 2.12, 2.18, 2.24, 2.3, 2.36, 2.43, 2.5, 2.58, 2.65, 2.72, 2.8, 2.9, 3, 3.07, 3.15,
    3.25, 3.35, 3.45, 3.55, 3.65, 3.75, 3.87, 4, 4.12, 4.25, 4.37, 4.5, 4.62, 4.75, 4.87, 5, 5.15, 5.3, 5.45, 5.6, 5.8,
    6, 6.15, 6.3, 6.5, 6.7, 6.9, 7.1, 7.3, 7.5, 7.75, 8, 8.25, 8.5, 8.75, 9, 9.25, 9.5, 9.75,
  ],
};

export const seriesNames: readonly string[] = [...Object.keys(series), 'POWERSOF2'];

/** The next number of the series that lies strictly above, or strictly below, as boundaries of buckets need it. */
export function roundToSeries(value: number, name: string, direction: 'up' | 'down'): BsonValue {
  if (value === 0) return double(0);
  if (name === 'POWERSOF2') {
    const exponent = direction === 'up' ? Math.floor(Math.log2(value)) + 1 : Math.ceil(Math.log2(value)) - 1;
    return double(2 ** exponent);
  }
  const decade = Math.floor(Math.log10(value));
  const candidates: number[] = [];
  for (let power = decade - 1; power <= decade + 1; power++) {
    // Written as text: 4.7 × 10^−2 computed would not be the double nearest to 0.047.
    for (const number of series[name]!) candidates.push(Number(`${number}e${power}`));
  }
  const found =
    direction === 'up'
      ? candidates.find((candidate) => candidate > value)
      : candidates.findLast((candidate) => candidate < value);
  return double(found ?? value);
}

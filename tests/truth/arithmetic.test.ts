/** [ES4] Numbers, conversions, dates and strings, against models of a few lines. */
import fc from 'fast-check';
import { Decimal128, type Document, Double, Int32, Long } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  computed,
  computedExactly,
  doubleOf,
  fitsInt,
  fitsLong,
  isWhole,
  type Number4,
  type Operation2,
  resultOf,
  same,
  show,
  wholeOf,
} from './model/numbers.ts';
import { exact, isRefused, openEmbedded, outcomeOf, type Peer, withCollection } from './servers.ts';
import { holds, testMs } from './settings.ts';

let peer: Peer;
beforeAll(async () => {
  peer = await openEmbedded();
});

const int = fc
  .oneof(fc.integer({ min: -5, max: 5 }), fc.integer(), fc.constantFrom(2 ** 31 - 1, -(2 ** 31)))
  .map((value) => new Int32(value));
const long = fc
  .oneof(
    fc.bigInt({ min: -5n, max: 5n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 31n, 2n ** 53n + 1n),
  )
  .map((value) => Long.fromBigInt(value));
const double = fc
  .oneof(
    fc.double(),
    fc.integer({ min: -20, max: 20 }).map((value) => value / 4),
    fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 2 ** 63, 1e308, 5e-324, 0.1),
  )
  .map((value) => new Double(value));
const decimal = fc
  .tuple(fc.integer({ min: -999999, max: 999999 }), fc.integer({ min: 0, max: 3 }))
  .map(([digits, places]) => Decimal128.fromString(`${digits}E-${places}`));
const number: fc.Arbitrary<Number4> = fc.oneof(int, long, double);

/** Exact results that round to another double than MongoDB's: a product beyond int64, a sum beyond 2^53. */
const ONCE_FAILED = [
  { name: '$multiply' as const, pairs: [{ x: Long.fromString('9007199254740993'), y: new Int32(2147483647) }] },
  { name: '$add' as const, pairs: [{ x: Long.fromString('9007199254740993'), y: new Double(1) }] },
];

/** One answer per pair of values; the expression reads `$x` and `$y`. */
async function evaluate(expression: Document, pairs: readonly Document[]): Promise<unknown[]> {
  const documents = pairs.map(({ x, y }, at) => ({ at, x, y }));
  const answers = await peer.db
    .aggregate([{ $documents: documents }, { $project: { at: 1, r: expression } }])
    .toArray();
  return answers.map(({ r }) => r);
}

describe('arithmetic', () => {
  test(
    '$add, $subtract and $multiply keep and widen types as MongoDB does',
    async () => {
      const cases = fc.record({
        name: fc.constantFrom<Operation2>('$add', '$subtract', '$multiply'),
        pairs: fc.array(fc.record({ x: number, y: number }), { minLength: 1, maxLength: 10 }),
      });
      await holds(
        'arithmetic of ints, longs and doubles',
        cases,
        { cases: 60, onceFailed: ONCE_FAILED },
        async ({ name, pairs }) => {
          const answers = await evaluate({ [name]: ['$x', '$y'] }, pairs);
          for (const [at, { x, y }] of pairs.entries()) {
            const must = computed(name as '$add', x, y);
            const is = resultOf(answers[at]);
            expect(`${is.type} ${show(is.exact)}`, `${exact(x)} ${name} ${exact(y)}`).toBe(
              `${must.type} ${show(must.exact)}`,
            );
          }
        },
      );
    },
    testMs,
  );

  test(
    'a decimal among the operands makes a decimal, to its last digit',
    async () => {
      const other = fc.oneof(
        int,
        decimal,
        fc.integer({ min: -40, max: 40 }).map((value) => new Double(value / 4)),
      );
      const cases = fc.record({
        name: fc.constantFrom<Operation2>('$add', '$subtract', '$multiply'),
        pairs: fc.array(fc.record({ x: decimal, y: other }), { minLength: 1, maxLength: 10 }),
      });
      await holds('arithmetic of decimals', cases, { cases: 40 }, async ({ name, pairs }) => {
        const answers = await evaluate({ [name]: ['$x', '$y'] }, pairs);
        for (const [at, { x, y }] of pairs.entries()) {
          expect(
            same(resultOf(answers[at]), computedExactly(name as '$add', x, y)),
            `${exact(x)} ${name} ${exact(y)} is ${exact(answers[at])}`,
          ).toBe(true);
        }
      });
    },
    testMs,
  );

  test(
    '$sum of a group is an int, a long or a double, whichever it needs to be',
    async () => {
      await holds('sums', fc.array(fc.oneof(int, long), { maxLength: 8 }), { cases: 50 }, (list) =>
        withCollection(peer.db, async (collection) => {
          await collection.insertMany([...list.map((v) => ({ v })), { v: 'no number' }]);
          const [answer] = await collection
            .aggregate([{ $group: { _id: null, s: { $sum: '$v' }, a: { $avg: '$v' } } }])
            .toArray();
          const total = list.reduce((sum, one) => sum + wholeOf(one), 0n);
          const isInt = list.every((one) => one instanceof Int32) && fitsInt(total);
          const must = fitsLong(total)
            ? resultOf(isInt ? new Int32(Number(total)) : Long.fromBigInt(total))
            : resultOf(new Double(Number(total)));
          expect(same(resultOf(answer!['s']), must), `the sum of ${exact(list)} is ${exact(answer!['s'])}`).toBe(true);
          if (list.length === 0) expect(answer!['a']).toBeNull();
          else
            expect(Number(answer!['a'])).toBeCloseTo(
              Number(total) / list.length,
              -Math.log10(Math.abs(Number(total)) + 1) + 10 < 0 ? -10 : 3,
            );
        }),
      );
    },
    testMs,
  );

  test(
    '$inc and $mul widen an int to a long, and refuse what no long can hold',
    async () => {
      const cases = fc.record({
        name: fc.constantFrom('$inc', '$mul'),
        x: fc.oneof(int, long, double),
        y: fc.oneof(int, long, double),
      });
      await holds('$inc and $mul', cases, { cases: 60 }, ({ name, x, y }) =>
        withCollection(peer.db, async (collection) => {
          await collection.insertOne({ v: x });
          const done = await outcomeOf(() =>
            collection.findOneAndUpdate({}, { [name]: { v: y } }, { returnDocument: 'after' }),
          );
          const hasDouble = !isWhole(x) || !isWhole(y);
          // An update adds doubles as they are; only $add in aggregation rounds the exact sum.
          const must =
            name === '$inc' && hasDouble
              ? resultOf(new Double(doubleOf(x) + doubleOf(y)))
              : computed(name === '$inc' ? '$add' : '$multiply', x, y);
          const isTooLarge = isWhole(x) && isWhole(y) && must.type === 'double';
          if (isTooLarge) expect(isRefused(done) && done.code).toBe(2);
          else if (isRefused(done)) throw new Error(done.message);
          else
            expect(
              same(resultOf(done.result!['v']), must),
              `${exact(x)} ${name} ${exact(y)} is ${exact(done.result!['v'])}`,
            ).toBe(true);
        }),
      );
    },
    testMs,
  );

  test(
    '$toInt, $toLong, $toDouble, $toBool and $toString of numbers convert, or fail with 241',
    async () => {
      const convert = (to: string) => ({ $convert: { input: '$x', to, onError: 'failed' } });
      await holds(
        'conversions of numbers',
        fc.array(number, { minLength: 1, maxLength: 10 }),
        { cases: 50 },
        async (list) => {
          const pairs = list.map((x) => ({ x, y: 0 }));
          const [ints, longs, doubles, bools] = await Promise.all(
            ['int', 'long', 'double', 'bool'].map((to) => evaluate(convert(to), pairs)),
          );
          for (const [at, x] of list.entries()) {
            const value = doubleOf(x);
            const whole = isWhole(x) ? wholeOf(x) : Number.isFinite(value) ? BigInt(Math.trunc(value)) : null;
            const must = {
              int: whole !== null && fitsInt(whole) ? exact(new Int32(Number(whole))) : exact('failed'),
              long: whole !== null && fitsLong(whole) ? exact(Long.fromBigInt(whole)) : exact('failed'),
              double: exact(new Double(value)),
              bool: String(!(value === 0)),
            };
            expect(
              { int: exact(ints![at]), long: exact(longs![at]), double: exact(doubles![at]), bool: String(bools![at]) },
              exact(x),
            ).toEqual(must);
          }
          const [refused] = await Promise.all([
            outcomeOf(() => evaluate({ $toInt: '$x' }, [{ x: new Double(Number.NaN) }])),
          ]);
          expect(isRefused(refused!) && refused.code).toBe(241);
        },
      );
    },
    testMs,
  );

  test(
    '$toInt, $toLong and $toDouble of texts take a number in base ten and nothing else',
    async () => {
      const text = fc.oneof(
        fc.integer().map(String),
        fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
        fc.constantFrom('', ' 1', '1 ', '0x10', '1e3', '-', '+5', '1.', '.5', '1_000', 'NaN', '007', '--1'),
      );
      await holds(
        'conversions of texts',
        fc.array(text, { minLength: 1, maxLength: 10 }),
        { cases: 40 },
        async (list) => {
          const pairs = list.map((x) => ({ x, y: 0 }));
          const ints = await evaluate({ $convert: { input: '$x', to: 'int', onError: 'failed' } }, pairs);
          const longs = await evaluate({ $convert: { input: '$x', to: 'long', onError: 'failed' } }, pairs);
          for (const [at, x] of list.entries()) {
            const whole = /^[+-]?\d+$/.test(x) ? BigInt(x.replace(/^\+/, '')) : null;
            expect(exact(ints[at]), `int of '${x}'`).toBe(
              whole !== null && fitsInt(whole) ? exact(new Int32(Number(whole))) : exact('failed'),
            );
            expect(exact(longs[at]), `long of '${x}'`).toBe(
              whole !== null && fitsLong(whole) ? exact(Long.fromBigInt(whole)) : exact('failed'),
            );
          }
        },
      );
    },
    testMs,
  );
});

describe('dates', () => {
  const date = fc.oneof(
    fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.constantFrom(
      new Date(0),
      new Date(-1),
      new Date('2024-02-29T23:59:59.999Z'),
      new Date('2020-12-31T00:00:00Z'),
      new Date('2021-01-03T12:00:00Z'),
    ),
  );
  const DAY = 86_400_000;

  test(
    'parts, differences, sums and truncations are those of the calendar',
    async () => {
      await holds(
        'dates',
        fc.record({ x: date, y: date, n: fc.integer({ min: -400, max: 400 }) }),
        { cases: 60 },
        async ({ x, y, n }) => {
          const [answer] = await evaluate(
            {
              parts: { $dateToParts: { date: '$x' } },
              weekday: { $dayOfWeek: '$x' },
              dayOfYear: { $dayOfYear: '$x' },
              difference: { $subtract: ['$y', '$x'] },
              days: { $dateDiff: { startDate: '$x', endDate: '$y', unit: 'day' } },
              months: { $dateDiff: { startDate: '$x', endDate: '$y', unit: 'month' } },
              sum: { $add: ['$x', n] },
              later: { $dateAdd: { startDate: '$x', unit: 'day', amount: n } },
              monthsLater: { $dateAdd: { startDate: '$x', unit: 'month', amount: n } },
              day: { $dateTrunc: { date: '$x', unit: 'day' } },
              hour: { $dateTrunc: { date: '$x', unit: 'hour' } },
              text: { $toString: '$x' },
              back: { $toDate: { $toString: '$x' } },
              long: { $toLong: '$x' },
            },
            [{ x, y }],
          );
          const startOfDay = (one: Date) => Math.floor(one.getTime() / DAY);
          const monthOf = (one: Date) => one.getUTCFullYear() * 12 + one.getUTCMonth();
          const month = monthOf(x) + n;
          const lastDay = new Date(Date.UTC(Math.floor(month / 12), (((month % 12) + 12) % 12) + 1, 0)).getUTCDate();
          const monthsLater = new Date(x);
          monthsLater.setUTCFullYear(
            Math.floor(month / 12),
            ((month % 12) + 12) % 12,
            Math.min(x.getUTCDate(), lastDay),
          );
          const must = {
            parts: {
              year: new Int32(x.getUTCFullYear()),
              month: new Int32(x.getUTCMonth() + 1),
              day: new Int32(x.getUTCDate()),
              hour: new Int32(x.getUTCHours()),
              minute: new Int32(x.getUTCMinutes()),
              second: new Int32(x.getUTCSeconds()),
              millisecond: new Int32(x.getUTCMilliseconds()),
            },
            weekday: new Int32(x.getUTCDay() + 1),
            dayOfYear: new Int32(startOfDay(x) - Date.UTC(x.getUTCFullYear(), 0, 1) / DAY + 1),
            difference: Long.fromNumber(y.getTime() - x.getTime()),
            days: Long.fromNumber(startOfDay(y) - startOfDay(x)),
            months: Long.fromNumber(monthOf(y) - monthOf(x)),
            sum: new Date(x.getTime() + n),
            later: new Date(x.getTime() + n * DAY),
            monthsLater,
            day: new Date(startOfDay(x) * DAY),
            hour: new Date(Math.floor(x.getTime() / 3_600_000) * 3_600_000),
            text: x.toISOString(),
            back: x,
            long: Long.fromNumber(x.getTime()),
          };
          for (const [name, value] of Object.entries(must))
            expect(`${name} ${exact((answer as Document)[name])}`).toBe(`${name} ${exact(value)}`);
        },
      );
    },
    testMs,
  );
});

describe('strings', () => {
  const character = fc.constantFrom('a', 'b', 'A', ' ', 'é', 'ß', '\u{1f600}', '\uff5e', '.', '\n');
  const text = fc.array(character, { maxLength: 8 }).map((list) => list.join(''));

  test(
    'are counted, cut, searched and joined by code points or by bytes',
    async () => {
      await holds(
        'strings',
        fc.record({ x: text, y: text, from: fc.nat({ max: 5 }), length: fc.nat({ max: 5 }) }),
        { cases: 60 },
        async ({ x, y, from, length }) => {
          const [answer] = await evaluate(
            {
              concat: { $concat: ['$x', '$y'] },
              points: { $strLenCP: '$x' },
              bytes: { $strLenBytes: '$x' },
              cut: { $substrCP: ['$x', from, length] },
              place: { $indexOfCP: ['$x', '$y'] },
              placeInBytes: { $indexOfBytes: ['$x', '$y'] },
              trimmed: { $trim: { input: '$x' } },
              upper: { $toUpper: '$x' },
              lower: { $toLower: '$x' },
              order: { $cmp: ['$x', '$y'] },
              orderIgnoringCase: { $strcasecmp: ['$x', '$y'] },
              replaced: { $replaceAll: { input: '$x', find: 'a', replacement: '$y' } },
              first: { $replaceOne: { input: '$x', find: 'a', replacement: '$y' } },
              ...(y === '' ? {} : { split: { $split: ['$x', '$y'] } }),
            },
            [{ x, y }],
          );
          const points = [...x];
          const at = x.indexOf(y);
          const upper = (one: string) => one.replace(/[a-z]/g, (letter) => letter.toUpperCase());
          const lower = (one: string) => one.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
          const sign = (a: string, b: string) => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));
          const must = {
            concat: x + y,
            points: new Int32(points.length),
            bytes: new Int32(Buffer.byteLength(x)),
            cut: points.slice(from, from + length).join(''),
            place: new Int32(at < 0 ? -1 : [...x.slice(0, at)].length),
            placeInBytes: new Int32(at < 0 ? -1 : Buffer.byteLength(x.slice(0, at))),
            trimmed: x.trim(),
            upper: upper(x),
            lower: lower(x),
            order: new Int32(sign(x, y)),
            orderIgnoringCase: new Int32(sign(upper(x), upper(y))),
            replaced: x.split('a').join(y),
            first: at === -2 ? x : x.includes('a') ? x.slice(0, x.indexOf('a')) + y + x.slice(x.indexOf('a') + 1) : x,
            ...(y === '' ? {} : { split: x.split(y) }),
          };
          for (const [name, value] of Object.entries(must))
            expect(`${name} ${exact((answer as Document)[name])}`).toBe(`${name} ${exact(value)}`);
        },
      );
    },
    testMs,
  );
});

/** Values of every BSON type, with those that break careless code, and the names and operators that a server listens to. */

import { groupAccumulators } from '../../../src/embedded/aggregation/accumulators/group-accumulators.ts';
import { windowFunctions } from '../../../src/embedded/aggregation/accumulators/window-functions.ts';
import { expressionOperators } from '../../../src/embedded/aggregation/expressions/operators.ts';
import { stageDefinitions } from '../../../src/embedded/aggregation/stages/stages.ts';
import type { Random } from '../random.ts';
import { documentBytes, documentOf, doubleValue, Fields, int64Bytes, Raw, type Wire } from './bson-writer.ts';
import { randomBytes } from './frames.ts';

export const databases = ['fuzz', 'fuzz', 'fuzz', 'fuzz', 'fuzz', 'fuzz', 'fuzz2', 'admin', 'config', 'local'] as const;
const oddDatabases = ['', 'a.b', 'a b', '$external', 'x'.repeat(64), 'ü', 'a\0b', 'Fuzz'] as const;
export const collections = ['c', 'c', 'c', 'd', 'd', 'e', 'view', 'capped', 'series', 'missing'] as const;
const oddCollections = [
  '',
  '.',
  'a.',
  '$cmd',
  '$cmd.aggregate',
  'system.views',
  'system.js',
  'x'.repeat(300),
  'a\0b',
  'a$b',
  'ü',
] as const;
export const fieldNames = [
  'a',
  'b',
  's',
  'n',
  'd',
  'list',
  'o',
  'o.p',
  'list.x',
  'list.0',
  'when',
  '_id',
  'words',
  'long',
] as const;
const oddNames = [
  '',
  '.',
  '..',
  'a.',
  '.a',
  '$',
  '$a',
  '$$a',
  'a.$',
  'a.$[]',
  'a.$[x]',
  '__proto__',
  'constructor',
  'toString',
  '0',
  '-1',
  '4294967296',
  'a\u0001b',
  'ü',
  '\u{1f600}',
  'hasOwnProperty',
  'length',
  'a.b.c.d.e.f.g',
  '$ref',
  '$id',
  '$db',
] as const;

export const stages = Object.keys(stageDefinitions);
export const expressions = expressionOperators.names();
export const accumulators = Object.keys(groupAccumulators);
export const windows = [...Object.keys(windowFunctions), ...accumulators];
export const queryOperators = [
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$not',
  '$and',
  '$or',
  '$nor',
  '$elemMatch',
  '$all',
  '$size',
  '$mod',
  '$type',
  '$regex',
  '$options',
  '$exists',
  '$expr',
  '$jsonSchema',
  '$text',
  '$where',
  '$bitsAllSet',
  '$bitsAnyClear',
  '$comment',
  '$geoWithin',
  '$near',
  '$alwaysTrue',
  '$rand',
  '$sampleRate',
] as const;
export const updateOperators = [
  '$set',
  '$unset',
  '$inc',
  '$mul',
  '$min',
  '$max',
  '$push',
  '$addToSet',
  '$pull',
  '$pullAll',
  '$pop',
  '$rename',
  '$bit',
  '$currentDate',
  '$setOnInsert',
  '$each',
  '$slice',
  '$sort',
  '$position',
] as const;
/** Names of parameters of operators and stages. */
const parameters = [
  'input',
  'as',
  'in',
  'cond',
  'initialValue',
  'vars',
  'inputs',
  'sortBy',
  'field',
  'value',
  'regex',
  'options',
  'find',
  'replacement',
  'to',
  'onError',
  'onNull',
  'date',
  'format',
  'timezone',
  'dateString',
  'unit',
  'binSize',
  'startOfWeek',
  'startDate',
  'endDate',
  'amount',
  'year',
  'month',
  'isoWeekYear',
  'day',
  'hour',
  'n',
  'p',
  'method',
  'if',
  'then',
  'else',
  'branches',
  'default',
  'output',
  'by',
  'alpha',
  'N',
  'from',
  'localField',
  'foreignField',
  'let',
  'pipeline',
  'startWith',
  'connectFromField',
  'connectToField',
  'depthField',
  'maxDepth',
  'restrictSearchWithMatch',
  'groupBy',
  'boundaries',
  'buckets',
  'granularity',
  'range',
  'bounds',
  'step',
  'partitionByFields',
  'partitionBy',
  'path',
  'includeArrayIndex',
  'preserveNullAndEmptyArrays',
  'queryVector',
  'limit',
  'numCandidates',
  'index',
  'exact',
  'into',
  'on',
  'whenMatched',
  'whenNotMatched',
  'newRoot',
  'coll',
  'db',
  'case',
  'size',
  'chars',
  'window',
  'documents',
  'useLongestLength',
  'defaults',
  'locale',
  'strength',
] as const;

const LONG_MAX = 2n ** 63n - 1n;
const strings = [
  '',
  'a',
  'b',
  'abc',
  '$a',
  '$b',
  '$list',
  '$o.p',
  '$$ROOT',
  '$$NOW',
  '$$this',
  '$$value',
  '$$REMOVE',
  '$$CLUSTER_TIME',
  '$',
  '$$',
  '$a.',
  'UTC',
  'America/New_York',
  '+25:99',
  'Mars/Phobos',
  '%Y-%m-%d',
  '%',
  '%Q%',
  'day',
  'week',
  'century',
  'int',
  'date',
  'objectId',
  'approximate',
  'E12',
  'R5',
  '2024-01-01T00:00:00Z',
  '99999-99-99',
  'NaN',
  '1e999',
  '0x10',
  '-',
  'en',
  'xx_YY',
  'simple',
  'ü\u0301',
  '\ud800',
  '\u0000',
  'a\u0000b',
  '(a+)+$',
  '[',
  '\\',
  '(?<=a)b\\1',
  'keep',
  'merge',
  'fail',
  'majority',
  'snapshot',
  'local',
  'moderate',
  'strict',
  '1',
  'true',
  'c',
  'd',
  'fuzz.c',
  'fuzz.d',
  'admin.x',
  'seconds',
  'text',
  '2dsphere',
  'hashed',
  'none',
  'english',
  'forward',
  'queryPlanner',
  'executionStats',
  'required',
  'whenAvailable',
  'updateLookup',
] as const;

/** Draws values; the same random, the same values. */
export class Values {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  database(): string {
    return this.random.pick(this.random.chance(0.97) ? databases : oddDatabases);
  }

  collection(): string {
    return this.random.pick(this.random.chance(0.96) ? collections : oddCollections);
  }

  name(): string {
    return this.random.pick(this.random.chance(0.85) ? fieldNames : oddNames);
  }

  text(): string {
    const chance = this.random.next();
    if (chance < 0.9) return this.random.pick(strings);
    if (chance < 0.99) return String.fromCharCode(this.random.integer(0, 0xffff)).repeat(this.random.integer(0, 60));
    return this.random.pick(['x', ' ', 'ab', 'ü', '\u{1f600}']).repeat(this.random.integer(500, 20_000));
  }

  number(): Wire {
    const { random } = this;
    return random.pick<() => Wire>([
      () => random.integer(-3, 12),
      () => random.pick([0, 1, -1, 2, 0x7fffffff, -0x80000000, 1000, 100_000, 16_777_217]),
      () => random.pick([0n, 1n, -1n, LONG_MAX, -LONG_MAX - 1n, 2n ** 53n, 2n ** 31n, 2n ** 32n]),
      () => doubleValue(random.pick([0, -0, 1, 0.5, -1.5, 1e15, 1e19, 1e100, 1e308, 5e-324, 2 ** 53])),
      () => doubleValue(random.pick([Number.NaN, Infinity, -Infinity])),
      () => new Raw(0x13, randomBytes(random, 16)),
      () => new Raw(0x13, random.pick(decimals)),
    ])();
  }

  scalar(): Wire {
    const { random } = this;
    const chance = random.next();
    if (chance < 0.35) return this.number();
    if (chance < 0.65) return this.text();
    return random.pick<() => Wire>([
      () => null,
      () => random.chance(0.5),
      () =>
        new Raw(
          9,
          int64Bytes(
            random.pick([
              0n,
              1n,
              -1n,
              1_700_000_000_000n,
              8_640_000_000_000_001n,
              LONG_MAX,
              -LONG_MAX - 1n,
              -62_135_596_800_001n,
              253_402_300_800_000n,
            ]),
          ),
        ),
      () => new Raw(7, randomBytes(random, 12)),
      () => this.binary(),
      () =>
        new Raw(
          0x0b,
          Buffer.from(
            `${random.pick(['a', '^a', '(a+)+$', '[', '(?i)A', '\\', 'a{99999}', '(', '\\p{Foo}', '(?:)', '.*.*.*x'])}\0${random.pick(['', 'i', 'imsx', 'u', 's'])}\0`,
          ),
        ),
      () => new Raw(0x11, int64Bytes(random.pick([0n, 1n, LONG_MAX, -1n, 1_700_000_000n << 32n]))),
      () => new Raw(0xff, Buffer.alloc(0)),
      () => new Raw(0x7f, Buffer.alloc(0)),
      () => new Raw(6, Buffer.alloc(0)),
      () => new Raw(0x0d, textBytes('function () { while (true) {} }')),
      () => new Raw(0x0e, textBytes('symbol')),
      () => new Raw(0x0c, Buffer.concat([textBytes('fuzz.c'), Buffer.alloc(12)])),
      () => codeWithScope(),
    ])();
  }

  binary(): Wire {
    const { random } = this;
    const bytes = randomBytes(random, random.pick([0, 1, 4, 15, 16, 17, 100]));
    const head = Buffer.alloc(5);
    head.writeInt32LE(bytes.length, 0);
    head[4] = random.pick([0, 1, 3, 4, 5, 6, 9, 128, 255]);
    return new Raw(5, Buffer.concat([head, bytes]));
  }

  /** Anything, with operators where one may stand. */
  value(depth = 0): Wire {
    const { random } = this;
    const chance = random.next();
    if (depth > 4 || chance < 0.55) return this.scalar();
    if (chance < 0.75) return Array.from({ length: random.integer(0, 4) }, () => this.value(depth + 1));
    return this.document(depth + 1);
  }

  document(depth = 0): Fields {
    const { random } = this;
    return new Fields(
      Array.from({ length: random.integer(0, 4) }, () => {
        const chance = random.next();
        const name =
          chance < 0.5
            ? this.name()
            : chance < 0.75
              ? random.pick(parameters)
              : random.pick(random.pick([stages, expressions, accumulators, queryOperators, updateOperators]));
        return [name, this.value(depth)] as const;
      }),
    );
  }

  /** A field of a document, or a longer way into it. */
  path(): string {
    return `$${this.name()}`;
  }
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(4);
  head.writeInt32LE(bytes.length, 0);
  return Buffer.concat([head, bytes]);
}

function codeWithScope(): Raw {
  const rest = Buffer.concat([textBytes('f'), documentOf(Buffer.alloc(0))]);
  const head = Buffer.alloc(4);
  head.writeInt32LE(rest.length + 4, 0);
  return new Raw(0x0f, Buffer.concat([head, rest]));
}

/** NaN, infinity, the greatest, the smallest, 1E+6000, 0E-6176. */
const decimals = [
  '0000000000000000000000000000007c',
  '00000000000000000000000000000078',
  'ffffffff638e8d37c087adbe09edff5f',
  '01000000000000000000000000000000',
  '0100000000000000000000000000205f',
  '00000000000000000000000000000000',
].map((hex) => Buffer.from(hex, 'hex'));

export const bytesOf = (fields: Fields): Buffer => documentBytes(fields);

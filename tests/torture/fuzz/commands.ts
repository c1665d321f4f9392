/** Commands that are well-formed BSON and hostile or wrong in what they ask. */

import { commands } from '../../../src/embedded/commands/table.ts';
import { doubleValue, Fields, Raw, type Wire } from './bson-writer.ts';
import { accumulators, expressions, queryOperators, stages, updateOperators, type Values, windows } from './values.ts';

const DEPTH_MAX = 4;

type Maker = (values: Values) => Wire;

/** What an argument of this name looks like when it is nearly right. */
const plausible: Readonly<Record<string, Maker>> = {
  aggregate: (v) => (v.random.chance(0.1) ? 1 : v.collection()),
  batchSize: (v) => (v.random.chance(0.7) ? v.random.integer(0, 5) : v.number()),
  collation: (v) =>
    new Fields([
      ['locale', v.random.pick(['en', 'simple', 'de', 'xx', '', 'en_US_POSIX'])],
      ['strength', v.random.integer(0, 6)],
      ...(v.random.chance(0.2) ? [[v.name(), v.scalar()] as const] : []),
    ]),
  cursor: (v): Wire => (v.random.chance(0.8) ? {} : { batchSize: v.number() }),
  cursors: (v) => [v.number(), v.scalar()],
  data: (v) => ({
    failCommands: [v.random.pick(['insert', 'getMore', 'nothing'])],
    errorCode: v.number(),
    [v.random.pick(['errorLabels', 'writeConcernError', 'appName', 'namespace', 'errorExtraInfo'])]: v.value(),
  }),
  deletes: (v) => list(v, () => ({ q: filter(v), limit: v.random.pick([0, 1, 1, 2, -1]), ...extra(v) })),
  definition: (v) =>
    v.random.chance(0.5)
      ? { fields: [{ type: 'vector', path: v.name(), numDimensions: v.number(), similarity: 'cosine' }] }
      : v.document(),
  documents: (v) => list(v, () => v.document()),
  explain: (v) => command(v),
  expireAfterSeconds: (v) => v.number(),
  fields: (v) => projection(v),
  filter,
  findAndModify: (v) => v.collection(),
  getMore: (v) => (v.random.chance(0.5) ? v.number() : BigInt(v.random.integer(1, 2000))),
  hint: (v) =>
    v.random.pick<() => Wire>([
      () => ({ [v.name()]: v.random.pick([1, -1]) }),
      () => 'a_1',
      () => ({ $natural: v.random.pick([1, -1, 0]) }),
      () => v.scalar(),
    ])(),
  index: (v) =>
    v.random.pick<() => Wire>([
      () => '*',
      () => 'a_1',
      () => [v.text(), v.text()],
      () => ({ keyPattern: { a: 1 }, hidden: true, expireAfterSeconds: v.number() }),
      () => v.value(),
    ])(),
  indexes: (v) => list(v, () => indexSpec(v)),
  key: (v) => v.name(),
  let: (v) => new Fields([[v.random.pick(['x', 'y', 'X', '1', '']), expression(v)]]),
  limit: (v) => (v.random.chance(0.7) ? v.random.integer(-3, 10) : v.number()),
  lsid: (v) => ({
    id: new Raw(5, Buffer.concat([Buffer.from([16, 0, 0, 0, 4]), Buffer.alloc(15), Buffer.of(v.random.integer(0, 3))])),
  }),
  max: (v) => ({ [v.name()]: v.scalar() }),
  maxTimeMS: (v) => (v.random.chance(0.7) ? v.random.integer(1, 100) : v.number()),
  min: (v) => ({ [v.name()]: v.scalar() }),
  mode: (v) =>
    v.random.pick<Wire>([
      'off',
      { times: 1 },
      { skip: 1 },
      { activationProbability: 0.5 },
      { times: v.number() },
      v.value(),
    ]),
  nsInfo: (v) => list(v, () => ({ ns: v.random.chance(0.9) ? `fuzz.${v.collection()}` : v.text() })),
  ops: (v) => list(v, () => bulkOperation(v)),
  pipeline,
  projection,
  query: filter,
  readConcern: (v) => ({
    level: v.random.pick(['local', 'majority', 'snapshot', 'linearizable', 'available', 'x']),
    ...(v.random.chance(0.2)
      ? { [v.random.pick(['afterClusterTime', 'atClusterTime', 'provenance'])]: v.scalar() }
      : {}),
  }),
  renameCollection: (v) => `fuzz.${v.collection()}`,
  skip: (v) => (v.random.chance(0.7) ? v.random.integer(0, 5) : v.number()),
  sort: (v) =>
    new Fields(
      Array.from({ length: v.random.integer(0, 4) }, () => [
        v.name(),
        v.random.pick<Wire>([1, -1, 1, -1, { $meta: 'textScore' }, 0, v.scalar()]),
      ]),
    ),
  timeseries: (v) => ({
    timeField: 'when',
    metaField: 'a',
    [v.random.pick(['granularity', 'bucketMaxSpanSeconds', 'x'])]: v.scalar(),
  }),
  to: (v) => `fuzz.${v.collection()}`,
  txnNumber: (v) => BigInt(v.random.integer(0, 5)),
  update: updateOf,
  updates: (v) =>
    list(v, () => ({
      q: filter(v),
      u: updateOf(v),
      ...(v.random.chance(0.3) ? { multi: true } : {}),
      ...(v.random.chance(0.3) ? { upsert: true } : {}),
      ...(v.random.chance(0.2) ? { arrayFilters: [{ x: v.value() }, v.document()] } : {}),
      ...extra(v),
    })),
  validator: (v) => (v.random.chance(0.5) ? filter(v) : { $jsonSchema: v.document() }),
  viewOn: (v) => v.collection(),
  verbosity: (v) => v.random.pick(['queryPlanner', 'executionStats', 'allPlansExecution', 'x']),
  writeConcern: (v) => ({
    w: v.random.pick<Wire>([1, 'majority', 0, 51, -1, v.scalar()]),
    j: v.scalar(),
    wtimeout: v.number(),
  }),
};

const common = [
  'lsid',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'readConcern',
  'writeConcern',
  'maxTimeMS',
  'comment',
  '$readPreference',
  '$clusterTime',
  'apiVersion',
  'apiStrict',
  'stmtId',
] as const;
/** They would end what the witness does, or set a fault on purpose. */
const leftOut = new Set(['killAllSessions']);
const known = commands.filter(({ name }) => !leftOut.has(name));
/** Where the work is done. */
const weighty = known.filter(({ name }) =>
  [
    'aggregate',
    'aggregate',
    'find',
    'update',
    'findAndModify',
    'bulkWrite',
    'createIndexes',
    'create',
    'collMod',
    'count',
    'distinct',
    'explain',
    'insert',
    'delete',
  ].includes(name),
);

export function command(v: Values): Fields {
  const { random } = v;
  const chosen = random.pick(random.chance(0.7) ? weighty : known);
  const entries: (readonly [string, Wire])[] = [];
  const name = random.pick([chosen.name, ...(chosen.aliases ?? [])]);
  const first =
    chosen.arguments[name] === undefined
      ? 1
      : (plausible[name]?.(v) ?? (random.chance(0.95) ? target(v, name) : v.value()));
  entries.push([name, first]);
  for (const argument of Object.keys(chosen.arguments)) {
    if (argument === name || chosen.aliases?.includes(argument) === true || argument === chosen.name) continue;
    // Without its pipeline or documents a command has little to do.
    const isMain = [
      'pipeline',
      'filter',
      'query',
      'update',
      'updates',
      'deletes',
      'documents',
      'indexes',
      'ops',
      'nsInfo',
      'cursor',
      'key',
      'collection',
      'to',
      'mode',
    ].includes(argument);
    if (!random.chance(isMain ? 0.95 : 0.15)) continue;
    const maker = random.chance(0.92) ? plausible[argument] : undefined;
    entries.push([argument, argument === 'collection' ? v.collection() : (maker?.(v) ?? v.value())]);
  }
  for (const argument of common) {
    if (random.chance(0.02))
      entries.push([argument, (random.chance(0.8) ? plausible[argument]?.(v) : undefined) ?? v.value()]);
  }
  if (random.chance(0.01)) entries.push([v.name(), v.value()]);
  entries.push([
    '$db',
    chosen.adminOnly === true || (name === 'bulkWrite' && random.chance(0.95)) ? 'admin' : v.database(),
  ]);
  return new Fields(entries);
}

const strings = new Set(['getLog', 'configureFailPoint', 'dataSize', 'datasize']);
const numbers = new Set([
  'ping',
  'hello',
  'serverStatus',
  'listCollections',
  'listDatabases',
  'dbStats',
  'buildInfo',
  'currentOp',
  'dropDatabase',
  'bulkWrite',
  'listCommands',
  'top',
  'hostInfo',
  'killOp',
]);

function target(v: Values, name: string): Wire {
  if (strings.has(name))
    return v.random.pick(['failCommand', 'global', '*', 'startupWarnings', 'fuzz.c', 'onPrimaryTransactionalWrite']);
  if (numbers.has(name)) return 1;
  return v.collection();
}

function list(v: Values, make: () => Wire): Wire {
  return Array.from({ length: v.random.chance(0.97) ? v.random.integer(0, 3) : v.random.integer(0, 200) }, make);
}

function extra(v: Values): Record<string, Wire> {
  return v.random.chance(0.1)
    ? {
        [v.random.pick(['collation', 'hint', 'c', 'sort', 'x'])]: v.random.chance(0.5)
          ? plausible['collation']!(v)
          : v.value(),
      }
    : {};
}

export function filter(v: Values, depth = 0): Wire {
  const { random } = v;
  return new Fields(
    Array.from({ length: random.integer(depth === 0 ? 0 : 1, 3) }, (): readonly [string, Wire] => {
      const chance = random.next();
      if (chance < 0.25) return [v.name(), v.scalar()];
      if (chance < 0.35 && depth < DEPTH_MAX)
        return [
          random.pick(['$and', '$or', '$nor']),
          Array.from({ length: random.integer(0, 3) }, () => filter(v, depth + 1)),
        ];
      if (chance < 0.45) return ['$expr', expression(v)];
      if (chance < 0.5) return [random.pick(queryOperators), v.value()];
      return [v.name(), new Fields(Array.from({ length: random.integer(1, 2) }, () => predicate(v, depth)))];
    }),
  );
}

function predicate(v: Values, depth: number): readonly [string, Wire] {
  const { random } = v;
  const operator = random.pick(queryOperators);
  if (random.chance(0.15)) return [operator, v.value()];
  switch (operator) {
    case '$in':
    case '$nin':
    case '$all':
      return [operator, Array.from({ length: random.integer(0, 5) }, () => v.scalar())];
    case '$not':
    case '$elemMatch':
      return [
        operator,
        depth > DEPTH_MAX ? {} : random.chance(0.5) ? new Fields([predicate(v, depth + 1)]) : filter(v, depth + 1),
      ];
    case '$mod':
      return [operator, [v.number(), v.number()]];
    case '$type':
      return [operator, random.pick<Wire>(['int', 'number', 'x', 2, -1, 99, [1, 'string'], doubleValue(Number.NaN)])];
    case '$regex':
      return [
        operator,
        random.pick(['^a', 'a.*b', '(a+)+$', '(x+x+)+y', '[', '^(a|aa)+$', '(?=a)\\1', '.{0,1000}.{0,1000}x']),
      ];
    default:
      return [operator, v.scalar()];
  }
}

/** Parameters of the operators that take a document. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  $map: ['input', 'as', 'in'],
  $filter: ['input', 'as', 'cond', 'limit'],
  $reduce: ['input', 'initialValue', 'in'],
  $zip: ['inputs', 'useLongestLength', 'defaults'],
  $let: ['vars', 'in'],
  $cond: ['if', 'then', 'else'],
  $switch: ['branches', 'default'],
  $convert: ['input', 'to', 'onError', 'onNull', 'format'],
  $dateToString: ['date', 'format', 'timezone', 'onNull'],
  $dateFromString: ['dateString', 'format', 'timezone', 'onError', 'onNull'],
  $dateFromParts: ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond', 'timezone'],
  $dateToParts: ['date', 'timezone', 'iso8601'],
  $dateAdd: ['startDate', 'unit', 'amount', 'timezone'],
  $dateSubtract: ['startDate', 'unit', 'amount', 'timezone'],
  $dateDiff: ['startDate', 'endDate', 'unit', 'timezone', 'startOfWeek'],
  $dateTrunc: ['date', 'unit', 'binSize', 'timezone', 'startOfWeek'],
  $regexMatch: ['input', 'regex', 'options'],
  $regexFind: ['input', 'regex', 'options'],
  $regexFindAll: ['input', 'regex', 'options'],
  $replaceAll: ['input', 'find', 'replacement'],
  $replaceOne: ['input', 'find', 'replacement'],
  $trim: ['input', 'chars'],
  $ltrim: ['input', 'chars'],
  $rtrim: ['input', 'chars'],
  $getField: ['field', 'input'],
  $setField: ['field', 'input', 'value'],
  $unsetField: ['field', 'input'],
  $sortArray: ['input', 'sortBy'],
  $firstN: ['input', 'n'],
  $lastN: ['input', 'n'],
  $maxN: ['input', 'n'],
  $minN: ['input', 'n'],
  $topN: ['n', 'output', 'sortBy'],
  $bottomN: ['n', 'output', 'sortBy'],
  $top: ['output', 'sortBy'],
  $bottom: ['output', 'sortBy'],
  $percentile: ['input', 'p', 'method'],
  $median: ['input', 'method'],
  $sigmoid: ['input'],
  $expMovingAvg: ['input', 'N', 'alpha'],
  $derivative: ['input', 'unit'],
  $integral: ['input', 'unit'],
  $shift: ['output', 'by', 'default'],
  $minMaxScaler: ['input', 'min', 'max'],
};

export function expression(v: Values, depth = 0): Wire {
  const { random } = v;
  const chance = random.next();
  if (depth > DEPTH_MAX || chance < 0.25) return random.chance(0.5) ? v.path() : v.scalar();
  if (chance < 0.3) return new Fields([[v.name(), expression(v, depth + 1)]]);
  if (chance < 0.35) return Array.from({ length: random.integer(0, 3) }, () => expression(v, depth + 1));
  return operation(v, random.pick(expressions), depth);
}

function operation(v: Values, operator: string, depth: number): Fields {
  const { random } = v;
  const shape = shapes[operator];
  if (shape !== undefined && random.chance(0.92)) {
    const entries = shape.flatMap((parameter): (readonly [string, Wire])[] =>
      random.chance(0.12) ? [] : [[parameter, parameterOf(v, parameter, depth + 1)]],
    );
    return new Fields([[operator, new Fields(entries)]]);
  }
  const operands = random.pick<() => Wire>([
    () => expression(v, depth + 1),
    () => [expression(v, depth + 1)],
    () => [expression(v, depth + 1), expression(v, depth + 1)],
    () => [expression(v, depth + 1), expression(v, depth + 1), expression(v, depth + 1)],
    () => v.value(),
  ])();
  return new Fields([[operator, operands]]);
}

function parameterOf(v: Values, parameter: string, depth: number): Wire {
  const { random } = v;
  switch (parameter) {
    case 'as':
      return random.pick(['x', 'this', 'X', '', '$x']);
    case 'vars':
      return new Fields([[random.pick(['x', 'y', '1']), expression(v, depth)]]);
    case 'branches':
      return [
        new Fields([
          ['case', expression(v, depth)],
          ['then', expression(v, depth)],
        ]),
      ];
    case 'inputs':
      return [expression(v, depth), [1, 2], v.path()];
    case 'sortBy':
      return random.chance(0.8) ? { [v.name()]: random.pick([1, -1]) } : v.value();
    case 'unit':
      return random.pick(['year', 'quarter', 'month', 'week', 'day', 'hour', 'millisecond', 'x', '$a']);
    case 'method':
      return 'approximate';
    case 'timezone':
      return random.pick(['UTC', 'Europe/Paris', '+05:30', 'Mars', '', '-99:99', '$s']);
    case 'date':
    case 'startDate':
    case 'endDate':
      return random.chance(0.6) ? '$when' : expression(v, depth);
    case 'n':
    case 'amount':
    case 'binSize':
    case 'limit':
      return random.chance(0.5) ? random.integer(0, 5) : v.number();
    default:
      return expression(v, depth);
  }
}

function accumulator(v: Values, names: readonly string[]): Fields {
  return operation(v, v.random.pick(names), 2);
}

export function pipeline(v: Values): Wire {
  const { random } = v;
  if (random.chance(0.02)) return v.value();
  return Array.from({ length: random.chance(0.98) ? random.integer(0, 4) : random.integer(5, 60) }, () => stage(v, 0));
}

function stage(v: Values, depth: number): Wire {
  const { random } = v;
  const name = random.pick(stages);
  if (random.chance(0.08)) return new Fields([[name, v.value()]]);
  const inner = (): Wire => (depth > 1 ? [] : Array.from({ length: random.integer(0, 2) }, () => stage(v, depth + 1)));
  const field = () => v.name();
  const makers: Readonly<Record<string, () => Wire>> = {
    $addFields: () =>
      new Fields([
        [field(), expression(v)],
        [field(), expression(v)],
      ]),
    $set: () => new Fields([[field(), expression(v)]]),
    $project: () => projection(v),
    $match: () => filter(v),
    $group: () =>
      new Fields([
        ['_id', expression(v, 2)],
        ['r', accumulator(v, accumulators)],
        ['q', accumulator(v, accumulators)],
      ]),
    $bucket: () => ({
      groupBy: expression(v, 2),
      boundaries: [v.scalar(), v.scalar(), v.scalar()],
      default: v.scalar(),
      output: { r: accumulator(v, accumulators) },
    }),
    $bucketAuto: () => ({
      groupBy: expression(v, 2),
      buckets: v.number(),
      granularity: random.pick(['R5', 'E192', '1-2-5', 'POWERSOF2', 'x']),
    }),
    $count: () => v.text(),
    $densify: () => ({
      field: field(),
      range: {
        step: v.number(),
        unit: random.pick(['day', 'millisecond', 'x']),
        bounds: random.pick<Wire>(['full', 'partition', [v.scalar(), v.scalar()]]),
      },
      partitionByFields: [field()],
    }),
    $fill: () => ({
      sortBy: { [field()]: 1 },
      output: { [field()]: random.pick<Wire>([{ method: 'linear' }, { method: 'locf' }, { value: v.value() }]) },
    }),
    $facet: () => ({ x: inner(), [random.pick(['y', 'a.b', '$z', ''])]: inner() }),
    $lookup: () => ({
      from: v.collection(),
      ...(random.chance(0.7) ? { localField: field(), foreignField: field() } : {}),
      ...(random.chance(0.4) ? { let: { x: expression(v, 3) }, pipeline: inner() } : {}),
      as: field(),
    }),
    $graphLookup: () => ({
      from: v.collection(),
      startWith: expression(v, 2),
      connectFromField: field(),
      connectToField: field(),
      as: field(),
      maxDepth: v.number(),
      ...(random.chance(0.3) ? { depthField: field(), restrictSearchWithMatch: filter(v) } : {}),
    }),
    $unionWith: () => (random.chance(0.3) ? v.collection() : { coll: v.collection(), pipeline: inner() }),
    $unwind: () =>
      random.chance(0.4)
        ? v.path()
        : { path: v.path(), includeArrayIndex: field(), preserveNullAndEmptyArrays: random.chance(0.5) },
    $limit: () => v.number(),
    $skip: () => v.number(),
    $sample: () => ({ size: v.number() }),
    $sort: () => plausible['sort']!(v),
    $sortByCount: () => expression(v, 2),
    $redact: () => (random.chance(0.6) ? { $cond: [expression(v, 2), '$$DESCEND', '$$PRUNE'] } : expression(v)),
    $replaceRoot: () => ({ newRoot: expression(v) }),
    $replaceWith: () => expression(v),
    $unset: () => (random.chance(0.5) ? field() : [field(), field()]),
    $documents: () => [v.document(), v.document()],
    $out: () => random.pick<Wire>(['e', { db: 'fuzz', coll: v.collection() }, v.value()]),
    $merge: () => ({
      into: random.pick<Wire>(['e', { db: 'fuzz2', coll: 'e' }, v.collection()]),
      on: random.pick<Wire>(['_id', field(), ['a', '_id']]),
      whenMatched: random.pick<Wire>(['merge', 'fail', 'keepExisting', 'replace', inner()]),
      whenNotMatched: random.pick(['insert', 'discard', 'fail']),
    }),
    $setWindowFields: () => ({
      partitionBy: expression(v, 3),
      sortBy: { [field()]: 1 },
      output: {
        r: new Fields([
          ...operation(v, random.pick(windows), 2).entries,
          ...(random.chance(0.6)
            ? [
                [
                  'window',
                  {
                    [random.pick(['documents', 'range'])]: [v.number(), v.number()],
                    ...(random.chance(0.3) ? { unit: 'day' } : {}),
                  },
                ] as const,
              ]
            : []),
        ]),
      },
    }),
    $vectorSearch: () => ({ index: 'v', path: 'list', queryVector: [1, 2, 3], limit: v.number(), exact: true }),
    $changeStream: () => ({
      fullDocument: v.text(),
      [random.pick(['resumeAfter', 'startAfter', 'startAtOperationTime', 'allChangesForCluster'])]: v.value(),
    }),
  };
  return new Fields([[name, makers[name]?.() ?? (random.chance(0.5) ? {} : v.value())]]);
}

export function projection(v: Values): Wire {
  const { random } = v;
  return new Fields(
    Array.from({ length: random.integer(0, 3) }, (): readonly [string, Wire] => [
      v.name(),
      random.pick<() => Wire>([
        () => 1,
        () => 0,
        () => expression(v, 1),
        () => ({ $slice: v.random.chance(0.5) ? v.number() : [v.number(), v.number()] }),
        () => ({ $elemMatch: filter(v, 2) }),
        () => ({ $meta: v.text() }),
        () => v.value(),
      ])(),
    ]),
  );
}

export function updateOf(v: Values): Wire {
  const { random } = v;
  const chance = random.next();
  if (chance < 0.1) return v.document();
  if (chance < 0.25)
    return Array.from(
      { length: random.integer(0, 3) },
      () =>
        new Fields([
          [
            random.pick(['$set', '$unset', '$replaceWith', '$project', '$match']),
            random.chance(0.7) ? new Fields([[v.name(), expression(v)]]) : v.value(),
          ],
        ]),
    );
  return new Fields(
    Array.from({ length: random.integer(1, 3) }, (): readonly [string, Wire] => [
      random.pick(updateOperators),
      new Fields(
        Array.from(
          { length: random.integer(1, 2) },
          () =>
            [
              v.name(),
              random.pick<() => Wire>([
                () => v.number(),
                () => v.scalar(),
                () => v.value(),
                () => ({
                  $each: [v.value(), v.value()],
                  $slice: v.number(),
                  $position: v.number(),
                  $sort: v.random.pick<Wire>([1, -1, { x: 1 }, v.value()]),
                }),
                () => ({ [v.random.pick(['and', 'or', 'xor', '$type', '$in', '$each'])]: v.scalar() }),
              ])(),
            ] as const,
        ),
      ),
    ]),
  );
}

function bulkOperation(v: Values): Wire {
  const at = v.random.pick<Wire>([0, 0, 0, 1, -1, v.scalar()]);
  return v.random.pick<() => Wire>([
    () => ({ insert: at, document: v.document() }),
    () => ({
      update: at,
      filter: filter(v),
      updateMods: updateOf(v),
      multi: v.random.chance(0.3),
      upsert: v.random.chance(0.3),
    }),
    () => ({ delete: at, filter: filter(v), multi: v.random.chance(0.3) }),
    () => v.document(),
  ])();
}

function indexSpec(v: Values): Wire {
  const { random } = v;
  const key = new Fields(
    Array.from(
      { length: random.chance(0.97) ? random.integer(0, 3) : 40 },
      () => [v.name(), random.pick<Wire>([1, -1, 1, 'text', 'hashed', '2dsphere', 0, v.scalar()])] as const,
    ),
  );
  return new Fields([
    ['key', random.chance(0.95) ? key : v.value()],
    ['name', random.chance(0.9) ? `i${random.integer(0, 40)}` : v.scalar()],
    ...Array.from(
      { length: random.chance(0.5) ? 0 : random.integer(1, 2) },
      () =>
        [
          random.pick([
            'unique',
            'sparse',
            'hidden',
            'expireAfterSeconds',
            'partialFilterExpression',
            'collation',
            'weights',
            'default_language',
            'language_override',
            'textIndexVersion',
            'v',
            'background',
            'wildcardProjection',
            'x',
          ]),
          random.chance(0.3) ? filter(v) : v.value(),
        ] as const,
    ),
  ]);
}

import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareValues, compileCollation } from '../../bson/compare.ts';
import { BsonUndefined, type BsonValue, Decimal128, type Document, Double } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import { compileFilter } from '../../query/filter.ts';
import { compileSort } from '../../query/sort.ts';
import { workSpaceOf } from '../../spill/work-space.ts';
import { compileExpression } from '../expressions/compile.ts';
import { compilePipeline } from '../pipeline.ts';
import { compileUpdatePipeline } from '../update-pipeline.ts';
import type { PipelineContext, PipelineSource, SourceRequest } from './stage.ts';

type Collections = Readonly<Record<string, readonly Document[]>>;

/** A source that does what it is asked, the slow way, and remembers what it was asked. */
function sourceOf(collections: Collections, asked: SourceRequest[] = []): PipelineSource {
  return {
    open(namespace, request) {
      asked.push(request);
      const { filter = {}, sort, skip = 0, limit, fields = 'all' } = request;
      const { matches } = compileFilter(filter, { compileExpression: (expression) => compileExpression(expression) });
      let found = (collections[namespace] ?? []).filter(matches);
      if (sort !== undefined) found = found.toSorted(compileSort(sort).compare);
      found = found.slice(skip, limit === undefined ? undefined : skip + limit);
      return fields === 'all' ? found : found.map((document) => pick(document, fields));
    },
  };
}

function pick(document: Document, fields: ReadonlySet<string>): Document {
  return Object.fromEntries(Object.entries(document).filter(([name]) => fields.has(name)));
}

interface Setting extends Partial<PipelineContext> {
  readonly collections?: Collections;
  readonly asked?: SourceRequest[];
}

function compile(stages: readonly Document[], { collections = {}, asked, ...context }: Setting = {}) {
  return compilePipeline(stages, { namespace: 'db.here', source: sourceOf(collections, asked), ...context });
}

function run(stages: readonly Document[], documents: readonly Document[] = [], setting: Setting = {}): Document[] {
  return [...compile(stages, setting).run(documents)];
}

function codeOf(work: () => unknown): number | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof MongoError) return error.code;
    throw error;
  }
  return undefined;
}

describe('stages: [stage, documents, result]', () => {
  test.each<[Document, Document[], Document[]]>([
    [{ $match: { a: { $gt: 1 } } }, [{ a: 1 }, { a: 2 }], [{ a: 2 }]],
    [
      { $match: { $expr: { $gt: ['$a', '$b'] } } },
      [
        { a: 1, b: 2 },
        { a: 3, b: 2 },
      ],
      [{ a: 3, b: 2 }],
    ],
    [{ $project: { a: 1 } }, [{ _id: 1, a: 2, b: 3 }], [{ _id: 1, a: 2 }]],
    [{ $project: { _id: 0, a: 1 } }, [{ _id: 1, a: 2, b: 3 }], [{ a: 2 }]],
    [{ $project: { b: 0 } }, [{ _id: 1, a: 2, b: 3 }], [{ _id: 1, a: 2 }]],
    [{ $project: { _id: 0, sum: { $add: ['$a', '$b'] } } }, [{ _id: 1, a: 2, b: 3 }], [{ sum: 5 }]],
    [{ $project: { 'a.b': 1 } }, [{ a: [{ b: 1, c: 2 }, 5, { c: 3 }] }], [{ a: [{ b: 1 }, {}] }]],
    [{ $project: { a: { b: 0 } } }, [{ a: { b: 1, c: 2 } }], [{ a: { c: 2 } }]],
    [{ $project: { a: { x: '$b' } } }, [{ _id: 1, b: 3 }], [{ _id: 1, a: { x: 3 } }]],
    [{ $project: { 'a.b': 1, 'a.x': '$c' } }, [{ a: [{ b: 1 }, 2], c: 9 }], [{ a: [{ b: 1, x: 9 }, { x: 9 }] }]],
    [{ $addFields: { b: 2 } }, [{ a: 1 }], [{ a: 1, b: 2 }]],
    [{ $set: { 'a.c': '$x' } }, [{ a: { b: 1 }, x: 5 }], [{ a: { b: 1, c: 5 }, x: 5 }]],
    [{ $set: { a: { c: 1 } } }, [{ a: [{ b: 1 }, 2] }], [{ a: [{ b: 1, c: 1 }, { c: 1 }] }]],
    [{ $set: { a: '$$REMOVE' } }, [{ a: 1, b: 2 }], [{ b: 2 }]],
    [{ $set: { a: '$missing' } }, [{ a: 1, b: 2 }], [{ b: 2 }]],
    [{ $set: { a: {} } }, [{ a: 1 }], [{ a: {} }]],
    [{ $unset: 'a' }, [{ a: 1, b: 2 }], [{ b: 2 }]],
    [{ $unset: ['a.b', 'c'] }, [{ a: { b: 1, d: 2 }, c: 3 }], [{ a: { d: 2 } }]],
    [
      { $sort: { a: -1, b: 1 } },
      [{ a: 1 }, { a: 2, b: 2 }, { a: 2, b: 1 }],
      [{ a: 2, b: 1 }, { a: 2, b: 2 }, { a: 1 }],
    ],
    [
      { $sort: { a: 1 } },
      [{ a: 1 }, { a: null }, { a: [] }, { a: 'x' }, {}],
      [{ a: [] }, { a: null }, {}, { a: 1 }, { a: 'x' }],
    ],
    [{ $sort: { a: 1 } }, [{ a: [3, 9] }, { a: 4 }, { a: [1, 10] }], [{ a: [1, 10] }, { a: [3, 9] }, { a: 4 }]],
    [{ $sort: { a: -1 } }, [{ a: [3, 9] }, { a: 4 }, { a: [1, 10] }], [{ a: [1, 10] }, { a: [3, 9] }, { a: 4 }]],
    [{ $limit: 1 }, [{ a: 1 }, { a: 2 }], [{ a: 1 }]],
    [{ $skip: 1 }, [{ a: 1 }, { a: 2 }], [{ a: 2 }]],
    [{ $count: 'n' }, [{}, {}], [{ n: 2 }]],
    [{ $count: 'n' }, [], []],
    [{ $unwind: '$a' }, [{ a: [1, 2] }, { a: [] }, {}, { a: null }, { a: 5 }], [{ a: 1 }, { a: 2 }, { a: 5 }]],
    [
      { $unwind: { path: '$a', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
      [{ a: [7] }, { a: [] }, { b: 1 }, { a: null }],
      [{ a: 7, i: 0n }, { i: null }, { b: 1, i: null }, { a: null, i: null }],
    ],
    [{ $unwind: '$a.b' }, [{ a: { b: [1, 2], c: 3 } }], [{ a: { b: 1, c: 3 } }, { a: { b: 2, c: 3 } }]],
    [
      { $sortByCount: '$a' },
      [{ a: 'x' }, { a: 'y' }, { a: 'y' }],
      [
        { _id: 'y', count: 2 },
        { _id: 'x', count: 1 },
      ],
    ],
    [{ $replaceRoot: { newRoot: '$a' } }, [{ a: { b: 1 } }], [{ b: 1 }]],
    [{ $replaceWith: { $mergeObjects: [{ x: 0 }, '$a'] } }, [{ a: { b: 1 } }], [{ x: 0, b: 1 }]],
    [
      { $redact: { $cond: [{ $eq: ['$level', 5] }, '$$PRUNE', '$$DESCEND'] } },
      [{ level: 1, a: { level: 5 }, b: [{ level: 5 }, { level: 2, c: { level: 5 } }], d: 1 }],
      [{ level: 1, b: [{ level: 2 }], d: 1 }],
    ],
    [{ $documents: [{ a: 1 }, { a: { $add: [1, 1] } }] }, [{ z: 1 }], [{ a: 1 }, { a: 2 }]],
    [
      { $facet: { n: [{ $count: 'n' }], big: [{ $match: { a: { $gt: 1 } } }] } },
      [{ a: 1 }, { a: 2 }],
      [{ n: [{ n: 2 }], big: [{ a: 2 }] }],
    ],
    [
      { $bucket: { groupBy: '$a', boundaries: [0, 5, 10], default: 'other' } },
      [{ a: 1 }, { a: 4 }, { a: 5 }, { a: 10 }],
      [
        { _id: 0, count: 2 },
        { _id: 5, count: 1 },
        { _id: 'other', count: 1 },
      ],
    ],
    [
      { $bucketAuto: { groupBy: '$a', buckets: 2 } },
      [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }],
      [
        { _id: { min: 1, max: 3 }, count: 2 },
        { _id: { min: 3, max: 4 }, count: 2 },
      ],
    ],
    [
      { $densify: { field: 'a', range: { step: 1, bounds: 'full' } } },
      [{ a: 1, x: 1 }, { a: 4 }],
      [{ a: 1, x: 1 }, { a: 2 }, { a: 3 }, { a: 4 }],
    ],
    [
      {
        $densify: {
          field: 'd',
          range: { step: 1, unit: 'month', bounds: [new Date('2024-01-01'), new Date('2024-04-01')] },
        },
      },
      [{ d: new Date('2024-02-01') }],
      [{ d: new Date('2024-01-01') }, { d: new Date('2024-02-01') }, { d: new Date('2024-03-01') }],
    ],
    [
      { $densify: { field: 'a', partitionByFields: ['p'], range: { step: 2, bounds: 'partition' } } },
      [
        { p: 'x', a: 0 },
        { p: 'x', a: 4 },
        { p: 'y', a: 1 },
      ],
      [
        { p: 'x', a: 0 },
        { p: 'x', a: 2 },
        { p: 'x', a: 4 },
        { p: 'y', a: 1 },
      ],
    ],
    [
      { $fill: { sortBy: { t: 1 }, output: { a: { method: 'locf' }, b: { method: 'linear' }, c: { value: 0 } } } },
      [{ t: 1, a: 1, b: 10, c: 5 }, { t: 2 }, { t: 3, a: 3, b: 20 }],
      [
        { t: 1, a: 1, b: 10, c: 5 },
        { t: 2, a: 1, b: new Double(15), c: 0 },
        { t: 3, a: 3, b: 20, c: 0 },
      ],
    ],
  ])('%j', (stage, documents, expected) => {
    expect(run([stage], documents)).toEqual(expected);
  });
});

describe('$group', () => {
  const sales = [
    { store: 'a', month: 1, cents: 100, tag: 'x' },
    { store: 'b', month: 1, cents: 250, tag: 'y' },
    { store: 'a', month: 2, cents: 50, tag: 'x' },
  ];

  test.each<[Document, BsonValue]>([
    [{ $sum: '$cents' }, 400],
    [{ $sum: 1 }, 3],
    [{ $sum: '$nothing' }, 0],
    [{ $count: {} }, 3],
    [{ $avg: '$month' }, 4 / 3],
    [{ $avg: '$nothing' }, null],
    [{ $min: '$cents' }, 50],
    [{ $max: '$tag' }, 'y'],
    [{ $first: '$store' }, 'a'],
    [{ $last: '$cents' }, 50],
    [{ $first: '$nothing' }, null],
    [{ $push: '$cents' }, [100, 250, 50]],
    [{ $push: '$nothing' }, []],
    [{ $push: { c: '$cents' } }, [{ c: 100 }, { c: 250 }, { c: 50 }]],
    [{ $addToSet: '$tag' }, ['x', 'y']],
    [{ $mergeObjects: { tag: '$tag' } }, { tag: 'x' }],
    [{ $stdDevPop: '$month' }, Math.sqrt(2) / 3],
    [{ $top: { sortBy: { cents: -1 }, output: '$store' } }, 'b'],
    [{ $topN: { n: 2, sortBy: { cents: -1 }, output: '$cents' } }, [250, 100]],
    [{ $bottom: { sortBy: { cents: -1 }, output: '$cents' } }, 50],
    [{ $bottomN: { n: 2, sortBy: { cents: 1 }, output: '$cents' } }, [100, 250]],
    [{ $firstN: { n: 2, input: '$cents' } }, [100, 250]],
    [{ $lastN: { n: 2, input: '$cents' } }, [250, 50]],
    [{ $maxN: { n: 2, input: '$cents' } }, [250, 100]],
    [{ $minN: { n: 5, input: '$cents' } }, [50, 100, 250]],
    [{ $median: { input: '$cents', method: 'approximate' } }, new Double(100)],
    [{ $percentile: { input: '$cents', p: [1], method: 'approximate' } }, [new Double(250)]],
  ])('%j', (accumulator, expected) => {
    const [result] = run([{ $group: { _id: null, value: accumulator } }], sales);
    if (typeof expected === 'number' && !Number.isInteger(expected)) expect(result!.value).toBeCloseTo(expected, 12);
    else expect(result).toEqual({ _id: null, value: expected });
  });

  test('values that MongoDB compares as equal are one group, whose key is the first seen', () => {
    const documents: Document[] = [
      { a: 1 },
      { a: 1n },
      { a: new Double(1) },
      { a: Decimal128.fromString('1.0') },
      { a: '1' },
    ];
    expect(run([{ $group: { _id: '$a', n: { $sum: 1 } } }], documents)).toEqual([
      { _id: 1, n: 4 },
      { _id: '1', n: 1 },
    ]);
  });

  test('null and missing are one group as the key itself, and two inside a compound key', () => {
    const documents: Document[] = [{ a: null }, {}];
    expect(run([{ $group: { _id: '$a' } }], documents)).toEqual([{ _id: null }]);
    expect(run([{ $group: { _id: { a: '$a' } } }], documents)).toEqual([{ _id: { a: null } }, { _id: {} }]);
  });

  test('strings that look like the keys of other types stay apart', () => {
    const documents: Document[] = [
      { a: null },
      { a: 'z' },
      { a: '\0z' },
      { a: true },
      { a: 't' },
      { a: '\0t' },
      { a: '\0s\0t' },
    ];
    expect(run([{ $group: { _id: { a: '$a', b: '$a' } } }, { $count: 'n' }], documents)).toEqual([{ n: 7 }]);
  });

  test('a collation groups what it takes for equal', () => {
    const collation = compileCollation({ locale: 'en', strength: 2 });
    expect(run([{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ a: 'x' }, { a: 'X' }], { collation })).toEqual([
      { _id: 'x', n: 2 },
    ]);
  });

  test('sums of whole numbers stay exact and widen when they must', () => {
    const [result] = run([{ $group: { _id: null, s: { $sum: '$a' } } }], [{ a: 2147483647 }, { a: 1 }]);
    expect(result!.s).toBe(2147483648n);
  });

  test('grouping and summing equals a loop', () => {
    const document = fc.record({
      k: fc.oneof(
        fc.constantFrom('a', 'b', '\0', ''),
        fc.integer({ min: 0, max: 3 }),
        fc.constant(null),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(3) }),
      ),
      l: fc.constantFrom('x', 'y', 1, null),
      v: fc.integer({ min: -1000, max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(document, { maxLength: 60 }), (documents) => {
        const expected = new Map<string, number>();
        for (const { k, l, v } of documents) {
          const key = `${typeof k}${k instanceof Date ? k.getTime() : k}|${typeof l}${l}`;
          expected.set(key, (expected.get(key) ?? 0) + v);
        }
        const found = run([{ $group: { _id: { k: '$k', l: '$l' }, s: { $sum: '$v' } } }], documents as Document[]);
        expect(found.map(({ s }) => s)).toEqual([...expected.values()]);
      }),
    );
  });
});

describe('$lookup', () => {
  const collections = {
    'db.products': [
      { _id: 1, name: 'hammer', tags: ['tool', 'steel'] },
      { _id: 2, name: 'nail', tags: ['steel'] },
      { _id: 3, name: 'ghost' },
    ],
  };

  test('joins by equality, element by element where either side is an array; missing equals null', () => {
    const lookup = (localField: string, foreignField: string) => ({
      $lookup: { from: 'products', localField, foreignField, as: 'found' },
    });
    const names = (document: Document, local: string, foreign: string) =>
      (run([lookup(local, foreign)], [document], { collections })[0]!.found as Document[]).map(({ name }) => name);
    expect(names({ p: 1 }, 'p', '_id')).toEqual(['hammer']);
    expect(names({ p: [2, 1] }, 'p', '_id')).toEqual(['hammer', 'nail']);
    expect(names({ p: [] }, 'p', '_id')).toEqual([]);
    expect(names({ t: 'steel' }, 't', 'tags')).toEqual(['hammer', 'nail']);
    expect(names({}, 't', 'tags')).toEqual(['ghost']);
    expect(names({ items: [{ p: 1 }, { p: 3 }] }, 'items.p', '_id')).toEqual(['hammer', 'ghost']);
  });

  test('asks the source once for the distinct keys of many documents', () => {
    const asked: SourceRequest[] = [];
    const documents = Array.from({ length: 5000 }, (_, index) => ({ p: (index % 3) + 1 }));
    const found = run([{ $lookup: { from: 'products', localField: 'p', foreignField: '_id', as: 'x' } }], documents, {
      collections,
      asked,
    });
    expect(found).toHaveLength(5000);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.filter).toEqual({ _id: { $in: [1, 2, 3] } });
  });

  test('a correlated pipeline pushes its equality to the source and is run once per distinct value', () => {
    const asked: SourceRequest[] = [];
    const stage = {
      $lookup: {
        from: 'products',
        let: { id: '$p' },
        pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$id'] } } }, { $project: { _id: 0, name: 1 } }],
        as: 'x',
      },
    };
    expect(run([stage], [{ p: 1 }, { p: 2 }, { p: 1 }, {}], { collections, asked })).toEqual([
      { p: 1, x: [{ name: 'hammer' }] },
      { p: 2, x: [{ name: 'nail' }] },
      { p: 1, x: [{ name: 'hammer' }] },
      { x: [] },
    ]);
    expect(asked.map(({ filter }) => filter)).toEqual([{ _id: { $eq: 1 } }, { _id: { $eq: 2 } }, undefined]);
  });

  test('field join and pipeline go together', () => {
    const stage = {
      $lookup: {
        from: 'products',
        localField: 't',
        foreignField: 'tags',
        let: { not: '$not' },
        pipeline: [{ $match: { $expr: { $ne: ['$name', '$$not'] } } }, { $limit: 1 }],
        as: 'x',
      },
    };
    expect(run([stage, { $project: { 'x.name': 1 } }], [{ t: 'steel', not: 'hammer' }], { collections })).toEqual([
      { x: [{ name: 'nail' }] },
    ]);
  });

  test('reads nothing before a document comes, and stops with $limit', () => {
    const asked: SourceRequest[] = [];
    let pulled = 0;
    function* endless() {
      for (;;) yield { p: ++pulled };
    }
    const pipeline = compile(
      [{ $lookup: { from: 'products', localField: 'p', foreignField: '_id', as: 'x' } }, { $limit: 1 }],
      { collections, asked },
    );
    expect([...pipeline.run([])]).toEqual([]);
    expect(asked).toHaveLength(0);
    expect([...pipeline.run(endless())]).toHaveLength(1);
    expect(pulled).toBe(1);
  });
});

describe('other joins', () => {
  const collections = {
    'db.people': [
      { _id: 1, name: 'Dev', boss: null },
      { _id: 2, name: 'Eliot', boss: 'Dev' },
      { _id: 3, name: 'Ron', boss: 'Eliot' },
      { _id: 4, name: 'Asya', boss: 'Ron' },
    ],
  };

  test('$graphLookup follows references to any depth, or to one', () => {
    const stage = (more: Document) => ({
      $graphLookup: {
        from: 'people',
        startWith: '$boss',
        connectFromField: 'boss',
        connectToField: 'name',
        as: 'chain',
        ...more,
      },
    });
    const chain = (more: Document) =>
      (run([stage(more)], [{ boss: 'Ron' }], { collections })[0]!.chain as Document[]).map(({ name, depth }) => [
        name,
        depth,
      ]);
    expect(chain({ depthField: 'depth' })).toEqual([
      ['Ron', 0n],
      ['Eliot', 1n],
      ['Dev', 2n],
    ]);
    expect(chain({ maxDepth: 0 })).toEqual([['Ron', undefined]]);
    expect(chain({ restrictSearchWithMatch: { name: { $ne: 'Eliot' } } })).toEqual([['Ron', undefined]]);
  });

  test('$unionWith appends another collection, through a pipeline', () => {
    expect(
      run(
        [{ $unionWith: { coll: 'people', pipeline: [{ $match: { boss: null } }, { $project: { name: 1 } }] } }],
        [{ a: 1 }],
        { collections },
      ),
    ).toEqual([{ a: 1 }, { _id: 1, name: 'Dev' }]);
  });

  test('a view is read as what it is on, through its pipeline', () => {
    const source = {
      ...sourceOf(collections),
      view: (namespace: string) =>
        namespace === 'db.bosses' ? { viewOn: 'people', pipeline: [{ $match: { boss: null } }] } : undefined,
    };
    expect(
      run(
        [{ $lookup: { from: 'bosses', localField: 'b', foreignField: 'name', as: 'x' } }],
        [{ b: 'Dev' }, { b: 'Ron' }],
        { source },
      ),
    ).toEqual([
      { b: 'Dev', x: [{ _id: 1, name: 'Dev', boss: null }] },
      { b: 'Ron', x: [] },
    ]);
  });
});

describe('$setWindowFields', () => {
  const documents = [
    { s: 'a', t: 1, v: 10 },
    { s: 'b', t: 1, v: 5 },
    { s: 'a', t: 2, v: 20 },
    { s: 'a', t: 4, v: 20 },
  ];
  const column = (spec: Document, more: Document = { partitionBy: '$s', sortBy: { t: 1 } }) =>
    run([{ $setWindowFields: { ...more, output: { x: spec } } }], documents).map(({ x }) => x);

  test.each<[Document, BsonValue[]]>([
    [{ $sum: '$v' }, [50, 50, 50, 5]],
    [{ $sum: '$v', window: { documents: ['unbounded', 'current'] } }, [10, 30, 50, 5]],
    [{ $sum: '$v', window: { documents: [-1, 0] } }, [10, 30, 40, 5]],
    [{ $sum: '$v', window: { documents: ['current', 'unbounded'] } }, [50, 40, 20, 5]],
    [{ $sum: '$v', window: { range: [-1, 0] } }, [10, 30, 20, 5]],
    [{ $push: '$t', window: { documents: [1, 2] } }, [[2, 4], [4], [], []]],
    [{ $shift: { output: '$v', by: 1, default: 'none' } }, [20, 20, 'none', 'none']],
    [{ $documentNumber: {} }, [1, 2, 3, 1]],
    [{ $derivative: { input: '$v' }, window: { documents: [-1, 0] } }, [null, new Double(10), new Double(0), null]],
    [
      { $integral: { input: '$v' }, window: { documents: ['unbounded', 'current'] } },
      [0, new Double(15), new Double(55), 0],
    ],
    [{ $expMovingAvg: { input: '$v', alpha: 0.5 } }, [10, new Double(15), 17.5, 5]],
    [{ $covariancePop: ['$t', '$v'] }, [4.444444444444445, 4.444444444444445, 4.444444444444445, new Double(0)]],
  ])('%j', (spec, expected) => {
    const found = column(spec);
    for (const [index, value] of expected.entries()) {
      if (typeof value === 'number' && !Number.isInteger(value)) expect(found[index]).toBeCloseTo(value, 10);
      else expect(found[index]).toEqual(value);
    }
  });

  test('$rank leaves gaps after equals and $denseRank does not', () => {
    const by = { partitionBy: '$s', sortBy: { v: -1 } };
    expect(column({ $rank: {} }, by)).toEqual([1, 1, 3, 1]);
    expect(column({ $denseRank: {} }, by)).toEqual([1, 1, 2, 1]);
  });

  test('a range of time is counted in units', () => {
    const days = [1, 2, 5].map((d) => ({ d: new Date(Date.UTC(2024, 0, d)) }));
    const found = run(
      [
        {
          $setWindowFields: {
            sortBy: { d: 1 },
            output: { n: { $count: {}, window: { range: [-1, 0], unit: 'day' } } },
          },
        },
      ],
      days,
    );
    expect(found.map(({ n }) => n)).toEqual([1, 2, 1]);
  });
});

describe('$vectorSearch', () => {
  const collections = {
    'db.here': [
      { _id: 1, v: [1, 0], ok: true },
      { _id: 2, v: [0, 1], ok: true },
      { _id: 3, v: [1, 1], ok: false },
      { _id: 4 },
    ],
  };
  const search = (more: Document) => ({
    $vectorSearch: { index: 'i', path: 'v', queryVector: [1, 0], exact: true, limit: 2, ...more },
  });

  test('finds the nearest, best first, with the score that $meta reads, also through later stages', () => {
    const found = run(
      [search({}), { $project: { _id: 1 } }, { $addFields: { score: { $meta: 'vectorSearchScore' } } }],
      [],
      { collections },
    );
    expect(found).toEqual([
      { _id: 1, score: new Double(1) },
      { _id: 3, score: (1 + Math.SQRT1_2) / 2 },
    ]);
  });

  test('a join keeps the score', () => {
    const join = { from: 'names', localField: '_id', foreignField: '_id', as: 'names' };
    const found = run(
      [
        search({ limit: 1 }),
        { $lookup: join },
        { $project: { names: '$names.name', score: { $meta: 'vectorSearchScore' } } },
      ],
      [],
      { collections: { ...collections, 'db.names': [{ _id: 1, name: 'one' }] } },
    );
    expect(found).toEqual([{ _id: 1, names: ['one'], score: new Double(1) }]);
  });

  test('looks only at what its filter lets through', () => {
    expect(run([search({ filter: { ok: true } }), { $project: { _id: 1 } }], [], { collections })).toEqual([
      { _id: 1 },
      { _id: 2 },
    ]);
  });

  test('refuses a vector of another length than the index, and finds nothing without one', () => {
    const source = (dimensions: number | undefined) => ({
      ...sourceOf(collections),
      vectorIndex: () =>
        dimensions === undefined ? undefined : { path: 'v', similarity: 'euclidean' as const, dimensions },
    });
    expect(run([search({})], [], { source: source(undefined) })).toEqual([]);
    expect(() => run([search({})], [], { source: source(3) })).toThrow(/3 dimensions/);
  });
});

describe('what the server is asked', () => {
  test('$out and $merge pass documents on and say where they go', () => {
    const pipeline = compile([{ $match: {} }, { $merge: { into: 'target', on: 'key', whenMatched: 'merge' } }]);
    expect([...pipeline.run([{ a: 1 }])]).toEqual([{ a: 1 }]);
    const { output } = pipeline;
    expect(output).toMatchObject({
      kind: 'merge',
      namespace: 'db.target',
      on: ['key'],
      whenMatched: 'merge',
      whenNotMatched: 'insert',
    });
    expect(output?.kind === 'merge' && output.combine({ _id: 1, a: 1, b: 1 }, { b: 2 })).toEqual({
      _id: 1,
      a: 1,
      b: 2,
    });
    expect(compile([{ $out: { db: 'x', coll: 'y' } }]).output).toEqual({ kind: 'out', namespace: 'x.y' });
  });

  test('a $merge that may not meet a document says which key it met', () => {
    const { output } = compile([{ $merge: { into: 't', whenMatched: 'fail' } }]);
    expect(() => output?.kind === 'merge' && output.combine({ _id: 2 }, { _id: 2 })).toThrow(
      expect.objectContaining({ code: 11000, extra: { keyPattern: { _id: 1 }, keyValue: { _id: 2 } } }),
    );
  });

  test('a $merge pipeline sees the incoming document as $$new', () => {
    const { output } = compile([
      { $merge: { into: 't', whenMatched: [{ $set: { n: { $add: ['$n', '$$new.n'] } } }] } },
    ]);
    expect(output?.kind === 'merge' && output.combine({ n: 1 }, { n: 2 })).toEqual({ n: 3 });
  });

  test('stages that only the server can answer are asked of it, and refused where it does not', () => {
    const source = { ...sourceOf({}), serverStages: { $indexStats: () => [{ name: '_id_' }] } };
    const pipeline = compile([{ $indexStats: {} }], { source });
    expect(pipeline.startsItself).toBe(true);
    expect([...pipeline.run([])]).toEqual([{ name: '_id_' }]);
    expect(codeOf(() => compile([{ $indexStats: {} }]))).toBe(115);
  });

  test('an update may use only the stages that shape one document', () => {
    expect(compileUpdatePipeline([{ $set: { a: { $add: ['$a', 1] } } }, { $unset: 'b' }])({ a: 1, b: 2 })).toEqual({
      a: 2,
    });
    expect(codeOf(() => compileUpdatePipeline([{ $match: {} }]))).toBe(72);
  });

  test('an operation that was killed stops', () => {
    const checkInterrupt = () => {
      throw new MongoError('Interrupted', 'operation was interrupted');
    };
    const many = Array.from({ length: 5000 }, (_, a) => ({ a }));
    expect(codeOf(() => run([{ $group: { _id: '$a' } }], many, { checkInterrupt }))).toBe(11601);
    expect(codeOf(() => run([{ $match: { a: -1 } }], many, { checkInterrupt }))).toBe(11601);
  });

  test('a blocking stage that holds too much fails and says what to do', () => {
    const many = Array.from({ length: 5000 }, (_, a) => ({ a, text: 'x'.repeat(100) }));
    expect(codeOf(() => run([{ $sort: { a: 1 } }], many, { work: workSpaceOf(10_000) }))).toBe(292);
    expect(run([{ $sort: { a: -1 } }, { $limit: 1 }], many, { work: workSpaceOf(1_000_000) })[0]!.a).toBe(4999);
    const pushing = [{ $group: { _id: null, all: { $push: '$$ROOT' } } }];
    expect(codeOf(() => run(pushing, many, { work: workSpaceOf(10_000) }))).toBe(146);
  });
});

describe('errors carry the codes of MongoDB', () => {
  test.each<[Document[], number]>([
    [[{ $nope: 1 }], 40324],
    [[{ $match: {}, $limit: 1 }], 40323],
    [[{ $limit: 0 }], 15958],
    [[{ $limit: -1 }], 2107201],
    [[{ $skip: 'x' }], 5107200],
    [[{ $sort: {} }], 15976],
    [[{ $group: { a: 1 } }], 15955],
    [[{ $group: { _id: 1, a: 1 } }], 40234],
    [[{ $group: { _id: 1, a: { $nope: 1 } } }], 15952],
    [[{ $group: { _id: 1, 'a.b': { $sum: 1 } } }], 40235],
    [[{ $project: {} }], 51272],
    [[{ $project: { a: 1, b: 0 } }], 31254],
    [[{ $project: { a: 0, b: 1 } }], 31253],
    [[{ $project: { a: 1, 'a.b': 1 } }], 31249],
    [[{ $unwind: 'a' }], 28818],
    [[{ $unwind: {} }], 28812],
    [[{ $count: '$a' }], 40158],
    [[{ $out: 'x' }, { $match: {} }], 40601],
    [[{ $match: {} }, { $documents: [] }], 40602],
    [[{ $facet: { a: [{ $out: 'x' }] } }], 40600],
    [[{ $match: {} }, { $match: { $text: { $search: 'x' } } }], 17313],
    [[{ $lookup: { from: 'x' } }], 9],
    [[{ $geoNear: {} }], 115],
    [[{ $search: {} }], 31082],
    [[{ $sample: { size: 0 } }], 28747],
    [[{ $bucket: { groupBy: '$a', boundaries: [2, 1] } }], 40194],
    [[{ $setWindowFields: { output: { a: { $rank: {} } } } }], 5371602],
    [[{ $unionWith: { coll: 'x', pipeline: [{ $out: 'y' }] } }], 51047],
  ])('%j', (stages, code) => {
    expect(codeOf(() => compile(stages))).toBe(code);
  });
});

describe('pushdown', () => {
  const plan = (stages: readonly Document[]) => {
    const { rest: _, ...pushdown } = compile(stages).pushdown;
    return JSON.parse(JSON.stringify(pushdown, (_key, value) => (value instanceof Set ? [...value].sort() : value)));
  };

  test.each<[Document[], Document]>([
    [[{ $match: { a: 1 } }, { $match: { b: 2 } }], { filter: { a: 1, b: 2 }, fields: 'all' }],
    [
      [{ $match: { a: 1 } }, { $sort: { b: 1 } }, { $skip: 5 }, { $limit: 10 }, { $limit: 3 }],
      { filter: { a: 1 }, sort: { b: 1 }, skip: 5, limit: 3, fields: 'all' },
    ],
    [[{ $sort: { b: 1 } }, { $match: { a: 1 } }], { filter: { a: 1 }, sort: { b: 1 }, fields: 'all' }],
    [[{ $addFields: { x: 1 } }, { $match: { a: 1, x: 1 } }], { filter: { a: 1 }, fields: 'all' }],
    [
      [{ $project: { a: 1, b: 1 } }, { $match: { a: 1 } }, { $limit: 2 }],
      { filter: { a: 1 }, limit: 2, fields: ['_id', 'a', 'b'] },
    ],
    [[{ $limit: 2 }, { $match: { a: 1 } }], { limit: 2, fields: 'all' }],
    [[{ $group: { _id: '$s', n: { $sum: '$v' } } }], { fields: ['s', 'v'] }],
    [[{ $match: { a: 1 } }, { $count: 'n' }], { filter: { a: 1 }, fields: [] }],
    [
      [{ $unwind: '$items' }, { $match: { store: 1, 'items.p': 2 } }, { $group: { _id: '$items.p' } }],
      { filter: { store: 1 }, fields: ['items'] },
    ],
    [
      [
        { $lookup: { from: 'x', localField: 'p', foreignField: '_id', as: 'y' } },
        { $group: { _id: '$y.name', n: { $sum: '$v' } } },
      ],
      { fields: ['p', 'v'] },
    ],
    [[{ $limit: 5 }, { $skip: 5 }], { limit: 5, fields: 'all' }],
  ])('%j', (stages, expected) => {
    expect(plan(stages)).toEqual(expected);
  });

  const value = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(null, 'x', [1, 2], [] as number[], { c: 1 }));
  const document = fc.record(
    { _id: fc.integer(), a: value, b: value, s: fc.constantFrom('p', 'q') },
    { requiredKeys: ['_id', 's'] },
  );
  const stage = fc.oneof(
    fc.record({
      $match: fc.oneof(
        fc.record({ a: value }),
        fc.record({ b: fc.record({ $gte: fc.integer({ min: 0, max: 3 }) }) }),
        fc.record({ s: fc.constant('p'), b: value }),
      ),
    }),
    fc.constantFrom<Document>(
      { $sort: { a: 1, s: -1 } },
      { $sort: { b: -1 } },
      { $project: { a: 1, s: 1 } },
      { $project: { b: 0 } },
      { $project: { b: '$a', s: 1 } },
      { $addFields: { b: { $ifNull: ['$b', '$s'] } } },
      { $unset: 'a' },
      { $unwind: '$a' },
      { $unwind: { path: '$b', preserveNullAndEmptyArrays: true } },
      { $set: { 'a.d': 1 } },
      { $group: { _id: '$s', a: { $sum: '$a' }, b: { $first: '$b' } } },
    ),
    fc.record({ $limit: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ $skip: fc.integer({ min: 0, max: 3 }) }),
  );

  test('what is optimized and pushed down never changes the answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { maxLength: 12 }),
        fc.array(stage, { maxLength: 5 }),
        async (documents, stages) => {
          // A stroke ends after a while, and these are many.
          await turn();
          // One stage at a time, nothing can be reordered.
          let expected = documents as Document[];
          for (const one of stages as Document[]) expected = run([one], expected);
          const pipeline = compile(stages as Document[], { collections: { 'db.here': documents as Document[] } });
          expect([...pipeline.run(documents as Document[])]).toEqual(expected);
          const source = sourceOf({ 'db.here': documents as Document[] });
          const { filter, sort, skip, limit, fields } = pipeline.pushdown;
          const pushed = source.open('db.here', { ...(filter && { filter }), sort, skip, limit, fields });
          expect([...pipeline.runAfter('pushdown', pushed)]).toEqual(expected);
          const filtered = source.open('db.here', { ...(filter && { filter }) });
          expect([...pipeline.runAfter('filter', filtered)]).toEqual(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('sorting is stable and follows the order of all types, whole or only the first ones', async () => {
    const anything = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.double({ noNaN: true }),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.boolean(),
      fc.constant(null),
      fc.constant(BsonUndefined.value),
      fc.bigInt({ min: 0n, max: 9n }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(anything, { maxLength: 100 }),
        fc.integer({ min: 1, max: 100 }),
        async (values, limit) => {
          await turn();
          const documents = values.map((a, index): Document => ({ a: a as BsonValue, index }));
          const expected = documents.toSorted((left, right) => compareValues(left.a, right.a));
          expect(run([{ $sort: { a: 1 } }], documents)).toEqual(expected);
          expect(run([{ $sort: { a: 1 } }, { $limit: limit }], documents)).toEqual(expected.slice(0, limit));
        },
      ),
    );
  });
});

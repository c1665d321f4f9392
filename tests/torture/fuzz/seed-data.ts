/** What the hostile commands find: a little of everything, with and without indexes, put back now and then. */
import { documentBytes, Fields, int64Bytes, type PlainWire, Raw, type Wire } from './bson-writer.ts';

const DOCUMENTS = 60;

const date = (ms: number): Wire => new Raw(9, int64Bytes(BigInt(ms)));

export function seedCommands(): Buffer[] {
  const documents = Array.from({ length: DOCUMENTS }, (_, k): PlainWire => {
    const long = ['a'.repeat(30_000), `${' '.repeat(30_000)}x`, `${'a'.repeat(15_000)}!`, `${'ab'.repeat(10_000)}=`][k];
    return {
      _id: k,
      a: k % 7,
      b: k % 2 === 0 ? `b${k}` : k,
      s: `text ${k} abc`,
      n: k * 1.5,
      d: date(1_700_000_000_000 + k * 86_400_000),
      when: date(1_700_000_000_000 + k * 3_600_000),
      list: [k, k + 1, { x: k }],
      links: [(k * 7) % DOCUMENTS, (k * 11) % DOCUMENTS],
      key: k,
      o: { p: k, q: [null, k] },
      words: `copper walnut ${k % 3 === 0 ? 'granite' : 'velvet'}`,
      ...(long === undefined ? {} : { long }),
    };
  });
  const commands: readonly PlainWire[] = [
    { dropDatabase: 1, $db: 'fuzz' },
    { dropDatabase: 1, $db: 'fuzz2' },
    { insert: 'c', documents, $db: 'fuzz' },
    { insert: 'd', documents: documents.map(({ long: _, ...rest }) => rest), $db: 'fuzz' },
    {
      createIndexes: 'c',
      indexes: [
        { key: { a: 1 }, name: 'a_1' },
        { key: { list: 1 }, name: 'list_1' },
        { key: { words: 'text' }, name: 'words_text' },
      ],
      $db: 'fuzz',
    },
    {
      createIndexes: 'd',
      indexes: [
        { key: { key: 1 }, name: 'key_1', unique: true },
        {
          key: new Fields([
            ['a', 1],
            ['n', -1],
          ]),
          name: 'a_1_n_-1',
          partialFilterExpression: { a: { $gt: 2 } },
        },
      ],
      $db: 'fuzz',
    },
    { create: 'capped', capped: true, size: 100_000, max: 50, $db: 'fuzz' },
    { create: 'view', viewOn: 'c', pipeline: [{ $match: { a: { $gt: 1 } } }, { $set: { v: 1 } }], $db: 'fuzz' },
    { create: 'series', timeseries: { timeField: 'when' }, $db: 'fuzz' },
    { setParameter: 1, transactionLifetimeLimitSeconds: 1, $db: 'admin' },
    { configureFailPoint: 'failCommand', mode: 'off', $db: 'admin' },
  ];
  return commands.map((command) => documentBytes(command));
}

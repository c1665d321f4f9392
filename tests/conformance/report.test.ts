import { describe, expect, test } from 'vitest';
import { causeOf, judge, type RunnerReport, renderConformance, type SpecificationTest } from './report.ts';

const reportOf = (tests: SpecificationTest[]): RunnerReport => ({
  driver: '7',
  server: {},
  files: [{ file: 'specs/crud/find.json', tests }],
});

describe('judging a run of the specification tests', () => {
  test('a test that is skipped because the server refuses fail points counts as failed', () => {
    const conformance = judge(
      reportOf([
        { description: 'a', status: 'passed' },
        { description: 'b', status: 'skipped', reason: 'needs server <= 4.2.99' },
        { description: 'c', status: 'skipped', reason: 'needs failpoints (no such command: configureFailPoint)' },
      ]),
    );
    expect(conformance).toMatchObject({ passed: 1, failed: 1, skipped: 1 });
    expect(renderConformance(conformance)).toMatch(/\n1 passed, 1 failed, 1 skipped$/);
  });

  test('failures with the same cause stand together, the largest group first', () => {
    const refused = (name: string, at: string): SpecificationTest => ({
      description: name,
      status: 'failed',
      reason: `${at}: unexpected error MongoServerError (code 59 CommandNotFound): no such command: 'x'`,
    });
    const { causes } = judge(
      reportOf([
        { description: 'a', status: 'failed', reason: 'collection0.find: [0].x: expected 11, got 13' },
        refused('b', 'database0.runCommand'),
        refused('c', 'session0.commitTransaction'),
      ]),
    );
    expect(causes.map(({ cause, tests }) => [cause, tests.length])).toEqual([
      ["refused: 59 no such command: 'x'", 2],
      ['find: find has another result', 1],
    ]);
  });

  test.each([
    [
      'c.insertOne: expected an error {"isError":true}, got {"insertedId":1}',
      'f: accepted, where an error was expected',
    ],
    [
      'event 4: expected a commandStartedEvent, got nothing; observed on c: x',
      'f: another event: expected a commandStartedEvent, got nothing',
    ],
    ['session0.getSnapshotTime: no result 17', 'f: session0.getSnapshotTime: no result N'],
  ])('%s', (reason, cause) => {
    expect(causeOf('a/f.json', reason)).toBe(cause);
  });
});

import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lineOf, openProgress, type ProgressMode } from './progress.ts';

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => void vi.restoreAllMocks());

async function open(mode: ProgressMode) {
  const stream = new PassThrough();
  const progress = await openProgress(mode, stream as unknown as NodeJS.WriteStream);
  const lines = () =>
    String(stream.read() ?? '')
      .split('\n')
      .filter(Boolean);
  const report = (phase: string, done: number, total = 100) =>
    progress.report({ phase, done, total, unit: 'documents' });
  return { progress, report, lines };
}

describe('progress', () => {
  test('[CLI15] a line says how much of how many', () => {
    expect(lineOf({ phase: 'loading', done: 120_000, total: 200_000, unit: 'documents' })).toBe(
      'loading: 120,000 of 200,000 documents (60 %)',
    );
    expect(lineOf({ phase: 'loading', done: 5, unit: 'documents' })).toBe('loading: 5 documents');
    expect(lineOf({ phase: 'loading', done: 0, total: 0, unit: 'documents' })).toContain('100 %');
  });

  test('[CLI15] plain lines come every few seconds, and one for the end of each phase', async () => {
    const { report, lines, progress } = await open('plain');
    for (let done = 0; done <= 80; done += 1) {
      nowMs += 100;
      report('load', done);
    }
    report('index', 1, 2);
    progress.end();
    expect(lines().map((line) => line.replace(/ of.*/, ''))).toEqual(['load: 29', 'load: 59', 'load: 80', 'index: 1']);
  });

  test('[CLI15] the same state is not written twice', async () => {
    const { report, lines, progress } = await open('plain');
    for (let step = 0; step < 10; step += 1) {
      nowMs += 4000;
      report('load', 7);
    }
    progress.end();
    expect(lines()).toEqual(['load: 7 of 100 documents (7 %)']);
  });

  test('[CLI15] for a program the first and the last state of each phase are always written', async () => {
    const { report, lines, progress } = await open('ndjson');
    report('load', 1);
    report('load', 2);
    report('load', 3);
    report('index', 1, 2);
    progress.note('between');
    report('index', 2, 2);
    progress.end();
    expect(
      lines()
        .map((line) => JSON.parse(line))
        .map(({ phase, done, note }) => note ?? `${phase} ${done}`),
    ).toEqual(['load 1', 'load 3', 'index 1', 'between', 'index 2']);
  });

  test('[CLI15] with none, only notes are written', async () => {
    const { report, lines, progress } = await open('none');
    report('load', 100);
    progress.note('a note');
    expect(lines()).toEqual(['a note']);
  });
});

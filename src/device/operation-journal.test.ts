import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeTestFolder } from '../../tests/support/database.ts';
import type { Operation } from '../sync/index.ts';
import { OperationJournal } from './operation-journal.ts';

const EPOCH = '0123456789abcdef';
const operation = (sequence: number): Operation => ({
  sequence,
  hlc: `2026-11-22T08:00:00.${String(sequence).padStart(3, '0')}Z-0000-tablet-1`,
  action: 'count',
  userId: 'user-1',
  changes: [{ kind: 'create', collection: 'stock_movements', id: `m${sequence}`, document: { _id: `m${sequence}` } }],
});
const sequencesOf = ({ contents }: OperationJournal) => contents.unsettled.map(({ sequence }) => sequence);

async function written(file: string): Promise<void> {
  await using journal = await OperationJournal.open(file);
  for (const sequence of [1, 2, 3, 4]) await journal.done(EPOCH, operation(sequence));
  await journal.settled(EPOCH, [2, 4]);
}

describe('the journal of operations', () => {
  test('[DE4] knows what was done and is not settled, and the newest number, after every restart', async () => {
    await using folder = await makeTestFolder();
    const file = path.join(folder.path, 'journal.ndjson');
    await written(file);
    for (let restart = 0; restart < 3; restart += 1) {
      await using journal = await OperationJournal.open(file);
      expect(journal.contents).toMatchObject({ epoch: EPOCH, lastSequence: 4 });
      expect(sequencesOf(journal)).toEqual([1, 3]);
      expect(journal.contents.unsettled[1]).toEqual(operation(3));
    }
  });

  test('[DE4] cut off anywhere by a crash, has every line that was whole before', async () => {
    await using folder = await makeTestFolder();
    const file = path.join(folder.path, 'journal.ndjson');
    await written(file);
    const whole = await readFile(file, 'utf8');
    await using journal = await OperationJournal.open(file);
    await journal.done(EPOCH, operation(5));
    const longer = await readFile(file);
    const lineStart = longer.length - (longer.toString().split('\n').at(-2)?.length ?? 0) - 1;
    expect(whole.length).toBeGreaterThan(0);
    for (let bytes = lineStart; bytes < longer.length; bytes += 7) {
      const copy = path.join(folder.path, `cut-${bytes}.ndjson`);
      await writeFile(copy, longer.subarray(0, bytes));
      await using again = await OperationJournal.open(copy);
      expect(sequencesOf(again)).toEqual([1, 3]);
      await again.done(EPOCH, operation(5));
      expect(again.damagedLines).toBe(0);
    }
  });

  test('[DE3] says that a line was damaged, keeps the file, and goes on with the others', async () => {
    await using folder = await makeTestFolder();
    const file = path.join(folder.path, 'journal.ndjson');
    await written(file);
    const bytes = await readFile(file);
    bytes[30] = (bytes[30] as number) ^ 1;
    await writeFile(file, bytes);
    await using journal = await OperationJournal.open(file);
    expect(journal.damagedLines).toBe(1);
    expect(sequencesOf(journal)).toEqual([3]);
    expect((await readdir(folder.path)).filter((name) => name.includes('.damaged-'))).toHaveLength(1);
  });

  test('a new life of the store begins a new journal', async () => {
    await using folder = await makeTestFolder();
    const file = path.join(folder.path, 'journal.ndjson');
    await written(file);
    await using journal = await OperationJournal.open(file);
    await journal.restart('fedcba9876543210', 2, [operation(1), operation(2)]);
    await journal.settled(EPOCH, [1]);
    expect(journal.contents).toMatchObject({ epoch: 'fedcba9876543210', lastSequence: 2 });
    expect(sequencesOf(journal)).toEqual([1, 2]);
  });

  test('it stays short however much was settled', async () => {
    await using folder = await makeTestFolder();
    const file = path.join(folder.path, 'journal.ndjson');
    await using journal = await OperationJournal.open(file);
    for (let sequence = 1; sequence <= 2_100; sequence += 1) {
      await journal.done(EPOCH, operation(sequence));
      await journal.settled(EPOCH, [sequence]);
    }
    expect((await readFile(file, 'utf8')).split('\n').length).toBeLessThan(2_100);
    expect(journal.contents).toMatchObject({ lastSequence: 2_100, unsettled: [] });
    await truncate(file, 0);
    await appendFile(file, 'not a journal at all');
    await using other = await OperationJournal.open(file);
    expect(other.contents).toMatchObject({ epoch: null, lastSequence: 0 });
  });
});

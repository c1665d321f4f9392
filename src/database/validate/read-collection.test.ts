import { Long } from 'mongodb';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../../../tests/support/database.ts';
import { readCollection } from './read-collection.ts';

const numbers = Array.from({ length: 3500 }, (_, number) => ({ _id: `n${number}`, number }));
const idsOf = (documents: readonly unknown[]) => documents.map((document) => (document as { _id: string })._id);

test('reads every document once, over several batches, with its types', async () => {
  await using database = await openTestDatabase();
  const stored = database.db.collection<{ _id: string; number: unknown }>('numbers');
  await stored.insertMany(numbers);
  await stored.insertOne({ _id: 'long', number: Long.fromNumber(5) });
  const read: unknown[] = [];
  for await (const batch of readCollection(database.db, 'numbers', undefined)) read.push(...batch);
  expect(idsOf(read).sort()).toEqual([...idsOf(numbers), 'long'].sort());
  expect(read.find((each) => (each as { _id: string })._id === 'long')).toEqual({
    _id: 'long',
    number: Long.fromNumber(5),
  });
});

test('reads nothing of a collection that does not exist', async () => {
  await using database = await openTestDatabase();
  for await (const batch of readCollection(database.db, 'nothing', undefined)) expect(batch).toEqual([]);
});

test('leaves no cursor behind when the caller stops', async () => {
  await using database = await openTestDatabase();
  await database.db.collection<{ _id: string }>('numbers').insertMany(numbers);
  const open = async () => (await database.db.admin().serverStatus())['metrics']?.cursor?.open?.total;
  const before = await open();
  expect(before).toBeTypeOf('number');
  for await (const batch of readCollection(database.db, 'numbers', undefined)) {
    expect(batch.length).toBeGreaterThan(0);
    break;
  }
  expect(await open()).toEqual(before);
});

import { expect, test } from 'vitest';
import { compileUpdate } from './update.ts';

test('a field named by a whole number comes first after an update; MongoDB appends it', () => {
  const result = compileUpdate({ $set: { 5: 'x' } }).apply({ _id: 1, a: 1 });
  expect(Object.keys(result)).toEqual(['5', '_id', 'a']);
});

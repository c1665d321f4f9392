/** Checks a sort: fields with 1 or -1. */
import { checkPath, type Uses } from './fields.ts';
import { isPlainObject, type PlainValue } from './plain-value.ts';
import { inWords, refuse } from './refusal.ts';

export function checkSort(value: PlainValue | undefined, place: string, uses?: Uses): void {
  if (!isPlainObject(value) || Object.keys(value).length === 0)
    refuse({ place, expected: 'fields with 1 or -1', came: inWords(value) });
  for (const [path, direction] of Object.entries(value)) {
    checkPath(path, `${place}.${path}`, uses);
    if (direction !== 1 && direction !== -1)
      refuse({ place: `${place}.${path}`, expected: '1 or -1', came: inWords(direction) });
  }
}

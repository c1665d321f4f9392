/** Names and paths of fields, and which ones a part of a pipeline reads. */
import { inWords, refuse } from './refusal.ts';

/**
 * What is read: fields of the documents by their first name, or possibly all of a document. `mayFail` says that there are
 * values for which it ends in an error.
 */
export interface Uses {
  readonly fields: Set<string>;
  whole: boolean;
  mayFail: boolean;
}

export const noUses = (): Uses => ({ fields: new Set(), whole: false, mayFail: false });

export function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !name.startsWith('$') && !/[.\0]/.test(name);
}

export function checkFieldName(name: unknown, place: string): string {
  if (!isName(name)) refuse({ place, expected: 'the name of a field, without "." and "$"', came: inWords(name) });
  return name;
}

/** `location.city`: names joined by dots. */
export function checkPath(path: unknown, place: string, uses?: Uses): string {
  if (typeof path !== 'string' || !path.split('.').every(isName))
    refuse({ place, expected: 'a field such as "total" or "location.city"', came: inWords(path) });
  uses?.fields.add(firstName(path));
  return path;
}

export const firstName = (path: string): string => path.slice(0, `${path}.`.indexOf('.'));

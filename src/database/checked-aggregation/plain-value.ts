/** Copies what came into plain values that are nobody else's: JSON, of a bounded size, without names that mean code. */
import { NAME_CHARS_MAX, TEXT_CHARS_MAX, VALUE_DEPTH_MAX, VALUES_MAX } from './limits.ts';
import { inWords, refuse } from './refusal.ts';

export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainObject;
export interface PlainObject {
  readonly [name: string]: PlainValue;
}

/** The driver would read these as types or code, JavaScript as the prototype. */
const NAMES_WITH_MEANING = new Set(['__proto__', '_bsontype', 'toBSON', 'toJSON']);

export const isPlainObject = (value: unknown): value is PlainObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function plainCopy(value: unknown, place: string): PlainValue {
  let count = 0;
  const copy = (value: unknown, place: string, depth: number): PlainValue => {
    count += 1;
    if (count > VALUES_MAX) refuse({ place, expected: `at most ${VALUES_MAX} values in all`, came: 'more' });
    if (depth > VALUE_DEPTH_MAX)
      refuse({ place, expected: `at most ${VALUE_DEPTH_MAX} levels`, came: 'a deeper nesting' });
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') return shortText(value, place);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (Array.isArray(value)) {
      if (value.length > VALUES_MAX)
        refuse({ place, expected: `at most ${VALUES_MAX} values in all`, came: inWords(value) });
      return Array.from(value, (part, index) => copy(part, `${place}[${index}]`, depth + 1));
    }
    if (!isJsonObject(value)) refuse({ place, expected: 'a value of JSON', came: inWords(value) });
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => {
        checkName(name, place);
        return [name, copy(part, `${place}.${name}`, depth + 1)];
      }),
    );
  };
  return copy(value, place, 0);
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function shortText(text: string, place: string): string {
  if (text.length > TEXT_CHARS_MAX)
    refuse({ place, expected: `a text of at most ${TEXT_CHARS_MAX} characters`, came: `one of ${text.length}` });
  return text;
}

function checkName(name: string, place: string): void {
  if (name.length > NAME_CHARS_MAX)
    refuse({ place, expected: `names of at most ${NAME_CHARS_MAX} characters`, came: `one of ${name.length}` });
  if (NAMES_WITH_MEANING.has(name) || name.includes('\0') || name === '')
    refuse({ place, expected: 'names of fields or operators', came: inWords(name) });
}

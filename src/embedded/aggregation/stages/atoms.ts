import { BSONSymbol, type BsonValue } from '../../bson/values.ts';
import type { Scope } from '../expressions/scope.ts';

const DATE_KEYS_MAX = 10_000;

/**
 * Keys for maps by value, without allocation for what is common. Strings stand for themselves and other types are
 * tagged with a NUL in front; a string that starts with NUL is tagged too, so that the two cannot be taken for each other.
 */
export function atomsOf({ keyOf, shared: { collation } }: Scope): (value: BsonValue | undefined) => string | number {
  const dateKeys = new Map<number, string>();
  return (value) => {
    if (typeof value === 'string' && collation === null) return atomOfText(value);
    if (typeof value === 'number') return value === 0 ? 0 : value;
    if (value instanceof Date) {
      const time = value.getTime();
      let key = dateKeys.get(time);
      if (key === undefined) {
        key = `\0d${time}`;
        // Dates that group are usually few, and the string for each is what would cost.
        if (dateKeys.size < DATE_KEYS_MAX) dateKeys.set(time, key);
      }
      return key;
    }
    // A symbol equals the string of its name.
    if (value instanceof BSONSymbol && collation === null) return atomOfText(value.value);
    const key = keyOf(value);
    return typeof key === 'number' ? key : `\0${key}`;
  };
}

function atomOfText(text: string): string {
  return text.charCodeAt(0) === 0 ? `\0s${text}` : text;
}

/** What one value may become while an expression is evaluated: nothing that is larger could ever be stored or sent. */
import { AggregationError } from '../errors.ts';

/** An array of 16 MB has at most two million elements; between two operators it may be somewhat larger. */
export const ITEMS_MAX = 5_000_000;
/** UTF-16 units, each at least one byte of a document. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

export function assertItems(count: number, name: string): void {
  if (count > ITEMS_MAX) throw tooMuch(name);
}

export function assertCharacters(count: number, name: string): void {
  if (count > CHARACTERS_MAX) throw tooMuch(name);
}

/** As MongoDB says it of `$range`. */
const tooMuch = (name: string): AggregationError =>
  new AggregationError('ExceededMemoryLimit', `${name} would use too much memory and cannot spill`);

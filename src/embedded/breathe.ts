/** Yielded instead of a row when work has gone on for a slice: whoever pulls lets others run, then goes on. */
export const BREATHE: unique symbol = Symbol('breathe');
export type Breathe = typeof BREATHE;

/** For where nobody waits: runs on through the pauses. */
export function* withoutPauses<T>(input: Iterable<T | Breathe>): IterableIterator<T> {
  for (const item of input) if (item !== BREATHE) yield item as T;
}

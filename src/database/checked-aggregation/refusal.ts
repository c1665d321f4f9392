/** How a pipeline is refused: where, what was expected, what came, what to use instead. */
import { DatabaseError } from '../errors.ts';

export interface Refusal {
  /** Such as `pipeline[2].$lookup.from`. */
  readonly place: string;
  readonly expected: string;
  readonly came: string;
  readonly instead?: string;
}

export function refuse({ place, expected, came, instead }: Refusal): never {
  const advice = instead === undefined ? '' : ` ${instead}`;
  throw new DatabaseError('PIPELINE_REFUSED', `${place}: expected ${expected}, but found ${came}.${advice}`, {
    data: { place, expected, came, ...(instead === undefined ? {} : { instead }) },
  });
}

/** A value in words, short: what came may be long, and may hold anything. */
export function inWords(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? '{}' : `an object with ${keys.slice(0, 3).map(inWords).join(', ')}`;
}

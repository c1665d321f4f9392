import type { z } from 'zod';
import type { Problem } from '../errors.ts';

const KEPT_TEXT_CHARACTERS = 40;

/** A value in words, for "got …". */
export function valueInWords(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > KEPT_TEXT_CHARACTERS
    ? `the text ${JSON.stringify(`${value.slice(0, KEPT_TEXT_CHARACTERS)}…`)}`
    : `the text ${JSON.stringify(value)}`;
}

/**
 * What a schema found wrong with a value that stands at `base`. The schemas of this room say in every `error` what
 * they expect, so that the words can be put together here.
 */
export function problemsFrom(issues: readonly z.core.$ZodIssue[], value: unknown, base: Problem['path']): Problem[] {
  return issues.map((issue) => {
    const path = issue.path.filter((key): key is string | number => typeof key !== 'symbol');
    const got =
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => JSON.stringify(key)).join(', ')
        : valueInWords(path.reduce<unknown>((holder, key) => (holder as Record<string, unknown>)?.[key], value));
    return { path: [...base, ...path], expected: issue.message, got };
  });
}

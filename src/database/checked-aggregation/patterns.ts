/**
 * Regular expressions that take a time in proportion to the text, whatever the text: no back-references, no lookaround,
 * no quantified groups, few ways to match, and `*` or `+` only once and behind `^`.
 */
import { PATTERN_CHARS_MAX } from './limits.ts';
import { inWords, refuse } from './refusal.ts';

/** How many ways an engine may have to try at one place of the text. */
const WAYS_MAX = 500;
const INSTEAD = 'Use plain text, or a start such as "^Cordless"; the option "i" ignores case.';

export function checkPattern(pattern: unknown, options: unknown, place: string): void {
  const no = (expected: string): never => refuse({ place, expected, came: inWords(pattern), instead: INSTEAD });
  if (typeof pattern !== 'string')
    refuse({ place, expected: 'a pattern that is written out as a text', came: inWords(pattern), instead: INSTEAD });
  if (pattern.length > PATTERN_CHARS_MAX) no(`a pattern of at most ${PATTERN_CHARS_MAX} characters`);
  if (options !== undefined && (typeof options !== 'string' || !/^[is]{0,2}$/.test(options)))
    refuse({ place, expected: 'the options "i" and "s" alone', came: inWords(options) });
  if (/\0/.test(pattern)) no('a pattern without NUL');
  let [rest, ways, unbounded, depth] = [pattern, 1, 0, 0];
  while (rest !== '') {
    const [token = '', quantifier = ''] = TOKEN.exec(rest) ?? [];
    if (token === '') no('a simple pattern: no lookaround, back-reference or other escape');
    rest = rest.slice(token.length);
    if (token === '(' || token === '(?:') depth += 1;
    else if (token === ')') {
      depth -= 1;
      if (/^[*+?{]/.test(rest)) no('groups that are not repeated');
    } else if (token === '|') ways += ways;
    if (/^([*+]|\{\d+,\})$/.test(quantifier)) unbounded += 1;
    else if (quantifier !== '') ways *= waysOf(quantifier);
    if (ways > WAYS_MAX) no('a pattern with fewer ways to match');
  }
  if (depth !== 0) no('a pattern whose brackets close');
  if (unbounded > (pattern.startsWith('^') && !pattern.includes('|') ? 1 : 0))
    no('"*" and "+" only once, in a pattern that begins with "^" and has no "|"');
  try {
    new RegExp(pattern);
  } catch {
    no('a valid pattern');
  }
}

/** One step: an anchor, a bracket, or a character or class with what says how often. */
const TOKEN =
  /^(?:\^|\$|\||\(\?:|\((?!\?)|\)|(?:\\[dDwWsS.\-/\\^$*+?()[\]{}|]|\[\^?(?:\\[dws\-\\\]^]|[^\]\\[])+\]|[^\\[\]{}()|^$*+?])([*+?]|\{\d{1,3}(?:,\d{0,3})?\})?)/u;

function waysOf(quantifier: string): number {
  if (quantifier === '?') return 2;
  const [least = 0, most = least] = quantifier.slice(1, -1).split(',').map(Number);
  return Math.max(1, most - least + 1, most / 20);
}

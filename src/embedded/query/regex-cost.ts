/**
 * Regular expressions that a client sends run inside the server, so one that backtracks without end would stop everybody. Expressions whose
 * form allows that are run by V8's linear-time engine; what that engine cannot do (look-around, back references) is refused.
 */
import { setFlagsFromString } from 'node:v8';

// The flag only adds the letter `l` to what RegExp accepts; expressions without it run as before.
setFlagsFromString('--enable-experimental-regexp-engine');

/** PCRE compiles counted repetitions by writing them out, and refuses what becomes larger than this. */
const WRITTEN_OUT_MAX = 65_536;

export interface RegexCost {
  /** The greatest power of the text's length that a match can take without nested repetitions. */
  readonly degree: number;
  /** How many tokens it has when counted repetitions are written out. */
  readonly isTooLarge: boolean;
}

export type BacktrackingRisk = 'none' | 'polynomial' | 'exponential';

/** From here on the power of the text's length is too high to leave it to backtracking. */
const UNBOUNDED_REPETITIONS_MIN = 3;
/** A counted repetition up to here is taken as harmless. */
const REPETITIONS_HARMLESS_MAX = 10;

/** Looks at the form only: repeated groups that themselves repeat, or that choose, can be matched in exponentially many ways. */
export function backtrackingRisk(pattern: string): BacktrackingRisk {
  interface Group {
    repeats: boolean;
    chooses: boolean;
  }
  const groups: Group[] = [{ repeats: false, chooses: false }];
  let unbounded = 0;
  let exponential = false;
  let i = 0;
  while (i < pattern.length) {
    const character = pattern[i]!;
    let closed: Group | null = null;
    if (character === '\\') i += 2;
    else if (character === '[') i = classEnd(pattern, i);
    else if (character === '(') {
      groups.push({ repeats: false, chooses: false });
      i += 1;
      continue;
    } else if (character === '|') {
      groups.at(-1)!.chooses = true;
      i += 1;
      continue;
    } else if (character === ')') {
      closed = groups.length > 1 ? groups.pop()! : null;
      i += 1;
    } else i += 1;

    const quantifier = /^(?:[*+?]|\{(\d+)(,)?(\d*)\})\??/.exec(pattern.slice(i, i + 24));
    const group = groups.at(-1)!;
    if (closed !== null) group.repeats ||= closed.repeats;
    if (quantifier === null) continue;
    i += quantifier[0].length;
    const [text, from, comma, to] = quantifier;
    const isOptional = text.startsWith('?');
    const isOpen = text.startsWith('*') || text.startsWith('+') || (comma !== undefined && to === '');
    const most = isOpen ? Infinity : Number(to || from || 1);
    if (isOptional) {
      group.repeats = true; // (a?)* is as bad as (a*)*
      continue;
    }
    if (most > REPETITIONS_HARMLESS_MAX) {
      unbounded += 1;
      group.repeats = true;
      if (closed !== null && (closed.repeats || closed.chooses)) exponential = true;
    }
  }
  return exponential ? 'exponential' : unbounded >= UNBOUNDED_REPETITIONS_MIN ? 'polynomial' : 'none';
}

/** What a match may cost, seen from the form. */
export function regexCost(pattern: string): RegexCost {
  let unbounded = 0;
  // The size of the group that is open, of those around it, and of the last thing in it.
  const outer: number[] = [];
  let [size, last, largest] = [0, 0, 0];
  for (let i = 0; i < pattern.length; ) {
    const character = pattern[i]!;
    if (character === '(') {
      outer.push(size);
      size = 0;
      last = 0;
      i += 1;
      continue;
    }
    if (character === ')' && outer.length > 0) {
      last = size + 1;
      size = outer.pop()!;
      i += 1;
    } else {
      last = 1;
      i = character === '\\' ? i + 2 : character === '[' ? classEnd(pattern, i) : i + 1;
    }
    const quantifier = /^(?:[*+?]|\{(\d+)(,)?(\d*)\})/.exec(pattern.slice(i, i + 24));
    if (quantifier !== null) {
      const [text, from, comma, to] = quantifier;
      i += text.length;
      const isOpen = text === '*' || text === '+' || (comma !== undefined && to === '');
      const most = Number(to || from || 1);
      if (isOpen || most > REPETITIONS_HARMLESS_MAX) unbounded += 1;
      last *= Math.max(1, most);
    }
    size += last;
    largest = Math.max(largest, size);
  }
  // Not anchored, a match is tried from each character.
  const isAnchored = pattern.startsWith('^') && !pattern.includes('|');
  return { degree: unbounded + (isAnchored ? 0 : 1), isTooLarge: largest > WRITTEN_OUT_MAX };
}

/** An expression that takes time in proportion to the text, or null where V8 has none for it. */
export function linearRegex(pattern: string, flags: ReadonlySet<string>): RegExp | null {
  const source = flags.has('i') ? withBothCases(pattern) : pattern;
  if (source === null) return null;
  try {
    return new RegExp(source, `${[...flags].filter((flag) => flag !== 'i').join('')}l`);
  } catch {
    return null;
  }
}

/** The linear engine knows no flag `i`: every letter becomes a class of its two forms. Null for what cannot be written so. */
function withBothCases(pattern: string): string | null {
  let out = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]!;
    if (character === '\\') {
      if (/[pPuxck]/.test(pattern[i + 1] ?? '')) return null;
      out += character + (pattern[i + 1] ?? '');
      i += 1;
    } else if (character === '(' && pattern.startsWith('(?<', i)) {
      const end = pattern.indexOf('>', i);
      if (end < 0) return null;
      out += pattern.slice(i, end + 1);
      i = end;
    } else if (inClass && pattern[i + 1] === '-' && pattern[i + 2] !== ']' && pattern[i + 2] !== undefined) {
      const end = pattern[i + 2]!;
      const range = `${character}-${end}`;
      if (/^[a-z]-[a-z]$/.test(range)) out += range + range.toUpperCase();
      else if (/^[A-Z]-[A-Z]$/.test(range)) out += range + range.toLowerCase();
      else if (/^\d-\d$/.test(range)) out += range;
      else return null;
      i += 2;
    } else {
      if (character === '[' && !inClass) inClass = true;
      else if (character === ']') inClass = false;
      const lower = character.toLowerCase();
      const upper = character.toUpperCase();
      if (lower === upper || lower.length !== 1 || upper.length !== 1) out += character;
      else out += inClass ? lower + upper : `[${lower}${upper}]`;
    }
  }
  return out;
}

function classEnd(pattern: string, start: number): number {
  for (let i = start + 1; i < pattern.length; i++) {
    if (pattern[i] === '\\') i += 1;
    else if (pattern[i] === ']') return i + 1;
  }
  return pattern.length;
}

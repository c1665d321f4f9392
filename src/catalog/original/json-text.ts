/**
 * Places in a JSON text. `JSON.parse` does not say reliably where a text is wrong, can't say where a value stands,
 * and silently keeps the last of two equal keys; this scan finds all three.
 */

/** Deeper than any catalogue; keeps a hostile file from exhausting the stack. */
const DEPTH_MAX = 64;
const KEPT_GOT_CHARACTERS = 20;

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

export interface JsonPlace {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

export type JsonScan =
  | { readonly outcome: 'well_formed' }
  | { readonly outcome: 'malformed'; readonly place: JsonPlace; readonly expected: string; readonly got: string }
  | { readonly outcome: 'key_repeated'; readonly place: JsonPlace; readonly path: readonly (string | number)[] };

class Stopped extends Error {
  readonly reason: 'malformed' | 'key_repeated' | 'found';
  readonly offset: number;
  readonly expected: string;

  constructor(reason: 'malformed' | 'key_repeated' | 'found', offset: number, expected = '') {
    super(reason);
    this.reason = reason;
    this.offset = offset;
    this.expected = expected;
  }
}

/** Checks a text against RFC 8259 and looks for repeated keys. */
export function scanJson(text: string): JsonScan {
  const path: (string | number)[] = [];
  const stopped = walk(text, path, undefined);
  if (stopped === undefined) return { outcome: 'well_formed' };
  const place = placeOf(text, stopped.offset);
  if (stopped.reason === 'key_repeated') return { outcome: 'key_repeated', place, path };
  return { outcome: 'malformed', place, expected: stopped.expected, got: gotAt(text, stopped.offset) };
}

/** Where the value at a path begins; of a path that leads nowhere, where its nearest holder begins. */
export function placeOfPath(text: string, path: readonly (string | number)[]): JsonPlace {
  for (let length = path.length; length >= 0; length--) {
    const stopped = walk(text, [], path.slice(0, length));
    if (stopped?.reason === 'found') return placeOf(text, stopped.offset);
  }
  return { line: 1, column: 1 };
}

function placeOf(text: string, offset: number): JsonPlace {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', end + 1)) {
    line++;
    lineStart = end + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

function gotAt(text: string, offset: number): string {
  if (offset >= text.length) return 'the end of the file';
  const got = text.slice(offset, offset + KEPT_GOT_CHARACTERS).split(/[\r\n]/, 1)[0] as string;
  return got === '' ? 'the end of the line' : JSON.stringify(got);
}

/** Walks the whole text, or up to the value at `wanted`. `path` holds the place where it stopped. */
function walk(
  text: string,
  path: (string | number)[],
  wanted: readonly (string | number)[] | undefined,
): Stopped | undefined {
  let offset = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) offset += found.length;
    return found;
  };
  const skipWhitespace = (): void => void take(WHITESPACE);
  const fail = (expected: string): never => {
    throw new Stopped('malformed', offset, expected);
  };

  function value(): void {
    skipWhitespace();
    if (wanted?.length === path.length && wanted.every((key, depth) => key === path[depth])) {
      throw new Stopped('found', offset);
    }
    const first = text[offset];
    if (first === '{' || first === '[') {
      if (path.length >= DEPTH_MAX) fail(`at most ${DEPTH_MAX} levels of nesting`);
      if (first === '{') object();
      else array();
    } else if (first === '"') {
      take(STRING) ?? fail('a text closed with a double quote on the same line, with known escapes');
    } else {
      take(WORD) ?? take(NUMBER) ?? fail('a value');
    }
  }

  function object(): void {
    const keys = new Set<string>();
    offset++;
    skipWhitespace();
    if (text[offset] === '}') {
      offset++;
      return;
    }
    for (;;) {
      skipWhitespace();
      const keyOffset = offset;
      const key = JSON.parse(take(STRING) ?? fail('a name in double quotes')) as string;
      path.push(key);
      if (keys.has(key)) throw new Stopped('key_repeated', keyOffset);
      keys.add(key);
      skipWhitespace();
      if (text[offset] !== ':') fail('":" after the name');
      offset++;
      value();
      path.pop();
      skipWhitespace();
      const next = text[offset];
      if (next !== ',' && next !== '}') fail('"," or "}"');
      offset++;
      if (next === '}') return;
    }
  }

  function array(): void {
    offset++;
    skipWhitespace();
    if (text[offset] === ']') {
      offset++;
      return;
    }
    for (let index = 0; ; index++) {
      path.push(index);
      value();
      path.pop();
      skipWhitespace();
      const next = text[offset];
      if (next !== ',' && next !== ']') fail('"," or "]"');
      offset++;
      if (next === ']') return;
    }
  }

  try {
    value();
    skipWhitespace();
    if (offset < text.length) fail('nothing after the value');
    return undefined;
  } catch (stopped) {
    if (stopped instanceof Stopped) return stopped;
    throw stopped;
  }
}

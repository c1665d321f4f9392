/**
 * A regular expression whose time is bounded, whatever the text. With one unbounded repetition a backtracking engine may
 * need the square of the text's length, with two the cube; so beyond a length that depends on the form, V8's linear-time
 * engine takes over where it can, and on long texts either one runs under a time limit.
 */
import { createContext, Script } from 'node:vm';
import { MongoError } from '../errors.ts';
import { work } from '../stroke.ts';

/** What backtracking may cost without a limit: a few milliseconds. */
const STEPS_MAX = 4_000_000;
/** The linear engine takes some 10 to 100 ns for each character. */
const LINEAR_CHARACTERS_MAX = 20_000;
const LIMIT_MS = 250;
/** A match under a time limit counts as so many steps of its stroke. */
const STROKE_STEPS = 10_000;

const sandbox = createContext({ regex: /(?:)/, text: '' }) as { regex: RegExp; text: string };
const script = new Script('regex.exec(text)');

export class BoundedRegExp extends RegExp {
  readonly #linear: RegExp | null;
  readonly #degree: number;
  readonly #charactersMax: number;

  /** `degree`: the power of the text's length that a match may take. `linear`: the same expression for the linear engine. */
  constructor(regex: RegExp, degree: number, linear: RegExp | null, flags = regex.flags) {
    super(regex.source, flags);
    this.#degree = degree;
    this.#linear = linear;
    this.#charactersMax = STEPS_MAX ** (1 / degree);
  }

  override exec(text: string): RegExpExecArray | null {
    if (text.length <= this.#charactersMax) return super.exec(text);
    const engine = this.#linear ?? new RegExp(this.source, this.flags);
    engine.lastIndex = this.lastIndex;
    const found =
      this.#linear !== null && text.length <= LINEAR_CHARACTERS_MAX ? engine.exec(text) : withinLimit(engine, text);
    this.lastIndex = engine.lastIndex;
    return found;
  }

  /** Finds all matches: as the flag `g`. */
  everywhere(): BoundedRegExp {
    const linear = this.#linear === null ? null : new RegExp(this.#linear.source, `${this.#linear.flags}g`);
    return new BoundedRegExp(this, this.#degree, linear, `${this.flags}g`);
  }
}

function withinLimit(regex: RegExp, text: string): RegExpExecArray | null {
  work(STROKE_STEPS);
  sandbox.regex = regex;
  sandbox.text = text;
  try {
    return script.runInContext(sandbox as object as import('node:vm').Context, {
      timeout: LIMIT_MS,
    }) as RegExpExecArray | null;
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw new MongoError(
      51156,
      `Error occurred while executing the regular expression: match limit exceeded (it took longer than ${LIMIT_MS} ms)`,
      { cause },
    );
  } finally {
    sandbox.text = '';
  }
}

/** All matches of any expression, from the left. */
export function* allMatches(regex: RegExp, text: string): IterableIterator<RegExpExecArray> {
  const everywhere = regex instanceof BoundedRegExp ? regex.everywhere() : new RegExp(regex.source, `${regex.flags}g`);
  for (let found = everywhere.exec(text); found !== null; found = everywhere.exec(text)) {
    yield found;
    // An empty match does not move on by itself; half a surrogate pair is no place to go on from.
    if (found[0] === '') everywhere.lastIndex += text.codePointAt(everywhere.lastIndex)! > 0xffff ? 2 : 1;
  }
}

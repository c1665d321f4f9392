/**
 * Sort keys of strings under a collation, for index keys.
 *
 * JavaScript lends ICU's comparison but not its sort keys, so they are rebuilt: the characters of a fixed repertoire are
 * ranked level by level (letters, accents, case …) by comparing them, and a string's key is its characters' ranks, one
 * level after the other, as in the Unicode Collation Algorithm. That is exact for strings made of characters that stand
 * for themselves. Others (contractions as "ch" in Czech, expansions as "æ", scripts outside of the repertoire) are called
 * irregular: they share one key behind all others, and whoever uses the keys has to look at such strings themselves.
 */
import type { Collation } from './collation.ts';
import { BSONSymbol, type BsonValue, Code, type Document } from './values.ts';

/** Takes the bytes of a key. */
export interface KeyBytes {
  byte(value: number): void;
  text(text: string): void;
}

const LEVEL_END = 0x00;
/** The first byte of what irregular strings share: above every rank's first byte. */
export const IRREGULAR = 0xfd;
const RANK_FIRST_BYTE = 0x02;
/** How a level's ranks fit into a byte: equal to the least in its class is 1. */
const CLASS_RANKS_MAX = 0xf0;
/** Blocks contractions and is ignored otherwise: a string with it between all characters compares equal to itself without. */
const GRAPHEME_JOINER = '\u034f';
/** Sorts behind every other character, so that `x` followed by it is above all that starts with x. */
const HIGHEST = '\uffff';
const DIGITS_MAX = 0xf0;

/** Latin, Greek, Cyrillic, Armenian; their extensions; punctuation, currencies, letter-like signs and arrows. */
const REPERTOIRE: readonly (readonly [from: number, to: number])[] = [
  [0x20, 0x590], [0x1e00, 0x2000], [0x2000, 0x2070], [0x20a0, 0x20c1], [0x2100, 0x2200],
]; // biome-ignore format: ranges are easier to read in lines
/** Their languages sort these in orders of their own; building their ranks takes longer, so only those pay for them. */
const HAN = [0x4e00, 0xa000] as const;
const REPERTOIRE_OF_LANGUAGE: Readonly<Record<string, readonly (readonly [from: number, to: number])[]>> = {
  zh: [HAN],
  ja: [[0x3040, 0x3100], HAN],
  ko: [[0xac00, 0xd7a4], HAN],
};
/** Marks, controls and the like have no rank of their own. */
const NOT_RANKED = /[\p{M}\p{C}]/u;
/** No contraction of these languages has only ASCII in it: the look for contractions can be spared. */
const WITHOUT_ASCII_CONTRACTIONS = new Set([
  'en',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'sv',
  'fi',
  'pl',
  'ru',
  'tr',
  'ja',
  'zh',
]);
const SAMPLES = 1500;

export class CollationKeys {
  readonly collation: Collation;
  readonly #levels: number;
  /** For each level, by UTF-16 code unit: rank + 1; 0: not in the repertoire. */
  readonly #ranks: readonly Uint16Array[];
  readonly #isNumeric: boolean;
  readonly #isIdentical: boolean;
  readonly #skipsAsciiCheck: boolean;
  readonly #isTrusted: boolean;

  constructor(collation: Collation) {
    this.collation = collation;
    const { spec } = collation;
    this.#isNumeric = spec['numericOrdering'] === true;
    this.#isIdentical = spec['strength'] === 5;
    const locale = spec['locale'] as string;
    this.#skipsAsciiCheck =
      !this.#isNumeric &&
      !locale.includes('@') &&
      WITHOUT_ASCII_CONTRACTIONS.has(locale.split('_', 1)[0]!) &&
      spec['alternate'] !== 'shifted';
    const { ranks, repertoire } = rank(collation, locale, this.#isNumeric);
    this.#ranks = ranks;
    this.#levels = ranks.length;
    this.#isTrusted = true;
    // Some orders are not made of levels of ranks (accents from the end, as in Canadian French): a sample tells.
    this.#isTrusted = this.#agrees(repertoire);
  }

  /** Appends the key of the text, which ends itself; false where it is irregular. */
  write(text: string, out: KeyBytes): boolean {
    const plain = text.normalize('NFC');
    if (!this.#isTrusted || !this.#isRegular(plain)) {
      out.byte(IRREGULAR);
      out.byte(LEVEL_END);
      return false;
    }
    for (let level = 0; level < this.#levels; level++) this.#writeLevel(plain, level, out);
    if (this.#isIdentical) out.text(text.normalize('NFD'));
    return true;
  }

  #writeLevel(text: string, level: number, out: KeyBytes): void {
    const ranks = this.#ranks[level]!;
    // Ranks of 1 at the end of a level say nothing: the shorter level is the lower one, as the least ranks would be.
    let skipped = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (this.#isNumeric && isDigit(unit)) {
        const from = at;
        while (at + 1 < text.length && isDigit(text.charCodeAt(at + 1))) at += 1;
        if (level === 0) writeNumber(text.slice(from, at + 1), ranks[0x30]!, out);
        else skipped += 1;
        continue;
      }
      const value = ranks[unit]!;
      if (level === 0) {
        out.byte((value >> 8) + RANK_FIRST_BYTE);
        out.byte(value & 0xff);
      } else if (value === 1) skipped += 1;
      else {
        for (; skipped > 0; skipped--) out.byte(1);
        out.byte(value);
      }
    }
    out.byte(LEVEL_END);
  }

  #isRegular(text: string): boolean {
    const first = this.#ranks[0]!;
    let isAscii = true;
    let digits = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (first[unit] === 0) return false;
      if (unit > 0x7f) isAscii = false;
      digits = isDigit(unit) ? digits + 1 : 0;
      if (this.#isNumeric && digits > DIGITS_MAX) return false;
    }
    if ((isAscii && this.#skipsAsciiCheck) || text.length < 2) return true;
    let apart = text[0]!;
    for (let at = 1; at < text.length; at++) {
      const isInNumber = this.#isNumeric && isDigit(text.charCodeAt(at)) && isDigit(text.charCodeAt(at - 1));
      apart += isInNumber ? text[at]! : GRAPHEME_JOINER + text[at]!;
    }
    return this.collation.compare(text, apart) === 0;
  }

  #agrees(repertoire: readonly string[]): boolean {
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >>> 8) % below;
    };
    // Short strings of few neighbouring characters: those differ in their accents and case.
    const sample = (start: number) =>
      Array.from({ length: random(4) }, () => repertoire[(start + random(12)) % repertoire.length]!).join('');
    for (let k = 0; k < SAMPLES; k++) {
      const start = random(repertoire.length);
      const a = sample(start);
      const b = sample(start);
      const left = bytesOfKey(this, a);
      const right = bytesOfKey(this, b);
      if (left === null || right === null) continue;
      if (Math.sign(Buffer.compare(left, right)) !== Math.sign(this.collation.compare(a, b))) return false;
    }
    return true;
  }
}

/** Ranks every character that stands for itself; the others are left out. */
function rank(
  collation: Collation,
  locale: string,
  isNumeric: boolean,
): { ranks: Uint16Array[]; repertoire: readonly string[] } {
  const { levels } = collation;
  const first = levels[0]!;
  const characters: string[] = [];
  const ranges = [...REPERTOIRE, ...(REPERTOIRE_OF_LANGUAGE[locale.split('_', 1)[0]!] ?? [])];
  for (const [from, to] of ranges) {
    for (let unit = from; unit < to; unit++) {
      const character = String.fromCharCode(unit);
      if (NOT_RANKED.test(character) || character.normalize('NFC') !== character) continue;
      // Where digits make numbers, only those of ASCII do so here.
      if (isNumeric && unit > 0x7f && /\p{N}/u.test(character)) continue;
      // What counts for nothing on the first level leaves no place for the ranks of the others.
      if (first(character, '') === 0) continue;
      characters.push(character);
    }
  }
  characters.sort(first);
  let alone: string[] = [];
  let above: string | null = null;
  for (const character of characters) {
    // An expansion ("æ" as "ae") lies between a character and what comes after all that starts with that one.
    if (above !== null && first(above, character) < 0 && first(character, above + HIGHEST) < 0) continue;
    alone.push(character);
    above = character;
  }
  const ranks: Uint16Array[] = [];
  let classes: string[][] = [alone];
  for (const compare of levels) {
    const finer: string[][] = [];
    const ofLevel = new Uint16Array(0x10000);
    for (const members of classes) {
      members.sort(compare);
      let value = 0;
      for (const [k, character] of members.entries()) {
        if (k === 0 || compare(members[k - 1]!, character) !== 0) {
          value += 1;
          finer.push([]);
        }
        finer.at(-1)!.push(character);
        ofLevel[character.charCodeAt(0)] = value;
        // Too many for the byte: this one is left out.
        if (ranks.length > 0 && value > CLASS_RANKS_MAX) ranks[0]![character.charCodeAt(0)] = 0;
      }
    }
    ranks.push(ofLevel);
    classes = finer;
  }
  alone = alone.filter((character) => ranks[0]![character.charCodeAt(0)] !== 0);
  return { ranks, repertoire: alone };
}

/** A run of digits counts as one number: the longer one is the larger, zeros in front count for nothing. */
function writeNumber(digits: string, rankOfZero: number, out: KeyBytes): void {
  const significant = digits.replace(/^0+(?=.)/, '');
  out.byte((rankOfZero >> 8) + RANK_FIRST_BYTE);
  out.byte(rankOfZero & 0xff);
  out.byte(significant.length);
  for (let at = 0; at < significant.length; at++) out.byte(significant.charCodeAt(at));
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Whether some string in the value is irregular, so that its key is not its own. */
export function isIrregular(value: BsonValue, keys: CollationKeys): boolean {
  if (typeof value === 'string') return bytesOfKey(keys, value) === null;
  if (value instanceof BSONSymbol) return bytesOfKey(keys, value.value) === null;
  if (value instanceof Code) return value.scope !== undefined && value.scope !== null;
  if (Array.isArray(value)) return value.some((item) => isIrregular(item, keys));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value as Document).some((item) => isIrregular(item as BsonValue, keys));
}

/** The key of one text; null where it is irregular. */
export function bytesOfKey(keys: CollationKeys, text: string): Buffer | null {
  const bytes: number[] = [];
  const isRegular = keys.write(text, {
    byte: (value) => void bytes.push(value),
    text: (rest) => void bytes.push(...Buffer.from(rest), 0),
  });
  return isRegular ? Buffer.from(bytes) : null;
}

/** What the keys were made by: another version of ICU may rank differently. */
export const collationKeysVersion = `1/${process.versions.icu ?? 'none'}/${process.versions['cldr'] ?? ''}`;

const made = new Map<string, CollationKeys>();

/** One per collation, for making the ranks takes tens of milliseconds. */
export function collationKeysOf(collation: Collation): CollationKeys {
  const text = JSON.stringify(collation.spec);
  let keys = made.get(text);
  if (keys === undefined) {
    keys = new CollationKeys(collation);
    made.set(text, keys);
  }
  return keys;
}

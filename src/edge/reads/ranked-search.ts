/**
 * Search by words in memory, best first: whole words before beginnings of words before parts before typing errors; what a
 * thing is before what it is for. For hundreds or a few thousand items; a question looks at every word that occurs.
 */

export interface SearchField<Item> {
  readonly weight: number;
  /** What the word weighs that says what the thing is: a hammer drill is a drill. Absent where the field is no name. */
  readonly headWeight?: number;
  text(item: Item): string;
}

export interface SearchHit<Item> {
  readonly item: Item;
  readonly score: number;
}

interface IndexedWord {
  readonly word: string;
  /** Item's place → weight of all fields in which the word occurs: what is found by name and kind comes first. */
  readonly weights: Map<number, number>;
}

/** Lets a code that was typed, whole or begun, come before all words. */
const CODE_SCORE = 1_000;
const CODE_LETTERS_MIN = 4;
const PREFIX_LETTERS_MIN = 2;
const PART_LETTERS_MIN = 3;

export class RankedSearch<Item> {
  readonly #fields: readonly SearchField<Item>[];
  readonly #codeOf: (item: Item) => string;
  #items: readonly Item[] = [];
  #codes: readonly string[] = [];
  #words: readonly IndexedWord[] = [];

  /** `codeOf` names an item as a label does; punctuation in it does not matter. */
  constructor(fields: readonly SearchField<Item>[], codeOf: (item: Item) => string = () => '') {
    this.#fields = fields;
    this.#codeOf = codeOf;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Replaces what is searched. */
  replace(items: readonly Item[]): void {
    const words = new Map<string, IndexedWord>();
    items.forEach((item, place) => {
      for (const { weight, headWeight = weight, text } of this.#fields) {
        const head = headWeight === weight ? undefined : headOf(text(item));
        for (const word of new Set(wordsOf(text(item)))) {
          const entry = words.get(word) ?? { word, weights: new Map() };
          words.set(word, entry);
          entry.weights.set(place, (word === head ? headWeight : weight) + (entry.weights.get(place) ?? 0));
        }
      }
    });
    this.#items = items;
    this.#codes = items.map((item) => compact(this.#codeOf(item)));
    this.#words = [...words.values()];
  }

  /** An item that answers all words of the question comes before one that answers some of them. */
  search(question: string, limit = 20): SearchHit<Item>[] {
    const asked = [...new Set(wordsOf(question).flatMap((word) => this.#apart(word)))];
    const scores = new Map<number, { sum: number; answered: number }>();
    for (const word of asked) {
      for (const [place, score] of this.#bestByItem(word)) {
        const entry = scores.get(place) ?? { sum: 0, answered: 0 };
        scores.set(place, { sum: entry.sum + score, answered: entry.answered + 1 });
      }
    }
    const code = compact(question);
    if (code.length >= CODE_LETTERS_MIN) {
      this.#codes.forEach((one, place) => {
        if (!one.startsWith(code)) return;
        scores.set(place, { sum: CODE_SCORE * (code.length / one.length), answered: asked.length });
      });
    }
    return [...scores]
      .map(([place, { sum, answered }]) => ({ place, score: sum * (answered / asked.length) ** 2 }))
      .sort((one, other) => other.score - one.score || one.place - other.place)
      .slice(0, limit)
      .map(({ place, score }) => ({ item: this.#items[place] as Item, score }));
  }

  /** How well each item answers one word. */
  #bestByItem(asked: string): Map<number, number> {
    const likenesses = new Map<IndexedWord, number>();
    let highest = 0;
    for (const entry of this.#words) {
      const likeness = likenessOf(asked, entry.word);
      if (likeness === 0) continue;
      likenesses.set(entry, likeness);
      highest = Math.max(highest, likeness);
    }
    const best = new Map<number, number>();
    const meant = new Set<number>();
    for (const [{ weights }, likeness] of likenesses) {
      for (const [place, weight] of weights) {
        best.set(place, Math.max(likeness * weight, best.get(place) ?? 0));
        if (likeness === highest) meant.add(place);
      }
    }
    // How rare the word is that was most likely meant: a rare word that is merely like it must not win by being rare.
    const rarity = Math.log(1 + this.#items.length / Math.max(1, meant.size));
    for (const [place, score] of best) best.set(place, score * rarity);
    return best;
  }

  /** A word that nothing is like may be two: a paintbrush. */
  #apart(word: string): string[] {
    if (this.#words.some((entry) => likenessOf(word, entry.word) > 0)) return [word];
    const known = new Set(this.#words.map((entry) => entry.word));
    for (let at = PART_LETTERS_MIN; at <= word.length - PART_LETTERS_MIN; at++) {
      const parts = [word.slice(0, at), singular(word.slice(at))];
      if (parts.every((part) => known.has(part))) return parts;
    }
    return [word];
  }
}

/** Words that say how many there are of a thing, not what it is. */
const COLLECTIVE = new Set(['assortment', 'collection', 'kit', 'pair', 'set']);
const HEAD_ENDS = new Set(['for', 'on', 'to', 'with', 'without']);

/** The last word of a name before its sizes and extras: of `Framing Hammer 22 oz with Magnetic Start` the hammer. */
export function headOf(name: string): string | undefined {
  const words: string[] = [];
  for (const word of wordsOf(name.split(',', 1)[0] ?? '')) {
    const isSize = /^\p{N}/u.test(word);
    if (words.length > 0 && (isSize || HEAD_ENDS.has(word))) break;
    if (!isSize) words.push(word);
  }
  return words.findLast((word) => !COLLECTIVE.has(word)) ?? words.at(-1);
}

/** Lower case, without accents and plurals; sizes such as 12/2 and 2.5 stay whole. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return [...plain.matchAll(/[\p{L}\p{N}]+(?:[./]\p{N}+)*/gu)].map(([word]) => singular(word));
}

const compact = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, '');

function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/** 1 for the word itself, less for its beginning, a part of it, and with typing errors; 0 for another word. */
function likenessOf(asked: string, word: string): number {
  if (asked === word) return 1;
  const share = asked.length / word.length;
  if (asked.length >= PREFIX_LETTERS_MIN && word.startsWith(asked)) return 0.65 + 0.3 * share;
  if (asked.length >= PART_LETTERS_MIN && word.includes(asked)) return 0.3 + 0.3 * share;
  const errorsMax = asked.length >= 8 ? 2 : asked.length >= 4 ? 1 : 0;
  if (errorsMax === 0 || word.length < 4) return 0;
  const errors = typingErrors(asked, word, errorsMax);
  if (errors <= errorsMax) return 0.55 * (1 - errors / asked.length);
  // The beginning of a longer word, mistyped: "hamm" is right already, "hmamerdr" for "hammer drill" is not.
  if (word.length <= asked.length + errorsMax) return 0;
  const begun = typingErrors(asked, word.slice(0, asked.length), errorsMax);
  return begun <= errorsMax ? 0.35 * (1 - begun / asked.length) : 0;
}

/** Letters that are wrong, missing, too many, or swapped with their neighbour; above `max` any number above it. */
export function typingErrors(one: string, other: string, max: number): number {
  if (Math.abs(one.length - other.length) > max) return max + 1;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      let errors = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (isSame ? 0 : 1),
      );
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (isSwapped) errors = Math.min(errors, (before[column - 2] as number) + 1);
      current.push(errors);
    }
    if (Math.min(...current) > max) return max + 1;
    before = last;
    last = current;
  }
  return last[other.length] as number;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';
/** A shorter word has too many neighbours to guess among. */
const MISSPELT_LETTERS_MIN = 5;

/** The words of a text, plain and in lower case: no accents, no numbers, no 's. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]s\b/g, '')
    .match(/[a-z]{2,}/g) ?? [];

/** A word, and what it may be a form of: `shelves` → shelve, shelf; `hanging` → hang, hange. */
export function formsOf(word: string): string[] {
  const forms = [word];
  if (word.endsWith('ies')) forms.push(`${word.slice(0, -3)}y`);
  if (word.endsWith('ves')) forms.push(`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`);
  if (word.endsWith('es')) forms.push(word.slice(0, -2));
  if (word.endsWith('s')) forms.push(word.slice(0, -1));
  if (word.endsWith('ing')) forms.push(word.slice(0, -3), `${word.slice(0, -3)}e`);
  if (word.endsWith('ed')) forms.push(word.slice(0, -2), word.slice(0, -1));
  if (/(.)\1(?:ing|ed)$/.test(word)) forms.push(word.replace(/.(?:ing|ed)$/, ''));
  return forms;
}

/** Everything that is one typing error away: a letter more, less or other, or two that changed places. */
export function* oneErrorFrom(word: string): Generator<string> {
  if (word.length < MISSPELT_LETTERS_MIN) return;
  for (let at = 0; at <= word.length; at++) {
    const [before, after] = [word.slice(0, at), word.slice(at)];
    if (after !== '') yield before + after.slice(1);
    if (after.length > 1) yield `${before}${after[1]}${after[0]}${after.slice(2)}`;
    for (const letter of ALPHABET) {
      if (after !== '') yield before + letter + after.slice(1);
      yield before + letter + after;
    }
  }
}

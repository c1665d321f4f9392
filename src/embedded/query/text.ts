/**
 * Text search: words of a document with their scores (what a text index holds), the `$text` operator, and textScore.
 * Words are cut, folded and stemmed as MongoDB's text index version 3 does; languages are English and "none".
 */
import stemEnglish from 'wink-porter2-stemmer';
import { toDouble } from '../bson/arithmetic.ts';
import { isDocument, isNumber, type MaybeValue } from '../bson/compare.ts';
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { readField } from './paths.ts';
import { englishStopWords } from './stop-words.ts';
import type { TextQuery } from './text-query.ts';

export type { TextQuery } from './text-query.ts';

export interface TextIndex {
  /** Field path → weight; the path `$**` stands for every string of the document. */
  readonly weights: ReadonlyMap<string, number>;
  readonly defaultLanguage: TextLanguage;
  /** The field in which a document, or a document within it, names its own language. */
  readonly languageOverride: string;
}

export type TextLanguage = 'english' | 'none';

/** What to search for, in the form of the words that an index holds. */
export interface TextSearch {
  /** A document needs one of these … */
  readonly terms: ReadonlySet<string>;
  /** … and all of these, as they stand … */
  readonly phrases: readonly string[];
  /** … and none of these. */
  readonly negatedTerms: ReadonlySet<string>;
  readonly negatedPhrases: readonly string[];
}

export interface CompiledTextQuery extends TextSearch {
  /** Reads the whole document. */
  matches(document: Document): boolean;
  /** The `textScore`: the sum of the scores of the searched terms. */
  score(document: Document): number;
}

interface Folding {
  readonly caseSensitive: boolean;
  readonly diacriticSensitive: boolean;
}

const FOLD_ALL: Folding = { caseSensitive: false, diacriticSensitive: false };
const WILDCARD = '$**';
const WEIGHT_MAX = 99_999;

/** The argument of `$text`, checked. */
export function parseTextOperator(argument: BsonValue): TextQuery {
  if (!isDocument(argument)) throw new MongoError('BadValue', '$text expects an object');
  for (const name of Object.keys(argument)) {
    if (!['$search', '$language', '$caseSensitive', '$diacriticSensitive'].includes(name)) {
      throw new MongoError('BadValue', `extra fields in $text: ${name}`);
    }
  }
  const { $search, $language, $caseSensitive, $diacriticSensitive } = argument;
  if ($search === undefined) throw new MongoError('NoSuchKey', 'Missing expected field "$search"');
  if (typeof $search !== 'string')
    throw new MongoError('TypeMismatch', '"$search" had the wrong type. Expected string');
  if ($language !== undefined && typeof $language !== 'string') {
    throw new MongoError('TypeMismatch', '"$language" had the wrong type. Expected string');
  }
  for (const [name, flag] of Object.entries({ $caseSensitive, $diacriticSensitive })) {
    if (flag !== undefined && typeof flag !== 'boolean') {
      throw new MongoError('TypeMismatch', `"${name}" had the wrong type. Expected bool`);
    }
  }
  if ($language !== undefined) languageOf($language);
  return {
    search: $search,
    language: $language ?? null,
    caseSensitive: $caseSensitive === true,
    diacriticSensitive: $diacriticSensitive === true,
  };
}

/** From an index's key (`{name: 'text'}` or the stored `{_fts: 'text', _ftsx: 1}`) and its options. */
export function textIndexOf(key: Readonly<Record<string, unknown>>, options: Document): TextIndex {
  const weights = new Map<string, number>();
  if (isDocument(options.weights)) {
    for (const path of Object.keys(options.weights)) weights.set(path, weightOf(path, options.weights[path]));
  }
  for (const [path, direction] of Object.entries(key)) {
    if (direction === 'text' && path !== '_fts' && !weights.has(path)) weights.set(path, 1);
  }
  const { default_language: language, language_override: override } = options;
  return {
    weights,
    defaultLanguage: language === undefined ? 'english' : languageOf(language),
    languageOverride: typeof override === 'string' ? override : 'language',
  };
}

/** Term → score of one document: the entries of a text index. */
export function textKeys(document: Document, index: TextIndex): Map<string, number> {
  const scores = new Map<string, number>();
  forEachText(document, index, (text, weight, language) => addScores(scores, text, weight, language));
  return scores;
}

export function compileTextQuery(query: TextQuery, index: TextIndex): CompiledTextQuery {
  const language = query.language === null ? index.defaultLanguage : languageOf(query.language);
  const search = parseTextSearch(query.search, language);
  const exact: Folding = query;
  const needsExactWords = query.caseSensitive || query.diacriticSensitive;
  const exactSearch = needsExactWords ? parseTextSearch(query.search, language, exact) : search;
  const phrases = exactSearch.phrases.map((phrase) => fold(phrase, exact));
  const negatedPhrases = exactSearch.negatedPhrases.map((phrase) => fold(phrase, exact));

  const hasPhrases = (document: Document) => {
    if (phrases.length === 0 && negatedPhrases.length === 0) return true;
    const texts: string[] = [];
    forEachText(document, index, (text) => texts.push(fold(text, exact)));
    return (
      phrases.every((phrase) => texts.some((text) => text.includes(phrase))) &&
      !negatedPhrases.some((phrase) => texts.some((text) => text.includes(phrase)))
    );
  };

  return {
    ...search,
    matches(document) {
      const words = needsExactWords ? wordsOf(document, index, exact) : textKeys(document, index);
      for (const term of exactSearch.negatedTerms) if (words.has(term)) return false;
      for (const term of exactSearch.terms) if (words.has(term)) return hasPhrases(document);
      return false;
    },
    score(document) {
      const scores = textKeys(document, index);
      let total = 0;
      for (const term of search.terms) total += scores.get(term) ?? 0;
      return total;
    },
  };
}

/**
 * Reads the words of a search: `"a phrase"`, `-not`, `-"not this phrase"`. A hyphen inside a word only separates. The words of a
 * phrase are terms too.
 */
export function parseTextSearch(search: string, language: TextLanguage = 'english', folding = FOLD_ALL): TextSearch {
  const terms = new Set<string>();
  const negatedTerms = new Set<string>();
  const phrases: string[] = [];
  const negatedPhrases: string[] = [];
  const parts = /(?<![^\s"])(-?)"([^"]*)"|(?<![^\s"])-(?=[^\s"-])([^\s"]+)|([^\s"]+)|"/gu;
  for (const [, phraseSign, phrase, negatedWord, word] of search.matchAll(parts)) {
    if (phrase !== undefined) {
      const words = termsOf(phrase, language, folding);
      if (phraseSign === '-') negatedPhrases.push(phrase);
      else {
        if (phrase.trim() !== '') phrases.push(phrase);
        for (const term of words) terms.add(term);
      }
    } else if (negatedWord !== undefined) {
      for (const term of termsOf(negatedWord, language, folding)) negatedTerms.add(term);
    } else if (word !== undefined) {
      for (const term of termsOf(word, language, folding)) terms.add(term);
    }
  }
  return { terms, phrases, negatedTerms, negatedPhrases };
}

/** The stems of a text's words in order, stop words left out. */
export function* termsOf(text: string, language: TextLanguage, folding: Folding = FOLD_ALL): Generator<string> {
  const words = language === 'english' ? englishWords : plainWords;
  for (const [word] of text.matchAll(words)) {
    const lower = word.toLowerCase();
    if (language === 'english' && englishStopWords.has(lower)) continue;
    const folded = language === 'english' ? stemEnglish(lower) : lower;
    const stem = folding.caseSensitive ? withCaseOf(word, folded) : folded;
    const term = folding.diacriticSensitive ? stem : withoutDiacritics(stem);
    if (term !== '') yield term;
  }
}

/** The stemmer knows small letters only; the stem gets back the capitals of the letters that it kept. */
function withCaseOf(word: string, stem: string): string {
  const lower = word.toLowerCase();
  if (lower.length !== word.length) return stem;
  let kept = 0;
  while (kept < stem.length && stem[kept] === lower[kept]) kept += 1;
  return word.slice(0, kept) + stem.slice(kept);
}

// Delimiters by Unicode property. In English an apostrophe belongs to its word (don't, carpenter's).
const delimiters = String.raw`\p{White_Space}\p{Dash}\p{Quotation_Mark}\p{Terminal_Punctuation}\p{Pattern_Syntax}\u00ad`;
const plainWords = new RegExp(`[^${delimiters}]+`, 'gu');
const englishWords = new RegExp(`(?:[^${delimiters}]|')+`, 'gu');

function fold(text: string, { caseSensitive, diacriticSensitive }: Folding): string {
  const cased = caseSensitive ? text : text.toLowerCase();
  return diacriticSensitive ? cased : withoutDiacritics(cased);
}

function withoutDiacritics(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f)
      return text
        .normalize('NFD')
        .replace(/\p{Mn}+/gu, '')
        .normalize('NFC');
  }
  return text;
}

/**
 * MongoDB's score of a term in one field: each further occurrence counts half of the one before, scaled by its share of the words
 * and by the field's weight; a field that consists of just the term gets a tenth more.
 */
function addScores(scores: Map<string, number>, text: string, weight: number, language: TextLanguage): void {
  const found = new Map<string, { count: number; frequency: number; halving: number }>();
  let words = 0;
  for (const term of termsOf(text, language)) {
    words += 1;
    const entry = found.get(term);
    if (entry === undefined) {
      found.set(term, { count: 1, frequency: 1, halving: 1 });
    } else {
      entry.halving *= 2;
      entry.count += 1;
      entry.frequency += 1 / entry.halving;
    }
  }
  for (const [term, { count, frequency }] of found) {
    const share = (0.5 * count) / words + 0.5;
    const boost = text.length === term.length && text.toLowerCase() === term ? 1.1 : 1;
    scores.set(term, (scores.get(term) ?? 0) + weight * frequency * share * boost);
  }
}

function wordsOf(document: Document, index: TextIndex, folding: Folding): Set<string> {
  const words = new Set<string>();
  forEachText(document, index, (text, _weight, language) => {
    for (const term of termsOf(text, language, folding)) words.add(term);
  });
  return words;
}

/** Every string that the index covers, with the weight of its field and the language in force there. */
function forEachText(
  document: Document,
  index: TextIndex,
  visit: (text: string, weight: number, language: TextLanguage) => void,
): void {
  const wildcardWeight = index.weights.get(WILDCARD);
  const language = overridden(document, index, index.defaultLanguage);
  if (wildcardWeight !== undefined) {
    everyString(document, index, language, '', (text, path, own) =>
      visit(text, index.weights.get(path) ?? wildcardWeight, own),
    );
    return;
  }
  for (const [path, weight] of index.weights) {
    stringsAt(document, path.split('.'), 0, index, language, (text, own) => visit(text, weight, own));
  }
}

function everyString(
  value: MaybeValue,
  index: TextIndex,
  language: TextLanguage,
  path: string,
  visit: (text: string, path: string, language: TextLanguage) => void,
): void {
  if (typeof value === 'string') visit(value, path, language);
  else if (Array.isArray(value)) for (const element of value) everyString(element, index, language, path, visit);
  else if (isDocument(value)) {
    const own = overridden(value, index, language);
    for (const name of Object.keys(value)) {
      if (name === index.languageOverride) continue;
      everyString(value[name], index, own, path === '' ? name : `${path}.${name}`, visit);
    }
  }
}

function stringsAt(
  value: MaybeValue,
  components: readonly string[],
  at: number,
  index: TextIndex,
  language: TextLanguage,
  visit: (text: string, language: TextLanguage) => void,
): void {
  if (Array.isArray(value)) {
    for (const element of value) stringsAt(element, components, at, index, language, visit);
  } else if (at === components.length) {
    if (typeof value === 'string') visit(value, language);
  } else if (isDocument(value)) {
    const own = at === 0 ? language : overridden(value, index, language);
    stringsAt(readField(value, components[at]!), components, at + 1, index, own, visit);
  }
}

function overridden(document: Document, index: TextIndex, inherited: TextLanguage): TextLanguage {
  const own = readField(document, index.languageOverride);
  if (own === undefined) return inherited;
  if (typeof own !== 'string') {
    throw new MongoError(17261, `found language override field in document with non-string type`);
  }
  return languageOf(own);
}

function languageOf(name: BsonValue): TextLanguage {
  if (name === 'english' || name === 'en') return 'english';
  if (name === 'none') return 'none';
  throw new MongoError(
    17262,
    `unsupported language: "${String(name)}" for text index version 3 (this server knows "english" and "none")`,
  );
}

function weightOf(path: string, weight: MaybeValue): number {
  const number = isNumber(weight) ? toDouble(weight) : Number.NaN;
  if (!(number >= 1 && number <= WEIGHT_MAX)) {
    throw new MongoError(
      'CannotCreateIndex',
      `text index weight must be in the exclusive interval (0,100000) but found: ${path}`,
    );
  }
  return number;
}

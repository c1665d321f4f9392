/**
 * Embeddings without a model of meaning: feature hashing of words and word parts ("lexical"). Texts that share words,
 * stems or parts of words come out near each other; synonyms don't. Deterministic: whole-number hashes, additions,
 * multiplications and square roots.
 *
 * A text becomes features: each word, its stem, its character three- and four-grams, and each pair of neighbouring
 * words. A feature's place and sign in the vector are its hash; its weight is fixed by its kind and its word: words that
 * say nothing weigh nothing, words common in every catalogue weigh little, longer words are rarer and weigh more (in the
 * place of an inverse document frequency, which would change with every catalogue). Repetition counts by its square
 * root. The vector has length 1 and six decimals.
 */

import { DESCRIPTION_EMBEDDING_LENGTH, IMAGE_EMBEDDING_LENGTH } from '../domain/index.ts';
import { hash } from './random.ts';

/** What there is to know of a picture. A lexical model reads the words alone. */
export interface PictureToEmbed {
  readonly imageUrl: string;
  /** What the picture shows, in words. */
  readonly words: string;
}

/** A source of vectors; another model can take the lexical one's place. Pure: the same input gives the same numbers. */
export interface EmbeddingModel {
  /** Written to `embedding_model`. */
  readonly name: string;
  /** 1536 finite numbers, not all zero. For product descriptions and for what people search for. */
  embedDescription(text: string): number[];
  /** 512 finite numbers, not all zero. */
  embedImage(picture: PictureToEmbed): number[];
}

export const lexicalModel: EmbeddingModel = {
  name: 'zava-lexical-hash-v1',
  embedDescription: (text) => lexicalEmbedding(text, DESCRIPTION_EMBEDDING_LENGTH),
  embedImage: ({ words }) => lexicalEmbedding(words, IMAGE_EMBEDDING_LENGTH),
};

/** The name of the vectors that the original application's catalogue brings. */
export const ORIGINAL_DESCRIPTION_MODEL = 'text-embedding-3-small';
export const ORIGINAL_IMAGE_MODEL = 'clip-vit-b-32';

const WORD_WEIGHT = 1;
const STEM_WEIGHT = 0.8;
const PAIR_WEIGHT = 0.5;
/** All parts of one word together. */
const PARTS_WEIGHT = 1;
const COMMON_WORD_FACTOR = 0.35;
const DECIMALS = 1e6;

const silentWords = new Set(
  'a an and are as at be by can do does for from has have i in into is it its more my need of on or our so something that the their them they this to under up use want what when where which with you your'.split(
    ' ',
  ),
);
const commonWords = new Set(
  'all any best each easy everyday great good ideal inch inches kit large made new pack perfect piece pieces premium pro professional quality set sets small standard strong suitable tool tools used uses using value'.split(
    ' ',
  ),
);

/** A vector of `length` numbers for a text; see the head of this file. */
export function lexicalEmbedding(text: string, length: number): number[] {
  const weightByFeature = featuresOf(text);
  const vector = new Float64Array(length);
  for (const [feature, weight] of weightByFeature) {
    const place = (hash(feature, 11) >>> 0) % length;
    vector[place]! += (hash(feature, 12) & 1) === 0 ? weight : -weight;
  }
  let squares = 0;
  for (const value of vector) squares += value * value;
  // Nothing to say, or opposite features on one place: a direction of its own instead of no direction.
  if (squares === 0) {
    vector[(hash(text, 13) >>> 0) % length] = 1;
    squares = 1;
  }
  const norm = Math.sqrt(squares);
  return Array.from(vector, (value) => Math.round((value / norm) * DECIMALS) / DECIMALS + 0);
}

function featuresOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  const weights = new Map<string, number>();
  const add = (feature: string, weight: number) => {
    counts.set(feature, (counts.get(feature) ?? 0) + 1);
    weights.set(feature, weight);
  };
  let previous = '';
  for (const word of wordsOf(text)) {
    if (silentWords.has(word)) continue;
    const weight = wordWeight(word);
    const stem = stemOf(word);
    add(`w:${word}`, weight * WORD_WEIGHT);
    add(`s:${stem}`, weight * STEM_WEIGHT);
    if (previous !== '') add(`p:${previous} ${stem}`, weight * PAIR_WEIGHT);
    const parts = partsOf(word);
    const partWeight = (weight * PARTS_WEIGHT) / Math.sqrt(Math.max(1, parts.length));
    for (const part of parts) add(`g:${part}`, partWeight);
    previous = stem;
  }
  for (const [feature, count] of counts) weights.set(feature, weights.get(feature)! * Math.sqrt(count));
  return weights;
}

const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? [];

function wordWeight(word: string): number {
  if (commonWords.has(word)) return COMMON_WORD_FACTOR;
  if (/^\d+$/.test(word)) return 0.5;
  return 0.6 + 0.08 * Math.min(word.length, 10);
}

/** Plural, -ing and -ed taken off: enough to bring "hangers", "hanging" and "hang" near each other. */
function stemOf(word: string): string {
  if (word.length > 5 && word.endsWith('ing')) return word.slice(0, -3);
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 4 && /(?:s|x|z|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 4 && word.endsWith('ed')) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1);
  return word;
}

function partsOf(word: string): string[] {
  if (word.length < 4) return [];
  const framed = `<${word}>`;
  const parts: string[] = [];
  for (const length of [3, 4])
    for (let at = 0; at + length <= framed.length; at++) parts.push(framed.slice(at, at + length));
  return parts;
}

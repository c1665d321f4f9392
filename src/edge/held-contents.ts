/** What a device holds of a collection while it is compared: checksums first, then the hashes of the buckets that differ. */
import { bucketOf, type ContentHash, LIMITS, SetChecksum } from '../sync/index.ts';

export type Contents = readonly (readonly [id: string, hash: ContentHash])[];

export class HeldContents {
  #collection: string | null = null;
  #hashes: ReadonlyMap<string, ContentHash> = new Map();

  /** Keeps the hashes, so that all answers are of one moment; the checksum of each bucket. */
  hold(collection: string, hashes: ReadonlyMap<string, ContentHash>): string[] {
    this.#collection = collection;
    this.#hashes = hashes;
    const sum = new SetChecksum();
    for (const [id, hash] of hashes) sum.add(id, hash);
    return sum.buckets();
  }

  /** What is in these buckets, once; null where that collection is not held. */
  take(collection: string, buckets: readonly number[]): Contents | null {
    if (this.#collection !== collection) return null;
    const wanted = new Set(buckets);
    const contents = [...this.#hashes].filter(([id]) => wanted.has(bucketOf(id)));
    this.forget();
    return contents;
  }

  forget(): void {
    this.#collection = null;
    this.#hashes = new Map();
  }
}

/** At least one part; each fits a frame. */
export function contentsInParts(contents: Contents, charactersMax: number = LIMITS.contentsCharactersMax): Contents[] {
  const parts: (readonly [string, ContentHash])[][] = [[]];
  let characters = 0;
  for (const entry of contents) {
    characters += JSON.stringify(entry).length;
    if (characters > charactersMax && parts.at(-1)?.length !== 0) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(entry);
  }
  return parts;
}

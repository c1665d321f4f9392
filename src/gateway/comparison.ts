/**
 * One collection of one device compared with MongoDB: first 256 checksums, then the contents of the buckets that differ,
 * then the documents that are wrong. Each step waits for both ends, in whatever order they answer.
 */
import {
  bucketOf,
  type CollectionScope,
  type ContentHash,
  contentHash,
  type Document,
  LIMITS,
  type Position,
  SetChecksum,
  SyncError,
} from '../sync/index.ts';

/** What puts a device's collection right. */
export interface Repair {
  readonly upserts: readonly Document[];
  readonly removedIds: readonly string[];
}

export class Comparison {
  readonly scope: CollectionScope;
  /** The moment that both are compared at; null for a device that is on its way to its first checkpoint. */
  readonly at: Position | null;
  #theirBuckets: readonly string[] | null = null;
  #ours: ReadonlyMap<string, ContentHash> | null = null;
  #wrongBuckets: ReadonlySet<number> | null = null;
  /** Of those buckets, what the device holds. */
  readonly #theirs = new Map<string, ContentHash>();
  #removableIds: readonly string[] = [];
  #wantedIds: readonly string[] | null = null;

  constructor(scope: CollectionScope, at: Position | null) {
    this.scope = scope;
    this.at = at;
  }

  /** Whether the device has told what it holds; from then on nothing may reach it before the comparison is over. */
  get isDeviceHeld(): boolean {
    return this.#theirBuckets !== null;
  }

  takeChecksums(buckets: readonly string[]): void {
    this.#theirBuckets = buckets;
  }

  takeScan(hashes: ReadonlyMap<string, ContentHash>): void {
    this.#ours = hashes;
  }

  /** The buckets that differ, once both ends have answered; null before, and when it was told already. */
  judge(): readonly number[] | null {
    const theirs = this.#theirBuckets;
    if (theirs === null || this.#ours === null || this.#wrongBuckets !== null) return null;
    const sum = new SetChecksum();
    for (const [id, hash] of this.#ours) sum.add(id, hash);
    const wrong = sum.buckets().flatMap((text, bucket) => (text === theirs[bucket] ? [] : [bucket]));
    this.#wrongBuckets = new Set(wrong);
    return wrong;
  }

  /** The documents to be read; null where nobody has asked for contents, or more of them follow. */
  takeContents(part: Readonly<Record<string, ContentHash>>, isLast: boolean): readonly string[] | null {
    if (this.#ours === null || this.#wrongBuckets === null) return null;
    const ours = this.#ours;
    const theirs = this.#theirs;
    for (const [id, hash] of Object.entries(part)) theirs.set(id, hash);
    if (theirs.size > LIMITS.contentsDocumentsMax) {
      throw new SyncError('FRAME_TOO_LARGE', `Contents name more than ${LIMITS.contentsDocumentsMax} documents.`);
    }
    if (!isLast) return null;
    // All are read again: what is gone as of the scan may have come back since, and what was there may have gone.
    this.#removableIds = [...theirs].flatMap(([id, hash]) => (ours.get(id) === hash ? [] : [id]));
    const wantedIds = new Set(this.#removableIds);
    for (const [id, hash] of ours) {
      if (this.#wrongBuckets.has(bucketOf(id)) && theirs.get(id) !== hash) wantedIds.add(id);
    }
    this.#wantedIds = [...wantedIds];
    return this.#wantedIds;
  }

  /** Null where no documents were asked for. */
  takeDocuments(documents: readonly Document[]): Repair | null {
    if (this.#wantedIds === null) return null;
    const upserts = visibleOf(this.scope, documents);
    const found = new Set(upserts.map((document) => document['_id']));
    return { upserts, removedIds: this.#removableIds.filter((id) => !found.has(id)) };
  }
}

export function visibleOf(scope: CollectionScope, documents: readonly Document[]): Document[] {
  return documents.flatMap((document) => {
    const shown = scope.visible(document);
    return shown === undefined ? [] : [shown];
  });
}

/** What a scan of MongoDB gives for a comparison. */
export function hashesOf(scope: CollectionScope, documents: Iterable<Document>): Map<string, ContentHash> {
  const hashes = new Map<string, ContentHash>();
  for (const document of documents) {
    const shown = scope.visible(document);
    if (shown !== undefined) hashes.set(String(document['_id']), contentHash(shown));
  }
  return hashes;
}

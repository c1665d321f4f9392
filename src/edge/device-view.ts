/**
 * What the user of a device sees of documents with unsettled work. Of each this keeps two things: the shadow, which is the
 * document as MongoDB last told it, and in the store the shadow with the device's own changes on top.
 */
import {
  type ContentHash,
  changedBy,
  contentHash,
  type Document,
  type DocumentKey,
  documentKey,
  type Operation,
} from '../sync/index.ts';
import type { Outbox } from './outbox.ts';
import { NO_SHADOW, type Shadow, type StoreBatch } from './replica-effects.ts';

export class DeviceView {
  readonly #outbox: Outbox;
  readonly #shadows: Map<DocumentKey, Shadow>;

  constructor(outbox: Outbox, shadows: ReadonlyMap<DocumentKey, Shadow>) {
    this.#outbox = outbox;
    this.#shadows = new Map(shadows);
    // A store that lost its shadows: what MongoDB has is not known, and own work must stay on top of it.
    for (const key of outbox.keys()) if (!this.#shadows.has(key)) this.#shadows.set(key, NO_SHADOW);
  }

  /** Of documents that had none; they are stored already. */
  addShadows(shadows: ReadonlyMap<DocumentKey, Shadow>): void {
    for (const [key, shadow] of shadows) if (!this.#shadows.has(key)) this.#shadows.set(key, shadow);
  }

  receive(collection: string, document: Document, batch: StoreBatch): void {
    const key = documentKey({ collection, id: String(document['_id']) });
    if (!this.#shadows.has(key)) {
      batch.upserts.push({ collection, document });
      return;
    }
    this.#setShadow(key, { document, isGone: false }, batch);
    this.#rebase(key, batch);
  }

  receiveRemoval(collection: string, id: string, batch: StoreBatch): void {
    const key = documentKey({ collection, id });
    const shadow = this.#shadows.get(key);
    // What waits to be settled stays before the eyes of its user until then.
    if (shadow === undefined) batch.removals.push({ collection, id });
    else this.#setShadow(key, { document: shadow.document, isGone: true }, batch);
  }

  /** Takes a collection away, but for the documents that unsettled operations still change. */
  clear(collection: string, batch: StoreBatch): void {
    const exceptIds: string[] = [];
    for (const [id, { document }] of this.#shadowsOf(collection)) {
      exceptIds.push(id);
      this.#setShadow(documentKey({ collection, id }), { document, isGone: true }, batch);
    }
    batch.clear.push({ collection, exceptIds });
  }

  /** These left the outbox: what they changed is as MongoDB told it, with what else waits on top. */
  settle(keys: Iterable<DocumentKey>, batch: StoreBatch): void {
    for (const key of keys) {
      this.#rebase(key, batch);
      if (this.#outbox.isChanging(key)) continue;
      this.#shadows.delete(key);
      batch.shadows.remove.push(key);
    }
  }

  /** What the device holds as MongoDB has told it, given the hashes of what lies in its store. */
  hashesAsTold(collection: string, stored: ReadonlyMap<string, ContentHash>): Map<string, ContentHash> {
    const hashes = new Map(stored);
    for (const [id, shadow] of this.#shadowsOf(collection)) {
      if (shadow.isGone || shadow.document === null) hashes.delete(id);
      else hashes.set(id, contentHash(shadow.document));
    }
    return hashes;
  }

  *#shadowsOf(collection: string): Generator<[id: string, Shadow]> {
    const prefix = `${collection}/`;
    for (const [key, shadow] of this.#shadows) if (key.startsWith(prefix)) yield [key.slice(prefix.length), shadow];
  }

  #setShadow(key: DocumentKey, shadow: Shadow, batch: StoreBatch): void {
    this.#shadows.set(key, shadow);
    batch.shadows.put.push({ key, shadow });
  }

  /** Writes the document as its user should see it: MongoDB's state with the unsettled changes on top. */
  #rebase(key: DocumentKey, batch: StoreBatch): void {
    const slash = key.indexOf('/');
    const collection = key.slice(0, slash);
    const shadow = this.#shadows.get(key) ?? NO_SHADOW;
    const { document, isWaiting } = withOperations(shadow.document, key, this.#outbox.changing(key));
    if (document !== null && (isWaiting || !shadow.isGone)) batch.upserts.push({ collection, document });
    else batch.removals.push({ collection, id: key.slice(slash + 1) });
  }
}

function withOperations(before: Document | null, key: DocumentKey, operations: Iterable<Operation>) {
  let document = before;
  let isWaiting = false;
  for (const { changes } of operations) {
    for (const change of changes) {
      if (documentKey(change) !== key) continue;
      isWaiting = true;
      document = changedBy(document, change);
    }
  }
  return { document, isWaiting };
}

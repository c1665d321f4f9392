/** A cursor over a short list that is already there (listCollections, listIndexes …). */
import { encode } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import type { RawBatch } from '../wire/reply.ts';
import type { BatchLimit, RowSource } from './cursor.ts';

export class ListSource implements RowSource {
  readonly #rows: RawDocument[];
  #at = 0;

  constructor(documents: readonly Document[]) {
    this.#rows = documents.map((document) => encode(document));
  }

  async fill(batch: RawBatch, limit: BatchLimit): Promise<'more' | 'end'> {
    while (this.#at < this.#rows.length) {
      const raw = this.#rows[this.#at] as RawDocument;
      if (!limit.fits(batch, raw)) return 'more';
      batch.add(raw);
      this.#at += 1;
    }
    return 'end';
  }

  close(): void {
    this.#rows.length = 0;
  }
}

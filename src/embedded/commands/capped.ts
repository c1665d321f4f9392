/** Capped collections: the oldest documents make room for the newest. */
import type { CollectionWriter } from '../storage/storage.ts';
import { numberOf } from './arguments.ts';

export function trimCapped(collection: CollectionWriter): void {
  const bytesMax = numberOf(collection.info.options['size'] ?? undefined) ?? Number.POSITIVE_INFINITY;
  const documentsMax = numberOf(collection.info.options['max'] ?? undefined) || Number.POSITIVE_INFINITY;
  while (collection.count() > 1 && (collection.count() > documentsMax || collection.dataBytes() > bytesMax)) {
    const oldest = collection.scan().next();
    if (oldest.done === true) return;
    collection.remove(oldest.value.recordId);
  }
}

/** Sizes of collections and databases, for collStats, dbStats, `$collStats` and dataSize. */
import type { Document } from '../bson/values.ts';
import type { ReadView } from '../sessions/views.ts';
import type { CollectionReader } from '../storage/storage.ts';

export function collectionStatistics(collection: CollectionReader, scale: number): Document {
  const { info } = collection;
  const count = collection.count();
  const bytes = collection.dataBytes();
  const indexSizes: Document = {};
  let indexBytes = 0;
  for (const { name } of info.indexes) {
    const size = collection.indexBytes(name);
    indexSizes[name] = Math.floor(size / scale);
    indexBytes += size;
  }
  return {
    ns: info.namespace,
    size: Math.floor(bytes / scale),
    count,
    ...(count === 0 ? {} : { avgObjSize: Math.round(bytes / count) }),
    numOrphanDocs: 0,
    storageSize: Math.floor(bytes / scale),
    freeStorageSize: 0,
    capped: info.options['capped'] === true,
    ...(info.options['capped'] === true ? { max: info.options['max'] ?? 0, maxSize: info.options['size'] ?? 0 } : {}),
    nindexes: info.indexes.length,
    indexBuilds: [],
    totalIndexSize: Math.floor(indexBytes / scale),
    totalSize: Math.floor((bytes + indexBytes) / scale),
    indexSizes,
    scaleFactor: scale,
  };
}

export function databaseStatistics(view: ReadView, database: string, scale: number): Document {
  const totals = { collections: 0, views: 0, objects: 0, bytes: 0, indexes: 0, indexBytes: 0 };
  for (const { namespace, type, indexes } of view.collections(database)) {
    if (type === 'view') {
      totals.views += 1;
      continue;
    }
    const collection = view.collection(namespace);
    totals.collections += 1;
    totals.objects += collection?.count() ?? 0;
    totals.bytes += collection?.dataBytes() ?? 0;
    totals.indexes += indexes.length;
    for (const { name } of indexes) totals.indexBytes += collection?.indexBytes(name) ?? 0;
  }
  return {
    db: database,
    collections: BigInt(totals.collections),
    views: BigInt(totals.views),
    objects: BigInt(totals.objects),
    avgObjSize: totals.objects === 0 ? 0 : totals.bytes / totals.objects,
    dataSize: totals.bytes / scale,
    storageSize: totals.bytes / scale,
    indexes: BigInt(totals.indexes),
    indexSize: totals.indexBytes / scale,
    totalSize: (totals.bytes + totals.indexBytes) / scale,
    scaleFactor: BigInt(scale),
  };
}

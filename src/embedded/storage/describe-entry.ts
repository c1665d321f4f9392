import type { Catalog } from './catalog.ts';
import type { TableName } from './environment.ts';
import { SLOTS } from './records.ts';

/** What lies behind a key of LMDB, in the words of its user; for messages about damage. */
export function describeEntry(catalog: Catalog, table: TableName, key: Uint8Array): string {
  const bytes = Buffer.from(key);
  switch (table) {
    case 'records': {
      const first = bytes.readUIntBE(4, 6) * SLOTS;
      return `Collection ${collectionOf(catalog, bytes)}: the block of records ${first} to ${first + SLOTS - 1}`;
    }
    case 'largeRecords':
      return `Collection ${collectionOf(catalog, bytes)}: record ${bytes.readUIntBE(4, 6)}`;
    case 'indexes': {
      const number = bytes.readUInt32BE(0);
      for (const { info, indexNumbers } of catalog.values()) {
        const place = indexNumbers.indexOf(number);
        if (place >= 0) return `Collection ${info.namespace}: a block of its index ${info.indexes[place]!.name}`;
      }
      return 'A block of an index that no collection has';
    }
    case 'changeLog':
      return `The change log: the entry of time ${bytes.readUInt32BE(0)}.${bytes.readUInt32BE(4)}`;
    case 'catalog':
      return 'The catalog: an entry';
  }
}

function collectionOf(catalog: Catalog, key: Buffer): string {
  const number = key.readUInt32BE(0);
  for (const entry of catalog.values()) if (entry.number === number) return entry.info.namespace;
  return 'that is not there any more';
}

/** LMDB's two meta pages at the start of its file: each names a state of the whole database; the newer one counts. */
import { readSync } from 'node:fs';
import { PAGE_HEAD_BYTES, PageDamage, TREE_BYTES } from './page-walk.ts';

export const DATA_FILE = 'data.mdb';
const LMDB_MAGIC = 0xbeefc0de;
const LMDB_DATA_VERSION = 2;
const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;

/** Behind the head of a page: magic, version (4 bytes each), address, map size, two trees, last page, transaction. */
const FREE_TREE_AT = 24;
const NAMES_TREE_AT = FREE_TREE_AT + TREE_BYTES;
const LAST_PAGE_AT = NAMES_TREE_AT + TREE_BYTES;
const TRANSACTION_AT = LAST_PAGE_AT + 8;
export const HEAD = { bytes: TRANSACTION_AT + 8, transactionAt: TRANSACTION_AT } as const;

export interface Meta {
  readonly pageBytes: number;
  readonly pages: number;
  readonly transaction: bigint;
  readonly free: Buffer;
  readonly names: Buffer;
  /** All of it, as it lies in the file. */
  readonly bytes: Buffer;
}

export interface Heads {
  readonly newest: Meta;
  /** Where in the file each begins. */
  readonly places: readonly [number, number];
}

/** Throws PageDamage where there are none. */
export function headsOf(descriptor: number): Heads {
  const first = Buffer.alloc(PAGE_HEAD_BYTES + HEAD.bytes);
  const isDatabase =
    readSync(descriptor, first, 0, first.length, 0) === first.length &&
    first.readUInt32LE(PAGE_HEAD_BYTES) === LMDB_MAGIC;
  if (!isDatabase) throw new PageDamage('it is no database file');
  if ((first.readUInt32LE(PAGE_HEAD_BYTES + 4) & 0xffff) !== LMDB_DATA_VERSION)
    throw new PageDamage('its head names a layout that is not known');
  const pageBytes = first.readUInt32LE(PAGE_HEAD_BYTES + FREE_TREE_AT);
  if (pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX || (pageBytes & (pageBytes - 1)) !== 0)
    throw new PageDamage('its head names an impossible size of pages');
  const second = Buffer.alloc(PAGE_HEAD_BYTES + HEAD.bytes);
  const isWhole =
    readSync(descriptor, second, 0, second.length, pageBytes) === second.length &&
    second
      .subarray(PAGE_HEAD_BYTES, PAGE_HEAD_BYTES + 8)
      .equals(first.subarray(PAGE_HEAD_BYTES, PAGE_HEAD_BYTES + 8)) &&
    second.readUInt32LE(PAGE_HEAD_BYTES + FREE_TREE_AT) === pageBytes;
  if (!isWhole) throw new PageDamage('it is cut off or damaged in its head');
  const [one, other] = [first, second].map((page) => page.subarray(PAGE_HEAD_BYTES)) as [Buffer, Buffer];
  const newest = one.readBigUInt64LE(TRANSACTION_AT) > other.readBigUInt64LE(TRANSACTION_AT) ? one : other;
  return { newest: metaOf(newest), places: [PAGE_HEAD_BYTES, pageBytes + PAGE_HEAD_BYTES] };
}

export function metaOf(bytes: Buffer): Meta {
  const lastPage = bytes.readBigUInt64LE(LAST_PAGE_AT);
  if (lastPage >= 2n ** 40n) throw new PageDamage('its head names an impossible number of pages');
  return {
    pageBytes: bytes.readUInt32LE(FREE_TREE_AT),
    pages: Number(lastPage) + 1,
    transaction: bytes.readBigUInt64LE(TRANSACTION_AT),
    free: bytes.subarray(FREE_TREE_AT, NAMES_TREE_AT),
    names: bytes.subarray(NAMES_TREE_AT, LAST_PAGE_AT),
    bytes,
  };
}

/**
 * Whether LMDB's file is what it should be: checked with plain reads before it is mapped, never written to.
 *
 * After each orderly end a seal is left beside it: a check word over all pages that lead to values. Where it fits the
 * file, a change of a single bit in them is found; after a crash there is no fitting one, and the file is checked for
 * contradictions alone, those at the heads of long values included. Values have check words of their own (environment.ts).
 */
import { closeSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from './errors.ts';
import { PAGE_HEAD_BYTES, PageDamage, TREE_BYTES, walkPages } from './page-walk.ts';

export const DATA_FILE = 'data.mdb';
export const SEAL_FILE = 'zava-seal.json';
const LMDB_MAGIC = 0xbeefc0de;
const LMDB_DATA_VERSION = 2;
/** Behind the head of a page: magic, version (4 bytes each), address, map size, two trees, last page, transaction. */
const META_BYTES = 136;
const FREE_TREE_AT = 24;
const NAMES_TREE_AT = FREE_TREE_AT + TREE_BYTES;
const LAST_PAGE_AT = NAMES_TREE_AT + TREE_BYTES;
const TRANSACTION_AT = LAST_PAGE_AT + 8;
const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;

/** What the data file was when it was closed. */
interface Seal {
  readonly transaction: string;
  readonly bytes: number;
  readonly check: number;
}

interface Walked {
  readonly transaction: bigint;
  readonly bytes: number;
  readonly check: number;
}

interface Meta {
  readonly pageBytes: number;
  readonly pages: number;
  readonly transaction: bigint;
  readonly free: Buffer;
  readonly names: Buffer;
}

/** Throws StorageError (DATA_DIRECTORY_DAMAGED) where LMDB should not be given this file. */
export function checkDataFile(directory: string): void {
  const file = join(directory, DATA_FILE);
  try {
    const seal = readSeal(directory);
    const { transaction, bytes, check } = walk(file, (meta) => seal?.transaction !== String(meta.transaction));
    if (seal === null) return;
    if (BigInt(seal.transaction) > transaction) throw new PageDamage('it is older than when it was last closed');
    if (BigInt(seal.transaction) < transaction) return;
    if (seal.bytes > bytes) throw new PageDamage(`it is cut off: it had ${seal.bytes} bytes, and has ${bytes}`);
    if (seal.check !== check) throw new PageDamage('it is not what it was when it was last closed');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError('DATA_DIRECTORY_DAMAGED', `${file} is damaged: ${why}.`, {
      cause,
      data: { path: directory },
    });
  }
}

/**
 * To be called once the file is closed in good order. Fails silently (a full disk, a page that went bad meanwhile): the
 * next opening checks what it can without a seal, and reports what is wrong.
 */
export function sealDataFile(directory: string): void {
  const file = join(directory, SEAL_FILE);
  const unfinished = `${file}.${process.pid}`;
  try {
    const { transaction, bytes, check } = walk(join(directory, DATA_FILE), () => false);
    const seal: Seal = { transaction: String(transaction), bytes, check };
    writeFileSync(unfinished, `${JSON.stringify(seal)}\n`, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch {
    rmSync(unfinished, { force: true });
  }
}

/** One that can't be read, half written perhaps, is like none. */
function readSeal(directory: string): Seal | null {
  try {
    const { transaction, bytes, check } = JSON.parse(readFileSync(join(directory, SEAL_FILE), 'utf8')) as Partial<Seal>;
    if (typeof transaction !== 'string' || !/^\d{1,20}$/.test(transaction)) return null;
    return typeof check === 'number' && typeof bytes === 'number' ? { transaction, bytes, check } : null;
  } catch {
    return null;
  }
}

function walk(file: string, heads: (meta: Meta) => boolean): Walked {
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r');
  try {
    const meta = readMeta(descriptor);
    const { pageBytes, pages, transaction } = meta;
    // The last pages need not be in the file as long as nothing is in them.
    const pagesThere = Math.min(pages, Math.floor(size / pageBytes));
    const check = walkPages({ descriptor, pageBytes, pages, pagesThere }, meta, heads(meta));
    return { transaction, bytes: size, check };
  } finally {
    closeSync(descriptor);
  }
}

/** Of two meta pages at the start of the file the one with the higher transaction counts. */
function readMeta(descriptor: number): Meta {
  const first = Buffer.alloc(PAGE_HEAD_BYTES + META_BYTES);
  const isDatabase =
    readSync(descriptor, first, 0, first.length, 0) === first.length &&
    first.readUInt32LE(PAGE_HEAD_BYTES) === LMDB_MAGIC;
  if (!isDatabase) throw new PageDamage('it is no database file');
  if ((first.readUInt32LE(PAGE_HEAD_BYTES + 4) & 0xffff) !== LMDB_DATA_VERSION)
    throw new PageDamage('its head names a layout that is not known');
  const pageBytes = first.readUInt32LE(PAGE_HEAD_BYTES + FREE_TREE_AT);
  if (pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX || (pageBytes & (pageBytes - 1)) !== 0)
    throw new PageDamage('its head names an impossible size of pages');
  const second = Buffer.alloc(PAGE_HEAD_BYTES + META_BYTES);
  const isWhole =
    readSync(descriptor, second, 0, second.length, pageBytes) === second.length &&
    second
      .subarray(PAGE_HEAD_BYTES, PAGE_HEAD_BYTES + 8)
      .equals(first.subarray(PAGE_HEAD_BYTES, PAGE_HEAD_BYTES + 8)) &&
    second.readUInt32LE(PAGE_HEAD_BYTES + FREE_TREE_AT) === pageBytes;
  if (!isWhole) throw new PageDamage('it is cut off or damaged in its head');
  const [one, other] = [first, second].map((page) => page.subarray(PAGE_HEAD_BYTES)) as [Buffer, Buffer];
  const newest = one.readBigUInt64LE(TRANSACTION_AT) > other.readBigUInt64LE(TRANSACTION_AT) ? one : other;
  const lastPage = newest.readBigUInt64LE(LAST_PAGE_AT);
  if (lastPage >= 2n ** 40n) throw new PageDamage('its head names an impossible number of pages');
  return {
    pageBytes,
    pages: Number(lastPage) + 1,
    transaction: newest.readBigUInt64LE(TRANSACTION_AT),
    free: newest.subarray(FREE_TREE_AT, NAMES_TREE_AT),
    names: newest.subarray(NAMES_TREE_AT, LAST_PAGE_AT),
  };
}

/**
 * The directory that holds one database: who may use it, which format it has, and that nobody else has it open.
 *
 * `zava-format.json` names the format and is the first file written; `zava.lock` names the process that has the
 * directory open. A lock whose process has ended is taken over; where the system tells when a process started, a
 * reused process number is told apart.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { StorageError } from './errors.ts';

const FORMAT = 1;
const FORMAT_FILE = 'zava-format.json';
const LOCK_FILE = 'zava.lock';
export const DATA_FILE = 'data.mdb';
const LMDB_LOCK_FILE = 'lock.mdb';
/** An LMDB file starts with a meta page: this magic number after the page header, in the machine's order. */
const LMDB_MAGIC = 0xbeefc0de;
const LMDB_MAGIC_AT = [16, 24];
const META_BYTES = 136;
/** Two pages of the largest size that LMDB knows. */
const META_PAGES_BYTES_MAX = 2 * 65_536;

interface LockOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, where the system tells. */
  readonly started: string | null;
}

export interface DataDirectory {
  readonly path: string;
  /** True when this call makes the database, or one before it was ended while making it. */
  readonly isNew: boolean;
  /** To be called once the data file is there: from then on, a directory without it has lost it. */
  noteMade(): void;
  release(): void;
}

/** Directories that this process has open: a lock file alone would not tell them from a stale lock of our own number. */
const openHere = new Set<string>();

export function openDataDirectory(dataDir: string): DataDirectory {
  const path = resolve(dataDir);
  makeDirectory(path);
  refuseForeign(path);
  const release = lock(path);
  try {
    const isNew = checkFormat(path);
    return { path, isNew, noteMade: () => isNew && writeFormat(path, true), release };
  } catch (error) {
    release();
    throw error;
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('It is not a directory.');
  } catch (cause) {
    throw new StorageError('DATA_DIRECTORY_UNUSABLE', `The data directory ${path} can't be used: ${messageOf(cause)}`, {
      cause,
      data: { path },
    });
  }
}

function refuseForeign(path: string): void {
  const known = new Set([FORMAT_FILE, LOCK_FILE, DATA_FILE, LMDB_LOCK_FILE]);
  const names = readdirSync(path);
  if (names.includes(FORMAT_FILE)) return;
  const foreign = names.find((name) => !known.has(name) && !name.startsWith(`${LOCK_FILE}.`));
  if (foreign !== undefined) {
    throw new StorageError('DATA_DIRECTORY_FOREIGN', `${path} holds other files (${foreign}) and no database.`, {
      data: { path, file: foreign },
    });
  }
  if (names.includes(DATA_FILE)) {
    throw new StorageError('DATA_DIRECTORY_DAMAGED', `${path} holds a data file, but ${FORMAT_FILE} is missing.`, {
      data: { path },
    });
  }
}

function checkFormat(path: string): boolean {
  const file = join(path, FORMAT_FILE);
  if (!existsSync(file)) {
    writeFormat(path, false);
    return true;
  }
  let format: unknown;
  let made: unknown;
  try {
    ({ format, made } = JSON.parse(readFileSync(file, 'utf8')) as { format?: unknown; made?: unknown });
  } catch (cause) {
    throw new StorageError('DATA_DIRECTORY_DAMAGED', `${file} can't be read: ${messageOf(cause)}`, { cause });
  }
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1) {
    throw new StorageError('DATA_DIRECTORY_DAMAGED', `${file} does not name a format.`, { data: { path } });
  }
  if (format > FORMAT) {
    throw new StorageError(
      'DATA_DIRECTORY_NEWER',
      `${path} has format ${format}; this version reads formats up to ${FORMAT}.`,
      { data: { path, format } },
    );
  }
  const dataFile = join(path, DATA_FILE);
  const hasData = existsSync(dataFile) && statSync(dataFile).size > 0;
  if (made === true && !hasData) {
    throw new StorageError(
      'DATA_DIRECTORY_DAMAGED',
      `${dataFile} is missing or empty: the database has lost its data.`,
      {
        data: { path },
      },
    );
  }
  if (hasData) checkDataFile(path);
  return made !== true;
}

/** Written beside and renamed, so that there is never half a file. */
function writeFormat(path: string, made: boolean): void {
  const file = join(path, FORMAT_FILE);
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, `${JSON.stringify({ format: FORMAT, engine: 'lmdb', made })}\n`, {
      mode: 0o600,
      flush: true,
    });
    renameSync(unfinished, file);
  } catch (cause) {
    rmSync(unfinished, { force: true });
    throw new StorageError('DATA_DIRECTORY_UNUSABLE', `Can't write to ${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * LMDB trusts its file: one that isn't a database, or that is cut off, must be refused before it is mapped (reading behind
 * its end would end the process). Two meta pages at its start say how long it is; the one with the higher transaction
 * counts. Source: `MDB_meta` of LMDB, 64-bit: magic, version, address, map size, two trees of 48 bytes, last page,
 * transaction; the first field of the first tree is the page size.
 */
function checkDataFile(path: string): void {
  const file = join(path, DATA_FILE);
  const { size } = statSync(file);
  const head = Buffer.alloc(META_PAGES_BYTES_MAX);
  let bytes: number;
  try {
    bytes = readHead(file, head);
  } catch (cause) {
    throw new StorageError('DATA_DIRECTORY_DAMAGED', `${file} can't be read: ${messageOf(cause)}`, { cause });
  }
  const damaged = (what: string) => new StorageError('DATA_DIRECTORY_DAMAGED', `${file} ${what}.`, { data: { path } });
  const magicAt = LMDB_MAGIC_AT.find((at) => bytes >= at + META_BYTES && head.readUInt32LE(at) === LMDB_MAGIC);
  if (magicAt === undefined) throw damaged('is not a database file');
  const pageBytes = head.readUInt32LE(magicAt + 24);
  if (bytes < pageBytes + magicAt + META_BYTES || head.readUInt32LE(pageBytes + magicAt) !== LMDB_MAGIC) {
    throw damaged('is cut off or damaged in its head');
  }
  const metas = [magicAt, pageBytes + magicAt].map((at) => ({
    lastPage: head.readBigUInt64LE(at + 120),
    transaction: head.readBigUInt64LE(at + 128),
  }));
  const [first, second] = metas as [(typeof metas)[0], (typeof metas)[0]];
  const { lastPage } = first.transaction > second.transaction ? first : second;
  if (BigInt(size) < (lastPage + 1n) * BigInt(pageBytes)) {
    throw damaged(`is cut off: it has ${size} bytes, but ${(lastPage + 1n) * BigInt(pageBytes)} are in use`);
  }
}

function lock(path: string): () => void {
  const file = join(path, LOCK_FILE);
  if (openHere.has(path)) throw inUse(path, process.pid, 'this process itself');
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const descriptor = openSync(file, 'wx', 0o600);
      try {
        writeFileSync(descriptor, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
      } finally {
        closeSync(descriptor);
      }
      openHere.add(path);
      return () => {
        openHere.delete(path);
        rmSync(file, { force: true });
      };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new StorageError('DATA_DIRECTORY_UNUSABLE', `Can't write to ${path}: ${messageOf(cause)}`, { cause });
      }
      const owner = ownerOf(file);
      if (owner !== null && isAlive(owner)) throw inUse(path, owner.pid, 'process');
      takeAway(file);
    }
  }
  throw new StorageError('DATA_DIRECTORY_IN_USE', `${path} is being opened by another process at this moment.`);
}

/** Renames before removing, so that of two processes that find the same stale lock only one removes it. */
function takeAway(file: string): void {
  const stale = `${file}.${process.pid}`;
  try {
    renameSync(file, stale);
    rmSync(stale, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function inUse(path: string, pid: number, what: string): StorageError {
  return new StorageError('DATA_DIRECTORY_IN_USE', `${path} is in use by ${what} ${pid}.`, { data: { path, pid } });
}

function ownerOf(file: string): LockOwner | null {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockOwner>;
    return typeof owner.pid === 'number' ? { pid: owner.pid, started: owner.started ?? null } : null;
  } catch {
    // Unreadable: its writer died between making and filling it, or it vanished just now.
    return null;
  }
}

function isAlive(owner: LockOwner): boolean {
  // Our own number, but not open here: a process that ended before us had it.
  if (owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const started = startOf(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

/** When the process started, on Linux (field 22 of its stat line, after the name in parentheses); null elsewhere. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function readHead(file: string, head: Buffer): number {
  const descriptor = openSync(file, 'r');
  try {
    return readSync(descriptor, head, 0, head.length, 0);
  } finally {
    closeSync(descriptor);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

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
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { CHECKPOINT_FILE, readCheckpoint, returnToCheckpoint } from './checkpoint.ts';
import type { LeftBehind } from './commit-path.ts';
import { checkDataFile, SEAL_FILE, sealDataFile } from './data-file.ts';
import { StorageError } from './errors.ts';
import { JOURNAL_FILES, JournalDamage, readJournal, removeJournal } from './journal.ts';
import { DATA_FILE } from './meta-pages.ts';

/** 1: values without check words. 2: a check word behind each value. 3: a checkpoint and a journal beside the data file. */
const FORMAT = 3;
/** Becomes the newer format when it is opened: what it lacks is made then. */
const FORMAT_WITHOUT_JOURNAL = 2;
const FORMAT_FILE = 'zava-format.json';
const LOCK_FILE = 'zava.lock';
const LMDB_LOCK_FILE = 'lock.mdb';

interface LockOwner {
  readonly pid: number;
  /** Start of the process in clock ticks since boot, where the system tells. */
  readonly started: string | null;
}

export interface DataDirectory {
  readonly path: string;
  /** True when this call makes the database, or one before it was ended while making it. */
  readonly isNew: boolean;
  /** What is to be repeated; null where nothing was ever committed. */
  readonly left: LeftBehind | null;
  /** To be called once the data file is there: from then on, a directory without it has lost it. */
  noteMade(): void;
  /** To be called once the data file was closed in good order. */
  seal(): void;
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
    const { format, isMade } = checkFormat(path);
    const left = checkData(path, format, isMade);
    if (left === null) removeJournal(path);
    else returnToCheckpoint(path, left.checkpoint);
    const noteMade = () => (isMade && format === FORMAT ? undefined : writeFormat(path, true));
    return { path, isNew: !isMade, left, noteMade, seal: () => sealDataFile(path), release };
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
  const known = new Set([
    ...[FORMAT_FILE, LOCK_FILE, DATA_FILE, LMDB_LOCK_FILE, SEAL_FILE, CHECKPOINT_FILE],
    ...JOURNAL_FILES,
  ]);
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

function checkFormat(path: string): { readonly format: number; readonly isMade: boolean } {
  const file = join(path, FORMAT_FILE);
  if (!existsSync(file)) {
    writeFormat(path, false);
    return { format: FORMAT, isMade: false };
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
  if (format < FORMAT_WITHOUT_JOURNAL) {
    throw new StorageError(
      'DATA_DIRECTORY_OLDER',
      `${path} has format ${format}; this version reads formats from ${FORMAT_WITHOUT_JOURNAL}.`,
      { data: { path, format } },
    );
  }
  return { format, isMade: made === true };
}

/** Refuses a directory that has lost something; changes nothing. */
function checkData(path: string, format: number, isMade: boolean): LeftBehind | null {
  const file = join(path, DATA_FILE);
  if (!existsSync(file) || statSync(file).size === 0) {
    if (isMade) throw damaged(path, `${file} is missing or empty: the database has lost its data.`);
    return null;
  }
  const checkpoint = format === FORMAT ? readCheckpoint(path) : null;
  if (checkpoint === null && isMade && format === FORMAT) {
    throw damaged(path, `${join(path, CHECKPOINT_FILE)} is missing or damaged: nothing tells which state is whole.`);
  }
  checkDataFile(path, checkpoint);
  if (checkpoint === null) return null;
  try {
    return { checkpoint, records: readJournal(path, checkpoint.salt, checkpoint.number) };
  } catch (error) {
    if (error instanceof JournalDamage) throw damaged(path, `The journal in ${path} is damaged: ${error.message}.`);
    throw error;
  }
}

function damaged(path: string, message: string): StorageError {
  return new StorageError('DATA_DIRECTORY_DAMAGED', message, { data: { path } });
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

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Whether LMDB's file is what it should be: checked with plain reads before it is mapped, never written to.
 *
 * After each orderly end a seal is left beside it: a check word over all pages that lead to values. Where it fits the
 * file, a change of a single bit in them is found; after a crash there is no fitting one, and the file is checked for
 * contradictions alone, those at the heads of long values included. Values have check words of their own (environment.ts).
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from './checkpoint.ts';
import { StorageError } from './errors.ts';
import { DATA_FILE, headsOf, type Meta, metaOf } from './meta-pages.ts';
import { PageDamage, walkPages } from './page-walk.ts';

export const SEAL_FILE = 'zava-seal.json';
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

/**
 * Throws StorageError (DATA_DIRECTORY_DAMAGED) where LMDB should not be given this file. With a checkpoint, what that leads
 * to is what counts.
 */
export function checkDataFile(directory: string, checkpoint: Checkpoint | null): void {
  const file = join(directory, DATA_FILE);
  try {
    const seal = readSeal(directory);
    const { transaction, bytes, check } = walk(
      file,
      (meta) => seal?.transaction !== String(meta.transaction),
      checkpoint,
    );
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
    const { transaction, bytes, check } = walk(join(directory, DATA_FILE), () => false, null);
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

function walk(file: string, heads: (meta: Meta) => boolean, checkpoint: Checkpoint | null): Walked {
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r');
  try {
    const { newest } = headsOf(descriptor);
    const meta = checkpoint === null ? newest : metaOf(checkpoint.head);
    if (newest.transaction < meta.transaction) throw new PageDamage('it is older than its last checkpoint');
    const { pageBytes, pages, transaction } = meta;
    // The last pages need not be in the file as long as nothing is in them.
    const pagesThere = Math.min(pages, Math.floor(size / pageBytes));
    const check = walkPages({ descriptor, pageBytes, pages, pagesThere }, meta, heads(meta));
    return { transaction, bytes: size, check };
  } finally {
    closeSync(descriptor);
  }
}

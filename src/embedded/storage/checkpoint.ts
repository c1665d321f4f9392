/**
 * The newest state of the data file that is known to be on disk, page by page: a copy of the head (LMDB's meta page) that
 * leads to it, and the number of the last commit in it. What was committed since lies in the journal.
 *
 * Between checkpoints LMDB does not flush, so after a loss of power its own heads may name pages that never reached the
 * disk. Opening therefore always goes back to the checkpoint. Its pages are still there: a reader holds them (commit-path.ts).
 *
 * Two slots take turns, each in a page of its own, so a torn write leaves the other one.
 */
import { closeSync, existsSync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkWord } from './check-word.ts';
import { flushData } from './journal.ts';
import { DATA_FILE, HEAD, headsOf } from './meta-pages.ts';

export const CHECKPOINT_FILE = 'zava-checkpoint';
const SLOT_BYTES = 4096;
const MAGIC = 0x504b_565a;
const SALT_AT = 4;
const TURN_AT = 8;
const NUMBER_AT = 16;
const HEAD_AT = 24;
const CHECK_AT = HEAD_AT + HEAD.bytes;

export interface Checkpoint {
  /** The last commit that is in the data file. */
  readonly number: number;
  /** LMDB's head, as it lies in a meta page. */
  readonly head: Buffer;
}

export interface StoredCheckpoint extends Checkpoint {
  /** Tells this directory's journal from any other. */
  readonly salt: number;
  readonly turn: number;
}

/** Null where there is none that can be read. */
export function readCheckpoint(directory: string): StoredCheckpoint | null {
  const file = join(directory, CHECKPOINT_FILE);
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  const [one, other] = [slotAt(bytes, 0), slotAt(bytes, SLOT_BYTES)];
  if (one === null || other === null) return one ?? other;
  return one.turn > other.turn ? one : other;
}

function slotAt(file: Buffer, at: number): StoredCheckpoint | null {
  if (file.length < at + SLOT_BYTES) return null;
  const slot = Buffer.from(file.subarray(at, at + CHECK_AT + 4));
  if (slot.readUInt32LE(0) !== MAGIC || slot.readInt32LE(CHECK_AT) !== checkOf(slot)) return null;
  return {
    salt: slot.readUInt32LE(SALT_AT),
    turn: slot.readDoubleLE(TURN_AT),
    number: slot.readDoubleLE(NUMBER_AT),
    head: slot.subarray(HEAD_AT, CHECK_AT),
  };
}

function checkOf(slot: Buffer): number {
  return checkWord(NO_KEY, slot, CHECK_AT);
}

const NO_KEY = new Uint8Array(0);

/** Makes LMDB begin at the checkpoint, whatever was committed after it. */
export function returnToCheckpoint(directory: string, { head }: Checkpoint): void {
  const descriptor = openSync(join(directory, DATA_FILE), 'r+');
  try {
    const heads = headsOf(descriptor);
    if (heads.newest.bytes.equals(head)) return;
    const transaction = head.readBigUInt64LE(HEAD.transactionAt);
    const older = Buffer.from(head);
    older.writeBigUInt64LE(transaction - 1n, HEAD.transactionAt);
    const own = Number(transaction & 1n);
    // LMDB takes the one with the higher transaction, and expects each in the place of its parity.
    for (const [place, bytes] of [
      [own, head],
      [1 - own, older],
    ] as const) {
      writeSync(descriptor, bytes, 0, bytes.length, heads.places[place]!);
    }
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export class CheckpointFile {
  readonly salt: number;
  readonly #descriptor: number;
  #turn: number;

  private constructor(descriptor: number, salt: number, turn: number) {
    this.#descriptor = descriptor;
    this.salt = salt;
    this.#turn = turn;
  }

  /** Opens the file of a directory that has a checkpoint; else makes it, with `first` in it, on disk when this returns. */
  static open(
    directory: string,
    stored: StoredCheckpoint | null,
    salt: number,
    first: () => Checkpoint,
  ): CheckpointFile {
    const path = join(directory, CHECKPOINT_FILE);
    if (stored !== null) return new CheckpointFile(openSync(path, 'r+'), stored.salt, stored.turn);
    const file = new CheckpointFile(openSync(path, 'w+', 0o600), salt, 0);
    writeSync(file.#descriptor, Buffer.alloc(2 * SLOT_BYTES), 0, 2 * SLOT_BYTES, 0);
    file.#put(first());
    fsyncSync(file.#descriptor);
    flushDirectory(directory);
    return file;
  }

  /** Resolves once it is on disk. The pages that it leads to must be there already. */
  async write(checkpoint: Checkpoint): Promise<void> {
    this.#put(checkpoint);
    await flushData(this.#descriptor);
  }

  #put({ number, head }: Checkpoint): void {
    this.#turn += 1;
    const slot = Buffer.alloc(CHECK_AT + 4);
    slot.writeUInt32LE(MAGIC, 0);
    slot.writeUInt32LE(this.salt, SALT_AT);
    slot.writeDoubleLE(this.#turn, TURN_AT);
    slot.writeDoubleLE(number, NUMBER_AT);
    slot.set(head, HEAD_AT);
    slot.writeInt32LE(checkOf(slot), CHECK_AT);
    writeSync(this.#descriptor, slot, 0, slot.length, (this.#turn % 2) * SLOT_BYTES);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** So that the names of new files survive as well. Windows has no such thing, and needs none. */
function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Files for rows that do not fit into memory, in a folder of their own inside the data directory. A file lives as long as
 * the work that wrote it: whoever opens one closes it in a `finally`, and what a crash left behind goes at the next start.
 * Written and read synchronously, for stages are; the system's cache takes a block in microseconds.
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MongoError } from '../errors.ts';

/** What a strand collects before it writes. */
const BLOCK_BYTES = 32 * 1024;
/** Lengths of a record's head and body. */
const RECORD_PREFIX_BYTES = 8;

/** MongoDB's name for the folder of its spilled files. */
export const SPILL_FOLDER = '_tmp';

export class SpillFolder {
  readonly #path: string;
  readonly #open = new Set<SpillFile>();
  #made = false;
  #next = 1;

  /** Removes what an earlier process left there. The folder itself is made with the first file. */
  constructor(dataDir: string) {
    this.#path = join(dataDir, SPILL_FOLDER);
    rmSync(this.#path, { recursive: true, force: true });
  }

  /** A new, empty file. Close it. */
  open(): SpillFile {
    const path = join(this.#path, `spill-${this.#next}`);
    this.#next += 1;
    const file = guarded(() => {
      if (!this.#made) mkdirSync(this.#path, { recursive: true, mode: 0o700 });
      this.#made = true;
      return new SpillFile(path, (one) => this.#open.delete(one));
    });
    this.#open.add(file);
    return file;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  close(): void {
    for (const file of [...this.#open]) file.close();
    if (this.#made) rmSync(this.#path, { recursive: true, force: true });
  }
}

/** One file, written as any number of strands side by side. */
export class SpillFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #onClose: (file: SpillFile) => void;
  #closed = false;
  #bytes = 0;

  constructor(path: string, onClose: (file: SpillFile) => void) {
    this.#path = path;
    this.#onClose = onClose;
    this.#descriptor = openSync(path, 'wx+', 0o600);
  }

  get bytes(): number {
    return this.#bytes;
  }

  strand(): Strand {
    return new Strand(this);
  }

  /** Appends a block; returns where it lies. */
  write(block: Uint8Array): number {
    const from = this.#bytes;
    guarded(() => {
      for (let done = 0; done < block.length; )
        done += writeSync(this.#descriptor, block, done, block.length - done, from + done);
    });
    this.#bytes += block.length;
    return from;
  }

  read(from: number, length: number): Buffer {
    const block = Buffer.allocUnsafeSlow(length);
    for (let done = 0; done < length; ) {
      const count = readSync(this.#descriptor, block, done, length - done, from + done);
      if (count === 0) throw new MongoError('InternalError', 'a spilled file is shorter than what was written to it');
      done += count;
    }
    return block;
  }

  /** Closes and removes it. More than once does no harm. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#descriptor);
    try {
      unlinkSync(this.#path);
    } catch {
      // Somebody tidied up: it is gone, and that is what was wanted.
    }
    this.#onClose(this);
  }
}

export interface SpilledRecord {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Records that are read back in the order in which they were appended. */
export class Strand {
  readonly #file: SpillFile;
  readonly #extents: { readonly from: number; readonly length: number }[] = [];
  #buffer: Buffer | null = null;
  #used = 0;
  count = 0;

  constructor(file: SpillFile) {
    this.#file = file;
  }

  append(head: Uint8Array, body: Uint8Array): void {
    const length = RECORD_PREFIX_BYTES + head.length + body.length;
    if (this.#used + length > BLOCK_BYTES) this.flush();
    this.#buffer ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    const block = length > BLOCK_BYTES ? Buffer.allocUnsafeSlow(length) : this.#buffer;
    let at = block === this.#buffer ? this.#used : 0;
    at = block.writeUInt32LE(head.length, at);
    at = block.writeUInt32LE(body.length, at);
    block.set(head, at);
    block.set(body, at + head.length);
    this.count += 1;
    if (block === this.#buffer) this.#used += length;
    else this.#extents.push({ from: this.#file.write(block), length });
  }

  /** After the last record: gives its buffer back. */
  seal(): void {
    this.flush();
    this.#buffer = null;
  }

  flush(): void {
    if (this.#used === 0) return;
    const block = (this.#buffer as Buffer).subarray(0, this.#used);
    this.#extents.push({ from: this.#file.write(block), length: this.#used });
    this.#used = 0;
  }

  /** The bytes of a record stay valid. */
  *records(): IterableIterator<SpilledRecord> {
    this.seal();
    for (const { from, length } of this.#extents) {
      const block = this.#file.read(from, length);
      for (let at = 0; at < length; ) {
        const headEnd = at + RECORD_PREFIX_BYTES + block.readUInt32LE(at);
        const end = headEnd + block.readUInt32LE(at + 4);
        yield { head: block.subarray(at + RECORD_PREFIX_BYTES, headEnd), body: block.subarray(headEnd, end) };
        at = end;
      }
    }
  }
}

/** A full disk fails the query, not the server. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
      throw new MongoError('OutOfDiskSpace', 'The disk is full: a query could not put its rows aside.', { cause });
    }
    throw new MongoError('FileStreamFailed', `A query could not put its rows aside on disk: ${message}`, { cause });
  }
}

/**
 * The commits since the last checkpoint, in two files that take turns: written and flushed before they are acknowledged.
 * A record begins at a multiple of a page, so writing one never touches another. Files grow by zeros and are used again,
 * so that most flushes write data alone and not also the size of a file.
 */
import { closeSync, existsSync, fdatasync, fstatSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type FoundRecord, HEAD_BYTES, recordAt, type WriteRecord } from './write-record.ts';

export const JOURNAL_FILES = ['zava-journal-0', 'zava-journal-1'] as const;
const ALIGN_BYTES = 4096;
const GROW_BYTES = 256 * 1024;

interface Segment {
  readonly descriptor: number;
  fileBytes: number;
  /** Where the next record goes. */
  end: number;
}

export class Journal {
  readonly #segments: readonly [Segment, Segment];
  readonly #salt: number;
  #active = 0;
  #numberLast: number;
  #lastAt = 0;

  /** What is in the files is over: `numberLast` is the number of the last commit that needs no record any more. */
  constructor(directory: string, salt: number, numberLast: number) {
    const open = (name: string): Segment => {
      const file = join(directory, name);
      const descriptor = openSync(file, existsSync(file) ? 'r+' : 'w+', 0o600);
      return { descriptor, fileBytes: fstatSync(descriptor).size, end: 0 };
    };
    this.#segments = [open(JOURNAL_FILES[0]), open(JOURNAL_FILES[1])];
    this.#salt = salt;
    this.#numberLast = numberLast;
  }

  get numberLast(): number {
    return this.#numberLast;
  }

  /** Of the file in use. */
  get bytes(): number {
    return this.#segment.end;
  }

  get #segment(): Segment {
    return this.#segments[this.#active]!;
  }

  /** Writes a record, not flushed yet. Throws what the system says where there is no room; then nothing was added. */
  append(record: WriteRecord): void {
    const segment = this.#segment;
    const bytes = record.seal(this.#salt, this.#numberLast + 1);
    const at = segment.end;
    const end = aligned(at + bytes.length);
    if (end > segment.fileBytes) {
      const fileBytes = Math.max(end, segment.fileBytes + GROW_BYTES);
      writeAll(segment.descriptor, Buffer.alloc(fileBytes - segment.fileBytes), segment.fileBytes);
      segment.fileBytes = fileBytes;
    }
    writeAll(segment.descriptor, bytes, at);
    this.#lastAt = at;
    this.#numberLast += 1;
    segment.end = end;
  }

  /** Resolves once all that was appended is on disk. */
  flush(): Promise<void> {
    return flushData(this.#segment.descriptor);
  }

  /** Takes the last record back, on disk as well. */
  async retract(): Promise<void> {
    const segment = this.#segment;
    writeAll(segment.descriptor, Buffer.alloc(HEAD_BYTES), this.#lastAt);
    segment.end = this.#lastAt;
    this.#numberLast -= 1;
    await this.flush();
  }

  /** The next record begins the other file, whose records must not be needed any more. */
  turn(): void {
    this.#active = 1 - this.#active;
    this.#segment.end = 0;
  }

  /** Records up to this one were repeated, and are about to be in a checkpoint. */
  skipTo(number: number): void {
    this.#numberLast = number;
  }

  close(): void {
    for (const { descriptor } of this.#segments) closeSync(descriptor);
  }
}

/** The journal holds records that come after one that can't be read. */
export class JournalDamage extends Error {}

/** The records after `number`, in order. Of the last one, half may be there: it was never acknowledged. */
export function readJournal(directory: string, salt: number, number: number): FoundRecord[] {
  const files = JOURNAL_FILES.map((name) => join(directory, name)).map((file) =>
    existsSync(file) ? readFileSync(file) : Buffer.alloc(0),
  );
  const records: FoundRecord[] = [];
  const next = () => number + records.length + 1;
  for (let file = files.find(startsWith); file !== undefined; file = files.find(startsWith)) {
    let at = 0;
    for (let record = recordAt(file, 0, salt); record?.number === next(); record = recordAt(file, at, salt)) {
      records.push(record);
      at = aligned(at + record.bytes);
    }
  }
  for (const file of files) {
    for (let at = 0; at < file.length; at += ALIGN_BYTES) {
      if ((recordAt(file, at, salt)?.number ?? 0) > next()) throw new JournalDamage(`record ${next()} is damaged`);
    }
  }
  return records;

  function startsWith(file: Buffer): boolean {
    return recordAt(file, 0, salt)?.number === next();
  }
}

export function removeJournal(directory: string): void {
  for (const name of JOURNAL_FILES) rmSync(join(directory, name), { force: true });
}

export function flushData(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(descriptor, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN_BYTES) * ALIGN_BYTES;
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
}

/**
 * The unsettled operations once more, in a file of their own beside the store: what a person was told is done outlives a
 * store that is damaged, lost or put back to an older state. Each line has a checksum; a line that does not match ends
 * what can be believed after a crash, and is told of anywhere else. Beside them, the answers that an app may ask for again.
 */
import { createHash } from 'node:crypto';
import { copyFile, type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { type Operation, operationSchema } from '../sync/index.ts';

const answerSchema = z.strictObject({
  /** The app's name for its request. */
  key: z.string(),
  /** A checksum of what was asked for. */
  request: z.string(),
  sequence: z.int().positive(),
  hlc: z.string(),
  facts: z.json(),
});

/** What became of a request that an app may send again, not knowing whether it arrived. */
export type Answer = z.infer<typeof answerSchema>;

const entrySchema = z.discriminatedUnion('kind', [
  /** Written before the store has it. */
  z.strictObject({
    kind: z.literal('done'),
    epoch: z.string(),
    operation: operationSchema,
    answer: answerSchema.optional(),
  }),
  /** The store refused it, and its user was told so. */
  z.strictObject({ kind: z.literal('withdrawn'), epoch: z.string(), sequence: z.int().positive() }),
  /** Of an operation that is settled. */
  z.strictObject({ kind: z.literal('answered'), epoch: z.string(), answer: answerSchema }),
  /** Applied or refused at headquarters: nobody waits for it. */
  z.strictObject({ kind: z.literal('settled'), epoch: z.string(), sequences: z.array(z.int().positive()) }),
  /** Numbers up to here have been used. */
  z.strictObject({ kind: z.literal('used'), epoch: z.string(), sequence: z.int().nonnegative() }),
]);

type Entry = z.infer<typeof entrySchema>;

export interface JournalContents {
  /** Of the newest life of the store; null where nothing was ever done. */
  readonly epoch: string | null;
  readonly lastSequence: number;
  /** In the order in which they were done. */
  readonly unsettled: readonly Operation[];
  /** By key, the oldest first. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** Lines that did not match their checksum, but for one that a crash has cut off at the end. */
  readonly damagedLines: number;
}

/** Settled entries that may stay in the file before it is written anew. */
const SETTLED_ENTRIES_MAX = 1_000;
/** Of the newest requests; an app that has had no answer asks again within minutes. */
const ANSWERS_MAX = 500;

export class OperationJournal implements AsyncDisposable {
  readonly #file: string;
  #handle: FileHandle;
  #epoch: string | null;
  #lastSequence: number;
  readonly #unsettled: Map<number, Operation>;
  readonly #answers: Map<string, Answer>;
  /** Where the newest line begins, if it is of an operation that was done: without room for another it can be cut off. */
  #lastDone: { readonly sequence: number; readonly atByte: number } | null = null;
  #settledEntries = 0;
  /** Appends and rewrites take turns. */
  #queue: Promise<unknown> = Promise.resolve();
  readonly damagedLines: number;

  private constructor(file: string, handle: FileHandle, contents: JournalContents) {
    this.#file = file;
    this.#handle = handle;
    this.#epoch = contents.epoch;
    this.#lastSequence = contents.lastSequence;
    this.#unsettled = new Map(contents.unsettled.map((operation) => [operation.sequence, operation]));
    this.#answers = new Map(contents.answers);
    this.damagedLines = contents.damagedLines;
  }

  static async open(file: string): Promise<OperationJournal> {
    const contents = contentsOf(await readOrEmpty(file));
    if (contents.damagedLines > 0) await copyFile(file, `${file}.damaged-${Date.now()}`);
    const journal = new OperationJournal(file, await open(file, 'a', 0o600), contents);
    // A line that a crash has cut off must not be joined by the next one.
    await journal.#rewrite();
    return journal;
  }

  get contents(): Pick<JournalContents, 'epoch' | 'lastSequence' | 'unsettled'> {
    return { epoch: this.#epoch, lastSequence: this.#lastSequence, unsettled: [...this.#unsettled.values()] };
  }

  answerOf(key: string): Answer | undefined {
    return this.#answers.get(key);
  }

  /** Resolves when it is on the disk. */
  done(epoch: string, operation: Operation, answer?: Answer): Promise<void> {
    return this.#append({ kind: 'done', epoch, operation, ...(answer && { answer }) }, true, () => {
      if (answer !== undefined) keepAnswer(this.#answers, answer);
      if (epoch !== this.#epoch) this.#unsettled.clear();
      this.#epoch = epoch;
      this.#lastSequence = operation.sequence;
      this.#unsettled.set(operation.sequence, operation);
    });
  }

  /** Also on a disk without room. */
  async withdrawn(epoch: string, sequence: number): Promise<void> {
    const forget = () => {
      this.#unsettled.delete(sequence);
      forgetAnswer(this.#answers, sequence);
    };
    const last = this.#lastDone;
    try {
      await this.#append({ kind: 'withdrawn', epoch, sequence }, true, forget);
    } catch (error) {
      if (last?.sequence !== sequence) throw error;
      await this.#soon(async () => {
        await this.#handle.truncate(last.atByte);
        await this.#handle.datasync();
        forget();
      });
    }
  }

  /** May be lost in a crash: an operation that comes twice counts once. */
  async settled(epoch: string, sequences: readonly number[]): Promise<void> {
    if (epoch !== this.#epoch || !sequences.some((sequence) => this.#unsettled.has(sequence))) return;
    await this.#append({ kind: 'settled', epoch, sequences: [...sequences] }, false, () => {
      for (const sequence of sequences) this.#unsettled.delete(sequence);
      this.#settledEntries += 1;
    });
    if (this.#settledEntries > SETTLED_ENTRIES_MAX) await this.#soon(() => this.#rewrite());
  }

  /** The store has a new life, with these operations in it. */
  restart(epoch: string, lastSequence: number, unsettled: readonly Operation[]): Promise<void> {
    return this.#soon(async () => {
      this.#epoch = epoch;
      this.#lastSequence = lastSequence;
      this.#unsettled.clear();
      for (const operation of unsettled) this.#unsettled.set(operation.sequence, operation);
      await this.#rewrite();
    });
  }

  async close(): Promise<void> {
    await this.#queue.catch(() => undefined);
    await this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #append(entry: Entry, isFlushed: boolean, then: () => void): Promise<void> {
    return this.#soon(async () => {
      const { size } = await this.#handle.stat();
      try {
        await this.#handle.appendFile(lineOf(entry));
        if (isFlushed) await this.#handle.datasync();
        this.#lastDone = entry.kind === 'done' ? { sequence: entry.operation.sequence, atByte: size } : null;
      } catch (error) {
        // Half a line would hide what comes after it.
        await this.#handle.truncate(size).catch(() => undefined);
        throw error;
      }
      then();
    });
  }

  #soon(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #rewrite(): Promise<void> {
    const epoch = this.#epoch;
    const entries: Entry[] =
      epoch === null
        ? []
        : [
            ...[...this.#unsettled.values()].map((operation): Entry => ({ kind: 'done', epoch, operation })),
            ...[...this.#answers.values()].map((answer): Entry => ({ kind: 'answered', epoch, answer })),
            { kind: 'used', epoch, sequence: this.#lastSequence },
          ];
    const partial = `${this.#file}.partial`;
    const handle = await open(partial, 'w', 0o600);
    await handle.writeFile(entries.map(lineOf).join(''));
    await handle.sync();
    await handle.close();
    await rename(partial, this.#file);
    await this.#handle.close();
    this.#handle = await open(this.#file, 'a', 0o600);
    this.#settledEntries = 0;
    this.#lastDone = null;
  }
}

function contentsOf(text: string): JournalContents {
  let epoch: string | null = null;
  let lastSequence = 0;
  const unsettled = new Map<number, Operation>();
  const answers = new Map<string, Answer>();
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  let damagedLines = 0;
  for (const line of lines) {
    const entry = entryOf(line);
    if (entry === undefined) {
      damagedLines += 1;
      continue;
    }
    if (entry.epoch !== epoch) {
      epoch = entry.epoch;
      lastSequence = 0;
      unsettled.clear();
    }
    if (entry.kind === 'done') {
      unsettled.set(entry.operation.sequence, entry.operation);
      lastSequence = Math.max(lastSequence, entry.operation.sequence);
      if (entry.answer !== undefined) keepAnswer(answers, entry.answer);
    } else if (entry.kind === 'answered') keepAnswer(answers, entry.answer);
    else if (entry.kind === 'withdrawn') {
      unsettled.delete(entry.sequence);
      forgetAnswer(answers, entry.sequence);
    } else if (entry.kind === 'used') lastSequence = Math.max(lastSequence, entry.sequence);
    else for (const sequence of entry.sequences) unsettled.delete(sequence);
  }
  // A whole line without its end: the crash came between the two.
  if (entryOf(tail)?.kind === 'done') return contentsOf(`${text}\n`);
  return { epoch, lastSequence, unsettled: [...unsettled.values()], answers, damagedLines };
}

function keepAnswer(answers: Map<string, Answer>, answer: Answer): void {
  answers.set(answer.key, answer);
  const [oldest] = answers.keys();
  if (answers.size > ANSWERS_MAX && oldest !== undefined) answers.delete(oldest);
}

function forgetAnswer(answers: Map<string, Answer>, sequence: number): void {
  for (const answer of answers.values()) if (answer.sequence === sequence) answers.delete(answer.key);
}

const CHECKSUM_CHARACTERS = 16;

export const checksumOf = (json: string): string =>
  createHash('sha256').update(json).digest('hex').slice(0, CHECKSUM_CHARACTERS);

function lineOf(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${checksumOf(json)} ${json}\n`;
}

function entryOf(line: string): Entry | undefined {
  const json = line.slice(CHECKSUM_CHARACTERS + 1);
  if (line.slice(0, CHECKSUM_CHARACTERS) !== checksumOf(json)) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

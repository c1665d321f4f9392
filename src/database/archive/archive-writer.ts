/**
 * Writes one NDJSON file per collection and, at the very end, the manifest. Files grow under the name `….partial`, so
 * that an interrupted folder never looks like a finished one.
 */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Transform, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { z } from 'zod';
import { type CollectionName, collectionNames } from '../../domain/index.ts';
import { withDatabaseErrors } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import {
  ARCHIVE_FORMAT,
  ARCHIVE_FORMAT_VERSION,
  fileSchema,
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
} from './manifest.ts';

/** Which files of an unfinished archive are whole. */
const PROGRESS_FILE = 'progress.json.partial';
const NEXT_PROGRESS_FILE = 'progress.json.next.partial';

export interface ArchiveOptions {
  readonly gzip?: boolean;
  /** Write over an export, finished or not, that is in the folder. */
  readonly replace?: boolean;
  /**
   * Names what is written. An unfinished archive in the folder with the same name goes on: its finished files stay, once
   * their checksums are found right. Without a name it starts over.
   */
  readonly resumeKey?: string;
}

export class ArchiveWriter {
  readonly #folder: string;
  readonly #gzip: boolean;
  readonly #resumeKey: string | undefined;
  readonly #files = new Map<CollectionName, ArchiveFile>();
  readonly #finished = new Map<CollectionName, ManifestFile>();

  private constructor(folder: string, { gzip = false, resumeKey }: ArchiveOptions, finished: readonly ManifestFile[]) {
    this.#folder = folder;
    this.#gzip = gzip;
    this.#resumeKey = resumeKey;
    for (const file of finished) this.#finished.set(file.collection, file);
  }

  /** Makes the folder. Throws FOLDER_NOT_EMPTY when something lies in it and `replace` is not set. */
  static async open(folder: string, options: ArchiveOptions = {}): Promise<ArchiveWriter> {
    const { replace = false, resumeKey } = options;
    return await withDatabaseErrors(async () => {
      await mkdir(folder, { recursive: true });
      const present = await readdir(folder);
      const ours = present.filter(isArchiveFile);
      // What an interrupted run left is ours to clear away; a finished export is not, unless told.
      const blocking = replace
        ? present.filter((name) => !isArchiveFile(name))
        : present.filter((name) => !name.endsWith('.partial') || !isArchiveFile(name));
      if (blocking.length > 0) {
        throw new DatabaseError(
          'FOLDER_NOT_EMPTY',
          `${folder} is not empty: it holds ${blocking.slice(0, 5).join(', ')}.`,
          {
            data: { folder, files: blocking },
          },
        );
      }
      const finished = resumeKey === undefined || replace ? [] : await readFinishedFiles(folder, resumeKey);
      const kept = new Set([PROGRESS_FILE, ...finished.map(({ file }) => `${file}.partial`)]);
      // The manifest goes first: from here on the folder does not look finished.
      for (const name of ours.sort((a, b) => Number(b === MANIFEST_FILE) - Number(a === MANIFEST_FILE))) {
        if (finished.length === 0 || !kept.has(name)) await rm(path.join(folder, name));
      }
      return new ArchiveWriter(folder, options, finished);
    });
  }

  /** How many documents of a collection an earlier, interrupted run has written; undefined where it has to be written. */
  finishedDocuments(collection: CollectionName): number | undefined {
    return this.#finished.get(collection)?.documents;
  }

  /** Ends a collection's file and notes that it is whole, so that a later run need not write it again. */
  async finishCollection(collection: CollectionName): Promise<void> {
    await withDatabaseErrors(async () => {
      this.#finished.set(collection, { collection, ...(await this.#file(collection).end()) });
      this.#files.delete(collection);
      if (this.#resumeKey === undefined) return;
      const progress: ArchiveProgress = { resumeKey: this.#resumeKey, files: [...this.#finished.values()] };
      const file = path.join(this.#folder, PROGRESS_FILE);
      const next = path.join(this.#folder, NEXT_PROGRESS_FILE);
      await writeFile(next, `${JSON.stringify(progress)}\n`);
      await rename(next, file);
    });
  }

  /** Adds lines to a collection's file. Each line is one document without its line end. Waits while the disk is behind. */
  async write(collection: CollectionName, lines: readonly string[]): Promise<void> {
    await withDatabaseErrors(() => this.#file(collection).write(lines));
  }

  /** Makes sure that a collection has a file, though it may be empty. */
  touch(collection: CollectionName): void {
    this.#file(collection);
  }

  /** Ends the files and writes the manifest. */
  async finish(about: Pick<Manifest, 'program' | 'source'>): Promise<Manifest> {
    return await withDatabaseErrors(async () => {
      const files: ManifestFile[] = [];
      for (const collection of collectionNames) {
        const file = this.#files.get(collection);
        const finished = this.#finished.get(collection);
        if (file !== undefined) files.push({ collection, ...(await file.end()) });
        else if (finished !== undefined) files.push(finished);
      }
      const manifest: Manifest = { format: ARCHIVE_FORMAT, format_version: ARCHIVE_FORMAT_VERSION, ...about, files };
      for (const { file } of files)
        await rename(path.join(this.#folder, `${file}.partial`), path.join(this.#folder, file));
      const partial = path.join(this.#folder, `${MANIFEST_FILE}.partial`);
      await writeFile(partial, `${JSON.stringify(manifest, undefined, 2)}\n`);
      await rename(partial, path.join(this.#folder, MANIFEST_FILE));
      await rm(path.join(this.#folder, PROGRESS_FILE), { force: true });
      return manifest;
    });
  }

  /** Lets go of the files of an unfinished archive; what was written stays under `.partial`: the next run keeps or clears it. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.destroy()));
  }

  #file(collection: CollectionName): ArchiveFile {
    let file = this.#files.get(collection);
    if (file === undefined) {
      file = new ArchiveFile(this.#folder, `${collection}.ndjson${this.#gzip ? '.gz' : ''}`, this.#gzip);
      this.#files.set(collection, file);
    }
    return file;
  }
}

class ArchiveFile {
  readonly #name: string;
  readonly #hash: Hash = createHash('sha256');
  readonly #input: Writable;
  readonly #output: Writable;
  readonly #done: Promise<void>;
  readonly #closed: Promise<void>;
  #documents = 0;
  #bytes = 0;
  #error: unknown;

  constructor(folder: string, name: string, gzip: boolean) {
    this.#name = name;
    const file = createWriteStream(path.join(folder, `${name}.partial`), { highWaterMark: 1 << 20 });
    const counted = new Writable({
      highWaterMark: 1 << 20,
      write: (chunk: Buffer, _encoding, callback) => {
        this.#hash.update(chunk);
        this.#bytes += chunk.length;
        file.write(chunk, callback);
      },
      final: (callback) => void file.end(callback),
      destroy: (error, callback) => {
        file.destroy();
        callback(error);
      },
    });
    file.on('error', (error) => counted.destroy(error));
    let packed: Transform | undefined;
    if (gzip) {
      packed = createGzip({ level: 6 });
      packed.pipe(counted);
      packed.on('error', (error) => counted.destroy(error));
    }
    this.#closed = new Promise((resolve) => file.once('close', resolve));
    this.#input = packed ?? counted;
    this.#output = counted;
    this.#done = finished(counted);
    this.#done.catch((error: unknown) => {
      this.#error = error;
      this.#input.destroy();
    });
  }

  async write(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    if (this.#error !== undefined) throw this.#error;
    this.#documents += lines.length;
    if (!this.#input.write(`${lines.join('\n')}\n`)) await Promise.race([once(this.#input, 'drain'), this.#done]);
    if (this.#error !== undefined) throw this.#error;
  }

  async end(): Promise<Omit<ManifestFile, 'collection'>> {
    this.#input.end();
    await this.#done;
    return { file: this.#name, documents: this.#documents, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Afterwards nothing of it is under way: a file that was about to be made is there, and closed. */
  async destroy(): Promise<void> {
    this.#input.destroy();
    this.#output.destroy();
    await this.#closed;
  }
}

const progressSchema = z.object({ resumeKey: z.string(), files: z.array(fileSchema) });
type ArchiveProgress = z.infer<typeof progressSchema>;

/** The files that an interrupted run with this name had finished, and that still are as it left them. */
async function readFinishedFiles(folder: string, resumeKey: string): Promise<ManifestFile[]> {
  let progress: ArchiveProgress;
  try {
    progress = progressSchema.parse(JSON.parse(await readFile(path.join(folder, PROGRESS_FILE), 'utf8')));
  } catch {
    return []; // no earlier run, or none that came far enough
  }
  if (progress.resumeKey !== resumeKey) return [];
  const whole: ManifestFile[] = [];
  for (const file of progress.files) {
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(path.join(folder, `${file.file}.partial`))) hash.update(chunk);
    } catch {
      continue; // gone, or unreadable: it is written again
    }
    if (hash.digest('hex') === file.sha256) whole.push(file);
  }
  return whole;
}

const isArchiveFile = (name: string): boolean =>
  [MANIFEST_FILE, 'progress.json', 'progress.json.next'].includes(name.replace(/\.partial$/, '')) ||
  collectionNames.some((collection) => new RegExp(`^${collection}\\.ndjson(\\.gz)?(\\.partial)?$`).test(name));

/** Reads an export back: first every file is held against the manifest, then, and only then, the database is touched. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Db, Document } from 'mongodb';
import { describeCollection } from '../../domain/index.ts';
import { databaseErrorFrom } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import { type Batch, type LoadOutcome, loadDataSet } from '../load/load.ts';
import type { OnProgress } from '../progress.ts';
import { documentFromExtendedJson } from './extended-json.ts';
import { type Manifest, type ManifestFile, readManifest } from './manifest.ts';

const DOCUMENTS_PER_BATCH = 1000;
/** Documents with embeddings are large; a batch stays well below MongoDB's 48 MB. */
const BATCH_BYTES_MAX = 8_000_000;

export interface ImportOptions {
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Holds every file of an export against its manifest. Throws MANIFEST_… with the file and what is wrong with it. */
export async function verifyArchive(
  folder: string,
  { signal, onProgress }: Pick<ImportOptions, 'signal' | 'onProgress'> = {},
): Promise<Manifest> {
  const manifest = await readManifest(folder);
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const expected of manifest.files) {
    const file = path.join(folder, expected.file);
    const mismatch = (reason: string) =>
      new DatabaseError('MANIFEST_MISMATCH', `${file} does not match the manifest: ${reason}.`, {
        data: { file: expected.file },
      });
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) throw mismatch('the file is missing');
    if (size !== expected.bytes) throw mismatch(`it has ${size} bytes, the manifest says ${expected.bytes}`);
    const hash = createHash('sha256');
    const source = createReadStream(file, { highWaterMark: 1 << 20 });
    source.on('data', (chunk) => {
      hash.update(chunk);
      done += chunk.length;
      onProgress?.({ phase: 'verify', done, total, unit: 'bytes' });
    });
    let documents = 0;
    try {
      for await (const lines of linesOf(source, expected, signal)) documents += lines.length;
    } catch (cause) {
      signal?.throwIfAborted();
      const known = databaseErrorFrom(cause);
      if (known !== undefined) throw known;
      throw mismatch(`it cannot be unpacked (${(cause as Error).message})`);
    }
    if (hash.digest('hex') !== expected.sha256) throw mismatch('its checksum (SHA-256) is another');
    if (documents !== expected.documents) {
      throw mismatch(`it has ${documents} documents, the manifest says ${expected.documents}`);
    }
  }
  return manifest;
}

/** What tells one archive from another. */
export const archiveFingerprint = (manifest: Manifest): string =>
  createHash('sha256')
    .update(JSON.stringify(manifest.files.map(({ collection, documents, sha256 }) => [collection, documents, sha256])))
    .digest('hex');

/** Verifies an export and loads it. Resumable, as every load is. */
export async function importArchive(
  db: Db,
  folder: string,
  options: ImportOptions = {},
): Promise<{ readonly manifest: Manifest; readonly load: LoadOutcome }> {
  const manifest = await verifyArchive(folder, options);
  const load = await loadDataSet(db, { ...importRequest(folder, manifest, options.signal), ...options });
  return { manifest, load };
}

export function importRequest(folder: string, manifest: Manifest, signal?: AbortSignal) {
  return {
    kind: 'import' as const,
    fingerprint: archiveFingerprint(manifest),
    // What the data set is (seed, dates) goes along: validation holds the documents to it.
    parameters: {
      folder: path.resolve(folder),
      ...(manifest.source['data_set'] as Record<string, unknown> | undefined),
    },
    documentsExpected: manifest.files.reduce((sum, { documents }) => sum + documents, 0),
    batches: () => batchesOf(folder, manifest, signal),
  };
}

async function* batchesOf(folder: string, manifest: Manifest, signal?: AbortSignal): AsyncGenerator<Batch> {
  for (const expected of manifest.files) {
    const { collection } = expected;
    let documents: Document[] = [];
    let bytes = 0;
    let lineNumber = 0;
    for await (const lines of linesOf(
      createReadStream(path.join(folder, expected.file), { highWaterMark: 1 << 18 }),
      expected,
      signal,
    )) {
      for (const line of lines) {
        lineNumber += 1;
        documents.push(documentAt(expected.file, lineNumber, line, describeCollection(collection).idField));
        bytes += line.length;
        if (documents.length < DOCUMENTS_PER_BATCH && bytes < BATCH_BYTES_MAX) continue;
        yield { collection, documents };
        documents = [];
        bytes = 0;
      }
    }
    if (documents.length > 0) yield { collection, documents };
  }
}

function documentAt(file: string, lineNumber: number, line: string, idField: string): Document {
  let document: Document;
  try {
    document = documentFromExtendedJson(line);
  } catch (cause) {
    throw new DatabaseError('MANIFEST_MISMATCH', `${file}, line ${lineNumber}: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (document['_id'] === undefined) {
    throw new DatabaseError(
      'MANIFEST_MISMATCH',
      `${file}, line ${lineNumber}: the document has no _id (its ${idField} belongs there).`,
    );
  }
  return document;
}

/** The lines of a file, a few at a time. */
async function* linesOf(
  source: Readable,
  { file }: Pick<ManifestFile, 'file'>,
  signal?: AbortSignal,
): AsyncGenerator<string[]> {
  let text: Readable = source;
  if (file.endsWith('.gz')) {
    const unpacked = createGunzip();
    source.on('error', (error) => unpacked.destroy(error));
    text = source.pipe(unpacked);
  }
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for await (const chunk of text) {
      signal?.throwIfAborted();
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      const filled = lines.filter((line) => line !== '');
      if (filled.length > 0) yield filled;
    }
    rest += decoder.decode();
    if (rest !== '') yield [rest];
  } finally {
    source.destroy();
  }
}

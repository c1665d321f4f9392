import type { Db } from 'mongodb';
import { withDatabaseErrors } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import type { Batch } from '../load/load.ts';
import { readRun } from '../load/run.ts';
import type { OnProgress } from '../progress.ts';
import { countProjectDocuments } from '../project-collections.ts';
import { type ArchiveOptions, ArchiveWriter } from './archive-writer.ts';
import { canonicalFromDocument } from './extended-json.ts';
import type { Manifest } from './manifest.ts';

const LINES_PER_WRITE = 1000;

export interface WriteOptions extends ArchiveOptions {
  /** `zava 0.1.0` */
  readonly program: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * Writes the project's collections to a folder, each sorted by `_id`. After an interruption the same call goes on with the
 * first collection that is not whole. Throws COLLECTIONS_MISSING for an empty database.
 */
export async function exportDatabase(db: Db, folder: string, options: WriteOptions): Promise<Manifest> {
  const { signal, onProgress } = options;
  const counts = await countProjectDocuments(db);
  if (counts.every(({ documents }) => documents === 0)) {
    throw new DatabaseError(
      'COLLECTIONS_MISSING',
      `The database ${db.databaseName} holds none of the project’s documents.`,
    );
  }
  const total = counts.reduce((sum, { documents }) => sum + documents, 0);
  const version = await withDatabaseErrors(async () => (await db.command({ buildInfo: 1 }))['version'] as string);
  const run = await withDatabaseErrors(() => readRun(db));
  const resumeKey = [options.program, db.databaseName, run?.fingerprint ?? '', options.gzip ? 'gzip' : 'plain'].join(
    ' ',
  );
  const writer = await ArchiveWriter.open(folder, { ...options, resumeKey });
  let done = 0;
  try {
    for (const { collection } of counts) {
      const documentsAtLeast = await withDatabaseErrors(() => db.collection(collection).countDocuments());
      // Documents are hidden, never removed: as many as before are the same ones.
      if (writer.finishedDocuments(collection) === documentsAtLeast) {
        done += documentsAtLeast;
        continue;
      }
      writer.touch(collection);
      const doneBefore = done;
      let lines: string[] = [];
      const cursor = db.collection(collection).find(
        {},
        {
          promoteValues: false,
          promoteBuffers: false,
          promoteLongs: false,
          batchSize: LINES_PER_WRITE,
          sort: { _id: 1 },
        },
      );
      try {
        while (await withDatabaseErrors(() => cursor.hasNext())) {
          for (const document of cursor.readBufferedDocuments()) lines.push(canonicalFromDocument(document));
          if (lines.length < LINES_PER_WRITE) continue;
          signal?.throwIfAborted();
          done += lines.length;
          await writer.write(collection, lines);
          onProgress?.({ phase: 'export', done, total, unit: 'documents' });
          lines = [];
        }
      } finally {
        await cursor.close();
      }
      signal?.throwIfAborted();
      done += lines.length;
      await writer.write(collection, lines);
      // Documents are hidden, never removed: fewer than there were at first means that the server left some out.
      if (done - doneBefore < documentsAtLeast) {
        throw new DatabaseError(
          'EXPORT_INCOMPLETE',
          `The server gave ${done - doneBefore} documents of ${collection}, which holds ${documentsAtLeast}.`,
          { data: { collection, documents: documentsAtLeast, exported: done - doneBefore } },
        );
      }
      await writer.finishCollection(collection);
    }
    onProgress?.({ phase: 'export', done, total: done, unit: 'documents' });
    return await writer.finish({
      program: options.program,
      source: {
        kind: 'database',
        database: db.databaseName,
        server_version: version,
        exported_at: new Date().toISOString(),
        extended_json: 'canonical',
        data_set: run?.parameters ?? {},
      },
    });
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/**
 * Writes a stream of batches to a folder, without any database. The same stream gives the same bytes, manifest
 * included; plain JSON numbers, because the generated documents hold no other type.
 */
export async function writeArchive(
  folder: string,
  batches: AsyncIterable<Batch> | Iterable<Batch>,
  options: WriteOptions & { readonly source: () => Manifest['source']; readonly documentsExpected?: number },
): Promise<Manifest> {
  const { signal, onProgress, documentsExpected } = options;
  const writer = await ArchiveWriter.open(folder, options);
  let done = 0;
  try {
    for await (const { collection, documents } of batches) {
      signal?.throwIfAborted();
      await writer.write(
        collection,
        documents.map((document) => JSON.stringify(document)),
      );
      done += documents.length;
      onProgress?.({ phase: 'writing', done, unit: 'documents', total: Math.max(done, documentsExpected ?? 0) });
      // A synchronous stream would otherwise keep Ctrl-C and the disk waiting.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    onProgress?.({ phase: 'writing', done, unit: 'documents', total: done });
    return await writer.finish({ program: options.program, source: options.source() });
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** `manifest.json`: what an export holds, so that an import can tell a whole one from a damaged one. Written last. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { collectionNames } from '../../domain/index.ts';
import { DatabaseError } from '../errors.ts';

export const MANIFEST_FILE = 'manifest.json';
export const ARCHIVE_FORMAT = 'zava-ndjson';
export const ARCHIVE_FORMAT_VERSION = 1;

export const fileSchema = z.strictObject({
  collection: z.enum(collectionNames),
  /** Beside the manifest, never elsewhere. */
  file: z.string().regex(/^[a-z_]+\.ndjson(\.gz)?$/, { error: 'a file name such as orders.ndjson.gz' }),
  documents: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Of the file as it lies there, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: '64 hexadecimal digits' }),
});

export const manifestSchema = z
  .looseObject({
    format: z.literal(ARCHIVE_FORMAT),
    format_version: z.int().positive(),
    /** `zava 0.1.0` */
    program: z.string(),
    /** What the documents came from: a generation (seed, configuration) or a database. */
    source: z.record(z.string(), z.unknown()),
    files: z.array(fileSchema).min(1),
  })
  .refine(({ files }) => new Set(files.map(({ collection }) => collection)).size === files.length, {
    path: ['files'],
    error: 'each collection once',
  });

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;

/** Reads and checks the manifest of a folder. Throws MANIFEST_MISSING or MANIFEST_INVALID. */
export async function readManifest(folder: string): Promise<Manifest> {
  const file = path.join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new DatabaseError('MANIFEST_MISSING', `${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new DatabaseError('MANIFEST_INVALID', `${file} is not JSON: ${(cause as Error).message}.`, { cause });
  }
  const parsed = manifestSchema.safeParse(raw);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new DatabaseError('MANIFEST_INVALID', `${file} is not a manifest of ours:\n  ${faults.join('\n  ')}`);
  }
  if (parsed.data.format_version > ARCHIVE_FORMAT_VERSION) {
    throw new DatabaseError(
      'MANIFEST_INVALID',
      `${file} has format version ${parsed.data.format_version}; this program reads up to ${ARCHIVE_FORMAT_VERSION}.`,
    );
  }
  return parsed.data;
}

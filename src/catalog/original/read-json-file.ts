import { readFile, stat } from 'node:fs/promises';
import { CatalogError, type CatalogErrorCode, jsonPathText, type Problem } from '../errors.ts';
import { placeOfPath, scanJson } from './json-text.ts';

/** The original is 19 MB; a text of more than this is something else, and Node's texts end at 512 MB. */
const FILE_BYTES_MAX = 256 * 2 ** 20;
/** How many problems a message spells out. */
const PROBLEMS_SHOWN_MAX = 5;

export interface JsonFile {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
}

/** Reads a file as one JSON value. Throws a {@link CatalogError} that says where it is wrong. */
export async function readJsonFile(file: string): Promise<JsonFile> {
  const bytes = await readBytes(file);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CatalogError('CATALOG_NOT_UTF8', `${file} is not a text in UTF-8.`, { cause, data: { file } });
  }
  if (text.trim() === '') throw new CatalogError('CATALOG_FILE_EMPTY', `${file} is empty.`, { data: { file } });
  const scan = scanJson(text);
  if (scan.outcome === 'malformed') {
    const { place, expected, got } = scan;
    throw new CatalogError(
      'CATALOG_JSON_MALFORMED',
      `${file}:${place.line}:${place.column}: this is not JSON: expected ${expected}, got ${got}.`,
      { data: { file, ...place, expected, got } },
    );
  }
  if (scan.outcome === 'key_repeated') {
    const { place } = scan;
    const jsonPath = jsonPathText(scan.path);
    throw new CatalogError(
      'CATALOG_KEY_REPEATED',
      `${file}:${place.line}:${place.column}: ${jsonPath} stands here a second time.`,
      { data: { file, ...place, jsonPath } },
    );
  }
  return { file, text, value: JSON.parse(text) };
}

/** An error about places in a file that was read: each with its line, what was expected and what stands there. */
export function errorAt(code: CatalogErrorCode, { file, text }: JsonFile, problems: readonly Problem[]): CatalogError {
  const placed = problems.slice(0, PROBLEMS_SHOWN_MAX).map(({ path, expected, got }) => ({
    ...placeOfPath(text, path),
    jsonPath: jsonPathText(path),
    expected,
    got,
  }));
  const lines = placed.map(
    ({ line, column, jsonPath, expected, got }) =>
      `${file}:${line}:${column}: ${jsonPath}: expected ${expected}, got ${got}.`,
  );
  const more = problems.length - placed.length;
  if (more > 0) lines.push(`… and ${more} more.`);
  return new CatalogError(code, lines.join('\n'), {
    data: { file, ...placed[0], problems: placed, problemCount: problems.length },
  });
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) {
      throw new CatalogError(
        'CATALOG_FILE_TOO_LARGE',
        `${file} has ${size} bytes; at most ${FILE_BYTES_MAX} are read.`,
        { data: { file, bytes: size } },
      );
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof CatalogError) throw cause;
    throw unreadable(file, cause);
  }
}

/** The error for a path that the file system would not give. */
export function unreadable(path: string, cause: unknown): CatalogError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const missing = reason === 'ENOENT' || reason === 'ENOTDIR';
  return new CatalogError(
    missing ? 'CATALOG_NOT_FOUND' : 'CATALOG_UNREADABLE',
    missing ? `There is nothing at ${path}.` : `${path} can't be read (${reason}).`,
    { cause, data: { file: path, reason } },
  );
}

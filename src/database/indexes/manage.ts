/** Creating, comparing and dropping the indexes of the table. Other indexes are never touched. */
import type { Db, Document } from 'mongodb';
import type { CollectionName } from '../../domain/index.ts';
import { databaseErrorFrom, withDatabaseErrors } from '../connect/error-mapping.ts';
import { DatabaseError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { existingProjectCollections } from '../project-collections.ts';
import {
  collectionsWithIndexes,
  type IndexDescription,
  indexesOf,
  indexTable,
  searchIndexDefinition,
  searchIndexTable,
  specificationOf,
} from './index-table.ts';

export interface WorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface CreatedIndexes {
  /** How many were made, and how many existed already. */
  readonly created: number;
  readonly existed: number;
  /** `made`, `existed`, or why the server has none. */
  readonly searchIndexes: readonly { readonly name: string; readonly state: 'made' | 'existed' | 'not available' }[];
  readonly milliseconds: number;
}

/**
 * Makes every index of the table that is missing. Safe to run again and after an interruption. Missing collections are
 * made as well. Throws INDEX_CONFLICT when an index of that name differs, before it makes anything.
 */
export async function createIndexes(db: Db, { signal, onProgress }: WorkOptions = {}): Promise<CreatedIndexes> {
  const startedAtMs = performance.now();
  const before = await compareIndexes(db);
  const conflicts = before.filter(({ state }) => state === 'different');
  if (conflicts.length > 0) {
    const facts = conflicts.map(
      ({ collection, name, differences }) => `${collection}.${name}: ${differences.join('; ')}`,
    );
    throw new DatabaseError('INDEX_CONFLICT', `These indexes exist in another form:\n  ${facts.join('\n  ')}`, {
      data: { conflicts: conflicts.map(({ collection, name }) => `${collection}.${name}`) },
    });
  }
  let done = before.filter(({ state }) => state === 'as expected').length;
  const existed = done;
  const report = (phase: string) => onProgress?.({ phase, done, total: indexTable.length, unit: 'indexes' });
  report('indexes');
  for (const collection of collectionsWithIndexes) {
    signal?.throwIfAborted();
    const missing = before.filter((index) => index.collection === collection && index.state === 'missing');
    if (missing.length === 0) continue;
    // One command per collection: the server reads the collection once for all of them.
    const wanted = indexesOf(collection).filter(({ name }) => missing.some((index) => index.name === name));
    await withDatabaseErrors(() =>
      db.command(
        { createIndexes: collection, indexes: wanted.map(specificationOf) },
        signal === undefined ? {} : { signal },
      ),
    );
    done += missing.length;
    report('indexes');
  }
  const searchIndexes = await createSearchIndexes(db);
  return { created: done - existed, existed, searchIndexes, milliseconds: Math.round(performance.now() - startedAtMs) };
}

async function createSearchIndexes(db: Db): Promise<CreatedIndexes['searchIndexes']> {
  const states: CreatedIndexes['searchIndexes'][number][] = [];
  for (const index of searchIndexTable) {
    try {
      const existing = await db.collection(index.collection).listSearchIndexes(index.name).toArray();
      if (existing.length > 0) {
        states.push({ name: index.name, state: 'existed' });
        continue;
      }
      await db
        .collection(index.collection)
        .createSearchIndex({ name: index.name, type: 'vectorSearch', definition: searchIndexDefinition(index) });
      states.push({ name: index.name, state: 'made' });
    } catch (error) {
      if (!isSearchUnavailable(error)) throw databaseErrorFrom(error) ?? error;
      states.push({ name: index.name, state: 'not available' });
    }
  }
  return states;
}

/** What servers without search answer: an unknown command or stage, or "needs additional configuration". */
function isSearchUnavailable(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code === 'number' && [59, 115, 238, 31_082, 40_324, 6_047_401, 7_501_001].includes(code)) return true;
  return /search index|SearchNotEnabled|\$listSearchIndexes|unrecognized pipeline stage/i.test(message ?? '');
}

export interface ComparedIndex {
  readonly collection: CollectionName;
  readonly name: string;
  /** As the table says; of a foreign one, as the server lists them. */
  readonly keys: Readonly<Record<string, unknown>>;
  readonly unique: boolean;
  readonly state: 'as expected' | 'missing' | 'different' | 'foreign';
  /** `keys are {a: 1}, expected {b: 1}` */
  readonly differences: readonly string[];
}

/** Every index of the table against what the database has; indexes of the project's collections that are not ours too. */
export async function compareIndexes(db: Db): Promise<ComparedIndex[]> {
  const compared: ComparedIndex[] = [];
  const existing = new Set(await withDatabaseErrors(() => existingProjectCollections(db)));
  for (const collection of collectionsWithIndexes) {
    const actual = new Map<string, Document>();
    if (existing.has(collection)) {
      for (const index of await withDatabaseErrors(() => db.collection(collection).indexes())) {
        actual.set(index.name as string, index);
      }
    }
    actual.delete('_id_');
    for (const expected of indexesOf(collection)) {
      const found = actual.get(expected.name);
      actual.delete(expected.name);
      const differences = found === undefined ? [] : differencesOf(expected, found);
      const state = found === undefined ? 'missing' : differences.length === 0 ? 'as expected' : 'different';
      const { name, keys } = expected;
      compared.push({ collection, name, keys, unique: expected.unique ?? false, state, differences });
    }
    for (const [name, { key, unique }] of actual) {
      compared.push({ collection, name, keys: key, unique: unique === true, state: 'foreign', differences: [] });
    }
  }
  return compared;
}

/** Drops the indexes of the table that exist, and no others. */
export async function dropIndexes(db: Db, { signal, onProgress }: WorkOptions = {}): Promise<string[]> {
  const ours = (await compareIndexes(db)).filter(({ state }) => state === 'as expected' || state === 'different');
  const dropped: string[] = [];
  for (const { collection, name } of ours) {
    signal?.throwIfAborted();
    await withDatabaseErrors(() => db.collection(collection).dropIndex(name));
    dropped.push(`${collection}.${name}`);
    onProgress?.({ phase: 'drop indexes', done: dropped.length, total: ours.length, unit: 'indexes' });
  }
  return dropped;
}

/** What of an index, as the server lists it, is not as the table says. */
export function differencesOf(expected: IndexDescription, actual: Document): string[] {
  const differences: string[] = [];
  const specification = specificationOf(expected);
  const compare = (what: string, wanted: unknown, found: unknown) => {
    if (JSON.stringify(wanted) !== JSON.stringify(found)) {
      differences.push(`${what} ${JSON.stringify(found) ?? 'none'}, expected ${JSON.stringify(wanted) ?? 'none'}`);
    }
  };
  // A text index is listed by the server's own inner keys; its fields and weights stand in `weights`.
  if (expected.weights !== undefined) {
    compare('weights are', sorted(expected.weights), sorted((actual['weights'] ?? {}) as Record<string, unknown>));
  } else {
    compare('keys are', plain(specification.key), plain(actual['key']));
  }
  compare('unique is', expected.unique ?? false, actual['unique'] ?? false);
  compare('partialFilterExpression is', specification.partialFilterExpression, actual['partialFilterExpression']);
  for (const option of ['sparse', 'hidden', 'expireAfterSeconds', 'collation']) {
    if (actual[option] !== undefined && actual[option] !== false) {
      differences.push(`${option} is ${JSON.stringify(actual[option])}, expected none`);
    }
  }
  return differences;
}

const plain = (keys: unknown) =>
  Object.entries(keys as Record<string, unknown>).map(([key, value]) => [key, Number(value)]);
const sorted = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(record)
      .map(([key, value]) => [key, Number(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Reads the whole database, by scans and by every index, and says where they disagree. */
import type { Db, Filter } from 'mongodb';
import { canonical, collectionKey, documentKey, type Fields, indexKey, type State, type Value } from './model.ts';
import { getAt } from './updates.ts';
import { COUNTER_COLLECTION, COUNTER_ID, wordList } from './workload.ts';

export interface Observation {
  /** Documents, indexes and collections of the clients. */
  readonly state: State;
  readonly counter: number;
  readonly violations: readonly string[];
  readonly documents: number;
  readonly indexes: number;
}

type Row = Fields & { _id: string };

export const MARKER_COLLECTION = 'markers';

interface IndexFound {
  readonly name: string;
  readonly key: Readonly<Record<string, number | string>>;
  readonly unique?: boolean;
  readonly sparse?: boolean;
  readonly partialFilterExpression?: Fields;
  readonly weights?: Readonly<Record<string, number>>;
}

export async function observe(db: Db): Promise<Observation> {
  const state: State = new Map();
  const violations: string[] = [];
  let counter = Number.NaN;
  let documentsSeen = 0;
  let indexesSeen = 0;
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
  for (const name of names) {
    if (name === MARKER_COLLECTION) continue;
    const documents = (await db
      .collection(name)
      .find({}, { hint: { $natural: 1 } })
      .toArray()) as unknown as Fields[];
    if (name === COUNTER_COLLECTION) {
      counter = (documents.find(({ _id }) => _id === COUNTER_ID)?.['value'] as number | undefined) ?? Number.NaN;
      continue;
    }
    const indexes = (await db.collection(name).indexes()) as unknown as IndexFound[];
    state.set(collectionKey(name), true);
    for (const document of documents) state.set(documentKey(name, document['_id'] as string), document);
    for (const index of indexes) {
      if (index.name !== '_id_') state.set(indexKey(name, index.name), describeFound(index));
    }
    documentsSeen += documents.length;
    indexesSeen += indexes.length;
    violations.push(...(await disagreements(db, name, documents, indexes)).map((what) => `${name}: ${what}`));
  }
  return { state, counter, violations, documents: documentsSeen, indexes: indexesSeen };
}

/** As `describeIndex` of the workload writes it. */
function describeFound({ key, unique, sparse, partialFilterExpression, weights }: IndexFound): Value {
  const plainKey = weights === undefined ? key : Object.fromEntries(Object.keys(weights).map((path) => [path, 'text']));
  return {
    key: { ...plainKey } as Fields,
    ...(unique === true ? { unique } : {}),
    ...(sparse === true ? { sparse } : {}),
    ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
  };
}

async function disagreements(
  db: Db,
  name: string,
  documents: readonly Fields[],
  indexes: readonly IndexFound[],
): Promise<string[]> {
  const found: string[] = [];
  const collection = db.collection<Row>(name);
  const must = (what: string, is: unknown, expected: unknown) => {
    if (is !== expected) found.push(`${what} is ${String(is)}, must be ${String(expected)}`);
  };
  const ids = (list: readonly Fields[]): string =>
    list
      .map(({ _id }) => _id as string)
      .sort()
      .join();
  must('countDocuments', await collection.countDocuments({}), documents.length);
  must('estimatedDocumentCount', await collection.estimatedDocumentCount(), documents.length);
  must('the number of different _ids', new Set(documents.map(({ _id }) => _id)).size, documents.length);
  const validation = await db.command({ validate: name, full: true });
  if (validation['valid'] !== true) found.push(`validate says: ${canonical(validation['errors'] as Value)}`);
  must('the number of records according to validate', validation['nrecords'], documents.length);
  for (const index of indexes) {
    const at = `index ${index.name}`;
    const part = documents.filter((document) => isIndexed(index, document));
    const keysPerIndex = validation['keysPerIndex'] as Readonly<Record<string, number>>;
    if (index.weights === undefined) {
      must(
        `${at}: the number of keys`,
        keysPerIndex[index.name],
        part.reduce((sum, document) => sum + keyCount(index, document), 0),
      );
      const scan = await collection.find(partFilter(index), { hint: index.name }).project({ _id: 1 }).toArray();
      const difference = differenceOf(ids(scan as unknown as Fields[]), ids(part));
      if (difference !== null) found.push(`${at} and its collection disagree: ${difference}`);
      const sorted = await collection
        .find(partFilter(index), { hint: index.name, sort: index.key as Record<string, 1 | -1> })
        .toArray();
      must(`${at}: the number of documents when sorted by it`, sorted.length, part.length);
      if (index.unique === true) {
        const keys = part.map((document) =>
          canonical(Object.keys(index.key).map((path) => getAt(document, path) ?? null)),
        );
        must(`${at}: the number of different keys of a unique index`, new Set(keys).size, part.length);
      }
      for (const document of part.slice(0, 3)) {
        const [path] = Object.keys(index.key);
        const value = getAt(document, path!);
        const probe = Array.isArray(value) ? value[0] : value;
        if (probe === undefined) continue;
        const filter = { $and: [{ [path!]: probe }, partFilter(index)] };
        const [byIndex, byScan] = await Promise.all([
          collection.find(filter as object, { hint: index.name }).toArray(),
          collection.find(filter as object, { hint: { $natural: 1 } }).toArray(),
        ]);
        must(
          `${at}: the documents with ${path} = ${canonical(probe)}`,
          ids(byIndex as Fields[]),
          ids(byScan as Fields[]),
        );
      }
    } else {
      for (const word of wordList.slice(0, 3)) {
        const byIndex = await collection.find({ $text: { $search: word } }).toArray();
        const byScan = documents.filter((document) =>
          String(document['words'] ?? '')
            .split(' ')
            .includes(word),
        );
        must(`${at}: the documents with the word ${word}`, ids(byIndex as Fields[]), ids(byScan));
      }
    }
  }
  return found;
}

/** The documents that the index must hold. */
function isIndexed(index: IndexFound, document: Fields): boolean {
  if (index.sparse === true) return Object.keys(index.key).some((path) => getAt(document, path) !== undefined);
  if (index.partialFilterExpression !== undefined) return (document['n'] as number) > 25;
  return true;
}

function partFilter(index: IndexFound): Filter<Row> {
  if (index.sparse === true) return { [Object.keys(index.key)[0]!]: { $exists: true } };
  return (index.partialFilterExpression ?? {}) as Filter<Row>;
}

/** One, or one for each different element of an array. */
function keyCount(index: IndexFound, document: Fields): number {
  return Object.keys(index.key)
    .map((path) => getAt(document, path))
    .reduce<number>(
      (count, value) =>
        count * (Array.isArray(value) ? Math.max(1, new Set(value.map((each) => canonical(each))).size) : 1),
      1,
    );
}

function differenceOf(is: string, must: string): string | null {
  if (is === must) return null;
  const [found, expected] = [new Set(is.split(',')), new Set(must.split(','))];
  const missing = [...expected].filter((id) => !found.has(id));
  const extra = [...found].filter((id) => !expected.has(id));
  return `${missing.length} missing (${missing.slice(0, 5).join(' ')}), ${extra.length} too many (${extra.slice(0, 5).join(' ')}), ${is.split(',').length} entries`;
}

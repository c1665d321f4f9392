/** Whole documents into a Ditto collection and out of it, many in one statement. */
import { type Document, leavesOf } from '../sync/index.ts';
import { type DittoExecutor, rows } from './ditto-executor.ts';
import { statements } from './dql.ts';

/** Documents per statement: large enough to be fast, small enough to leave others a turn. */
const DOCUMENTS_PER_STATEMENT = 500;

/** Every document of a collection goes, but those named. */
export async function clear(
  transaction: DittoExecutor,
  collection: string,
  exceptIds: readonly string[],
): Promise<void> {
  if (exceptIds.length === 0) await transaction.execute(statements.evictAll(collection));
  else await transaction.execute(statements.evictAllBut(collection), { ids: exceptIds });
}

/** An insertion merges into a document that is there: fields that are gone have to be taken away by name. */
export async function replace(
  transaction: DittoExecutor,
  collection: string,
  named: readonly Document[],
): Promise<void> {
  const documents = latestById(named);
  for (let at = 0; at < documents.length; at += DOCUMENTS_PER_STATEMENT) {
    const portion = documents.slice(at, at + DOCUMENTS_PER_STATEMENT);
    const ids = portion.map((document) => String(document['_id']));
    const before = new Map(
      (await rows<Document>(transaction, statements.readByIds(collection), { ids })).map((one) => [
        String(one['_id']),
        one,
      ]),
    );
    await put(transaction, collection, portion);
    for (const document of portion) {
      const old = before.get(String(document['_id']));
      if (old === undefined) continue;
      const gone = vanishedPaths(old, document);
      if (gone.length > 0) await transaction.execute(statements.unset(collection, gone), { id: document['_id'] });
    }
  }
}

function latestById(documents: readonly Document[]): Document[] {
  return [...new Map(documents.map((document) => [document['_id'], document])).values()];
}

/** The uppermost paths of `before` that `after` does not have. */
function vanishedPaths(before: Document, after: Document): string[] {
  const now = leavesOf(after);
  const kept = new Set<string>();
  for (const path of Object.keys(now)) {
    const names = path.split('.');
    for (let length = 1; length <= names.length; length++) kept.add(names.slice(0, length).join('.'));
  }
  const gone = new Set<string>();
  for (const path of Object.keys(leavesOf(before))) {
    if (kept.has(path)) continue;
    const names = path.split('.');
    const depth = names.findIndex((_, index) => !kept.has(names.slice(0, index + 1).join('.')));
    gone.add(names.slice(0, depth + 1).join('.'));
  }
  return [...gone];
}

/** Ditto refuses a statement that names a document twice; what was named last stands. */
export async function put(executor: DittoExecutor, collection: string, named: readonly object[]): Promise<void> {
  const documents = latestById(named as readonly Document[]);
  for (let at = 0; at < documents.length; at += DOCUMENTS_PER_STATEMENT) {
    await executor.execute(statements.put(collection), {
      documents: documents.slice(at, at + DOCUMENTS_PER_STATEMENT),
    });
  }
}

export async function remove(executor: DittoExecutor, collection: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await executor.execute(statements.evictByIds(collection), { ids: [...ids] });
}

/** By collection, in their order. */
export function groupedBy<Item extends { readonly collection: string }, Value>(
  items: readonly Item[],
  pick: (item: Item) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const item of items) {
    const values = groups.get(item.collection);
    if (values === undefined) groups.set(item.collection, [pick(item)]);
    else values.push(pick(item));
  }
  return groups;
}

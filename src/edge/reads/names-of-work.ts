/** What pieces of work are about, in words: the names of products and customers that their documents concern. */
import type { Customer } from '../../domain/index.ts';
import type { Document, DocumentChange, Operation } from '../../sync/index.ts';
import type { DittoExecutor } from '../ditto-executor.ts';
import { statements } from '../dql.ts';
import type { SeenProduct, StockedItem } from './store-reader.ts';

/** The names of each, without repetition, in the order of `operations`; three statements, however many there are. */
export async function namesOfWork(
  store: DittoExecutor,
  operations: readonly Pick<Operation, 'changes'>[],
): Promise<string[][]> {
  const changes = operations.flatMap((operation) => operation.changes);
  const items = await byId<StockedItem>(store, 'inventory', idsIn(changes, 'inventory'));
  const productsOf = (change: DocumentChange) => {
    const known = change.collection === 'inventory' ? items.get(change.id)?.product_id : undefined;
    return known === undefined ? productIdsIn(change) : [known];
  };
  const products = await byId<SeenProduct>(store, 'products', new Set(changes.flatMap(productsOf)));
  const customers = await byId<Customer>(store, 'customers', idsIn(changes, 'customers'));
  const namesOf = (change: DocumentChange): string[] => {
    if (change.collection === 'customers') return customerNames(change, customers.get(change.id));
    return productsOf(change).flatMap((id) => products.get(id)?.product_name ?? []);
  };
  return operations.map((operation) => [...new Set(operation.changes.flatMap(namesOf))]);
}

async function byId<Row extends object>(
  store: DittoExecutor,
  collection: string,
  wanted: ReadonlySet<string>,
): Promise<Map<string, Row>> {
  if (wanted.size === 0) return new Map();
  const { items } = await store.execute(statements.readByIds(collection), { ids: [...wanted] });
  return new Map(items.map(({ value }) => [String((value as Document)['_id']), value as Row]));
}

const idsIn = (changes: readonly DocumentChange[], collection: string): Set<string> =>
  new Set(changes.filter((change) => change.collection === collection).map(({ id }) => id));

function productIdsIn(change: DocumentChange): string[] {
  const fields = change.kind === 'create' ? change.document : change.fields;
  const { product_id, lines } = fields as { product_id?: unknown; lines?: unknown };
  if (typeof product_id === 'string') return [product_id];
  if (typeof lines === 'object' && lines !== null) return Object.keys(lines);
  return Object.keys(fields).flatMap((path) => /^lines\.(prod_\d+)/.exec(path)?.[1] ?? []);
}

function customerNames(change: DocumentChange, known: Customer | undefined): string[] {
  const made = change.kind === 'create' ? (change.document as Partial<Customer>) : {};
  const { first_name, last_name } = { ...made, ...known };
  return first_name === undefined || last_name === undefined ? [] : [`${first_name} ${last_name}`];
}

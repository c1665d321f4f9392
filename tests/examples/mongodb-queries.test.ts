import { beforeAll, describe, expect, test } from 'vitest';
import { mongosh } from '../clients/mongosh.ts';
import { testServerUri } from '../support/database.ts';
import type { AnyDocument } from '../support/small-data-set.ts';
import { type ExampleDatabase, fingerprintOf, openExampleDatabase } from './example-database.ts';

const script = 'examples/mongodb_queries.js';
const MINUTES_MAX = 3 * 60_000;

type Row = Readonly<Record<string, string>>;

/** What stands under a heading: lines of text, and the tables with their rows. */
interface Section {
  readonly lines: readonly string[];
  readonly tables: readonly (readonly Row[])[];
}

let exitCode: number | null;
let output: string;
let sections: ReadonlyMap<string, Section>;
let before: Readonly<Record<string, string>>;
let after: Readonly<Record<string, string>>;
let dataSet: ExampleDatabase['dataSet'];

beforeAll(async () => {
  await using database = await openExampleDatabase();
  ({ dataSet } = database);
  before = await fingerprintOf(database.db);
  ({ output, exitCode } = await mongosh(database.uri, [script]));
  after = await fingerprintOf(database.db);
  sections = sectionsOf(output);
}, MINUTES_MAX);

function sectionsOf(text: string): Map<string, Section> {
  const parts = text.split(/^── (.+) ──$/m);
  const all = new Map<string, Section>();
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const lines = (parts[at + 1] ?? '').split('\n').filter((line) => line !== '');
    all.set(parts[at] ?? '', { lines, tables: tablesOf(lines) });
  }
  return all;
}

/** As console.table draws them: a head, a rule, and a row for each line. */
function tablesOf(lines: readonly string[]): Row[][] {
  const tables: Row[][] = [];
  let head: string[] | null = null;
  for (const line of lines) {
    if (line.startsWith('┌')) {
      tables.push([]);
      head = null;
    }
    if (!line.startsWith('│')) continue;
    const cells = line
      .split('│')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^'(.*)'$/, '$1'));
    if (head === null) head = cells;
    else tables.at(-1)?.push(Object.fromEntries(head.map((name, column) => [name, cells[column] ?? ''])));
  }
  return tables;
}

function section(title: RegExp): Section {
  const [, found] = [...sections].find(([heading]) => title.test(heading)) ?? [];
  if (found === undefined) throw new Error(`No section ${title}:\n${output}`);
  return found;
}
const rowsOf = (title: RegExp): readonly Row[] => section(title).tables[0] ?? [];
const planOf = (title: RegExp): string => section(title).lines.find((line) => line.startsWith('Plan: ')) ?? '';

const sold = (): AnyDocument[] => dataSet.of('orders').filter(({ status }) => status !== 'cancelled');
const sumOf = (documents: readonly AnyDocument[], field: string): number =>
  documents.reduce((sum, document) => sum + document[field], 0);
const newestFirst = () =>
  dataSet.of('orders').toSorted((one, other) => (one['order_date'] > other['order_date'] ? -1 : 1));
const cents = (value: number) => expect.closeTo(value, 1);

describe('examples/mongodb_queries.js', () => {
  test('[EX1] runs from top to bottom', () => {
    expect(exitCode, output).toBe(0);
    expect(output.trimEnd()).toMatch(/Done\. The data is as it was\.$/);
    expect(output).not.toMatch(/Error|NO INDEX|Not here/);
  });

  test('[EX2] leaves the data as it was', () => {
    expect(Object.keys(after)).toContain('orders');
    expect(after).toEqual(before);
  });

  test('[EX1] reads the newest orders of a store, page after page, by the index that has their order', () => {
    const [newest] = newestFirst();
    const ofStore = newestFirst().filter(({ store_id }) => store_id === newest?.['store_id']);
    const shown = [...rowsOf(/^The newest orders of a store/), ...rowsOf(/^The next page/)];
    expect(shown.map(({ order_id }) => order_id)).toEqual(ofStore.slice(0, 10).map(({ order_id }) => order_id));
    expect(planOf(/^The newest orders/)).toBe('Plan: idx_store_orders; 5 keys, 5 documents → 5');
    expect(planOf(/^The next page/)).toMatch(/^Plan: idx_store_orders; \d keys, \d documents → 5$/);
    const items = dataSet.of('order_items').filter(({ order_id }) => order_id === newest?.['order_id']);
    expect(rowsOf(/^An order with its items/).map(({ sku }) => sku)).toEqual(items.map(({ sku }) => sku));
    expect(planOf(/^An order with its items/)).toMatch(/^Plan: idx_order_(id|product); /);
    expect(planOf(/^Customers whose last name/)).toMatch(/^Plan: idx_name; [1-9]/);
  });

  test('[EX1] finds products by words, and counts them by category and price', () => {
    const hammers = rowsOf(/^Products by words/);
    expect(hammers.length).toBeGreaterThan(1);
    for (const { product_id } of hammers) {
      const { product_name, product_description } = dataSet.find('products', (one) => one['_id'] === product_id);
      expect(`${product_name} ${product_description}`).toMatch(/hammer/i);
    }
    expect(hammers[0]?.['product_name']).toMatch(/hammer/i);
    const { tables } = section(/^Facets/);
    const [categories = [], prices = []] = tables.map((rows) => rows.map(({ count }) => Number(count)));
    const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
    expect(sum(categories)).toBe(sum(prices));
    expect(sum(categories)).toBeGreaterThanOrEqual(hammers.length);
  });

  test('[EX1] sums sales by store, month and category as the orders have them', () => {
    const byStore = rowsOf(/^Sales by store/);
    expect(byStore.length).toBe(new Set(sold().map(({ store_id }) => store_id)).size);
    for (const { store, orders, sales } of byStore) {
      const ofStore = sold().filter(({ store_name }) => store_name === store);
      expect([Number(orders), Number(sales)]).toEqual([ofStore.length, cents(sumOf(ofStore, 'subtotal'))]);
    }
    const months = rowsOf(/^Sales by month/);
    expect(months).toHaveLength(12);
    const salesIn = (start: string) =>
      sumOf(
        sold().filter(({ order_date }) => order_date.startsWith(start)),
        'subtotal',
      );
    for (const { _id = '', sales, year_before } of months) {
      expect(Number(sales)).toEqual(cents(salesIn(_id)));
      expect(Number(year_before)).toEqual(cents(salesIn(`${Number(_id.slice(0, 4)) - 1}${_id.slice(4)}`)));
    }
    expect(Number(months[0]?.['year_so_far'])).toEqual(cents(salesIn(months[0]?.['_id']?.slice(0, 4) ?? '')));
    const threeMonths = months.slice(0, 3).reduce((sum, { sales }) => sum + Number(sales), 0) / 3;
    expect(Number(months[0]?.['three_months'])).toEqual(cents(threeMonths));
  });

  test('[EX1] sums the last 90 days by category, names the best seller of each and what goes with it', () => {
    const from = new Date(Date.parse(newestFirst()[0]?.['order_date']) - 90 * 86_400_000).toISOString().slice(0, 19);
    const items = dataSet.of('order_items').filter(({ order_date }) => order_date >= `${from}Z`);
    const byCategory = rowsOf(/^Sales by category/);
    expect(byCategory.reduce((sum, { units }) => sum + Number(units), 0)).toBe(sumOf(items, 'quantity'));
    expect(byCategory.reduce((sum, { sales }) => sum + Number(sales), 0)).toEqual(cents(sumOf(items, 'line_total')));
    const names = dataSet.of('categories').map(({ category_name }) => category_name);
    expect(byCategory.every(({ category }) => names.includes(category))).toBe(true);
    for (const { category_id, product, units } of rowsOf(/^The best seller/)) {
      const { product_id, ...found } = dataSet.find('products', ({ product_name }) => product_name === product);
      expect(found['category_id']).toBe(category_id);
      expect(
        sumOf(
          items.filter((item) => item['product_id'] === product_id),
          'quantity',
        ),
      ).toBe(Number(units));
    }
    const { lines } = section(/^What is bought together/);
    const asked = /\((prod_\d+)\)/.exec(lines[0] ?? '')?.[1];
    const ordersWith = new Set(
      dataSet
        .of('order_items')
        .filter(({ product_id }) => product_id === asked)
        .map(({ order_id }) => order_id),
    );
    const [most] = rowsOf(/^What is bought together/);
    const together = dataSet
      .of('order_items')
      .filter(({ order_id, product_name }) => ordersWith.has(order_id) && product_name === most?.['product']);
    expect(together.length).toBe(Number(most?.['orders']));
  });

  test('[EX1] ranks customers by what they are worth, and puts every buyer into one segment', () => {
    const valuable = rowsOf(/^The ten most valuable/);
    expect(valuable).toHaveLength(10);
    for (const { _id, orders, lifetime_value } of valuable) {
      const own = sold().filter(({ customer_id }) => customer_id === _id);
      expect([Number(orders), Number(lifetime_value)]).toEqual([own.length, cents(sumOf(own, 'subtotal'))]);
    }
    const segments = rowsOf(/RFM/);
    const buyers = new Set(sold().map(({ customer_id }) => customer_id)).size;
    expect(segments.reduce((sum, { customers }) => sum + Number(customers), 0)).toBe(buyers);
    expect(segments.reduce((sum, { sales }) => sum + Number(sales), 0)).toEqual(cents(sumOf(sold(), 'subtotal')));
    expect(segments[0]?.['_id']).toBe('champions');
  });

  test('[EX1] lists what runs low, and where a product can be had', () => {
    for (const { stock_level, reorder_threshold } of rowsOf(/^What runs low/)) {
      expect(Number(stock_level)).toBeLessThanOrEqual(Number(reorder_threshold));
    }
    const stocked = rowsOf(/^Where a product can be had/);
    expect(stocked.length).toBeGreaterThan(1);
    expect(stocked.every(({ stock_level, aisle }) => Number(stock_level) > 0 && aisle !== '')).toBe(true);
    expect(planOf(/^Where a product can be had/)).toMatch(/^Plan: idx_product_id; \d keys/);
  });

  test('[EX1] finds what is like a product by its vector: itself first', () => {
    const [itself, ...others] = rowsOf(/^Products like this one/);
    expect(itself).toMatchObject({ product: rowsOf(/^Products by words/)[0]?.['product_name'], likeness: '1' });
    expect(others).toHaveLength(5);
    for (const { likeness } of others) expect(Number(likeness)).toBeLessThan(1);
  });

  test('[EX1] updates, refuses a duplicate, takes a transaction back, and watches it all', () => {
    expect(rowsOf(/^Updates/)).toMatchObject([
      { _id: 'prod_a', base_price: '11.5', colour: 'green', length_mm: '300' },
      { _id: 'prod_b', base_price: '18', colour: 'blue' },
      { _id: 'prod_c', base_price: '5', deleted: 'true' },
    ]);
    expect(section(/same SKU/).lines).toEqual(['11000 DuplicateKey: {"sku":"EX-1"}']);
    expect(section(/^A transaction/).lines).toEqual([
      'Taken back: 0 products for nothing.',
      'Committed: 3 products checked.',
    ]);
    const seen = rowsOf(/change stream/).map(({ change, of, fields }) => `${change} ${of}: ${fields}`);
    expect(seen).toEqual([
      'update prod_a: base_price, specifications.colour',
      'update prod_b: base_price',
      'insert prod_c: _id, base_price, deleted, sku',
      'update prod_c: deleted',
      'update prod_a: checked',
      'update prod_b: checked',
      'update prod_c: checked',
    ]);
  });

  test('[EX3] says what to do where nothing is loaded', async () => {
    const empty = new URL(await testServerUri());
    empty.pathname = '/nothing_here';
    const run = await mongosh(empty.href, [script]);
    expect(run.exitCode).toBe(1);
    expect(run.output).toContain('The database "nothing_here" holds no orders.');
  });
});

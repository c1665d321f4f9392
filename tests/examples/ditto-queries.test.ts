import { readFile } from 'node:fs/promises';
import { Ditto, DittoConfig } from '@dittolive/ditto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statements } from '../../src/edge/dql.ts';
import { makeTestFolder } from '../support/database.ts';
import { answerOf, readCatalogue, type Statement } from './ditto-catalogue.ts';
import { renderDittoPage } from './ditto-page.ts';
import { type DittoShop, openDittoShop } from './ditto-shop.ts';
import { joinedRows, joins, subscriptions, tryToSubscribe } from './ditto-tries.ts';

let shop: DittoShop;
let catalogue: Statement[];

beforeAll(async () => {
  shop = await openDittoShop();
  catalogue = await readCatalogue();
});
afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

describe('examples/ditto_queries.md', () => {
  // Stale? `npx vitest run tests/examples/ditto-queries.test.ts -u` writes it anew.
  test('[EX4] is what the catalogue and a real store make it', async () => {
    await expect(await renderDittoPage(shop.ditto)).toMatchFileSnapshot('../../examples/ditto_queries.md');
  });

  test('[EX4] has every statement of the catalogue, each with a purpose of its own', () => {
    expect(catalogue.map(({ name }) => name)).toEqual(Object.keys(statements).filter((name) => name !== 'indexes'));
    const purposes = catalogue.map(({ purpose }) => purpose);
    expect(new Set(purposes).size).toBe(purposes.length);
  });

  test('[EX4] shows no statement that finds nothing', async () => {
    for (const statement of catalogue) {
      const { rows, changed } = await answerOf(shop.ditto, statement);
      expect(rows.length + changed, statement.name).toBeGreaterThan(0);
    }
  });

  test('[EX4] the JOIN and the two queries tell the same of an order', async () => {
    const [two = [], joined = [], summed = []] = await Promise.all(joins.map((join) => joinedRows(shop.ditto, join)));
    const [order, ...items] = two;
    const byName = items.toSorted((one, other) =>
      String(one['product_name']) < String(other['product_name']) ? -1 : 1,
    );
    const inJoin = joined.map(({ order_id, product_name, quantity, line_total }) => ({
      ...{ order_id, product_name, quantity, line_total },
    }));
    expect(inJoin).toEqual(byName);
    expect(joined.every(({ total }) => total === order?.['total'])).toBe(true);
    expect(summed).toEqual([{ order_id: 'order_4711', items: 2, units: 3, subtotal: 25.38 }]);
  });

  test('[EX4] a subscription is a condition on whole documents of one collection, and nothing else', () => {
    const answers = subscriptions.map((one) => tryToSubscribe(shop.ditto, one));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(5);
    expect(answers.filter((answer) => /query\/(unsupported|invalid)/.test(answer))).toHaveLength(7);
  });

  test('[EX4] the pieces of code on the page run', async () => {
    const [opening = '', watching = ''] = await codeOf('../../examples/ditto_queries.md');
    await using folder = await makeTestFolder();
    const body = opening.replace(/^import .*$/m, '').replace("'./store'", 'folder');
    const open = asyncFunction(['Ditto', 'DittoConfig', 'folder'], `${body}\nreturn { ditto, order };`);
    const { ditto, order } = (await open(Ditto, DittoConfig, folder.path)) as { ditto: Ditto; order: unknown };
    await ditto.close();
    expect(order).toBeUndefined();
    const watch = asyncFunction(['ditto', 'draw'], watching.replace('observer.cancel();', 'return observer;'));
    let observer: unknown;
    const alerts = await new Promise<unknown[]>((resolve, reject) => {
      const draw = async (rows: unknown[]) => resolve(rows);
      observer = watch(shop.ditto, draw).catch(reject);
    });
    ((await observer) as { cancel(): void }).cancel();
    expect(alerts).toMatchObject([{ kind: 'low_stock' }]);
  });
});

async function codeOf(page: string): Promise<string[]> {
  const text = await readFile(new URL(page, import.meta.url), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => String(code));
}

function asyncFunction(names: readonly string[], body: string): (...values: unknown[]) => Promise<unknown> {
  const AsyncFunction = (async () => undefined).constructor as new (
    ...words: string[]
  ) => (...values: unknown[]) => Promise<unknown>;
  return new AsyncFunction(...names, body);
}

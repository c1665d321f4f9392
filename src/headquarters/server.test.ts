import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../tests/support/database.ts';
import { zavaCatalog } from '../catalog/index.ts';
import { generateInto } from '../database/index.ts';
import type { Order } from '../domain/index.ts';
import { readGenerationConfig } from '../generator/index.ts';
import type { CompanyOverview, OpeningPage } from './api.ts';
import { readCompanyOverview } from './company.ts';
import { Opening } from './opening.ts';
import { type Headquarters, type HeadquartersOptions, startHeadquarters } from './server.ts';

const steps = [{ id: 'load', title: 'Load' }];

let webRoot: string;
let open: Headquarters[];

beforeEach(async () => {
  open = [];
  webRoot = await mkdtemp(join(tmpdir(), 'zava-web-'));
  await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>Zava</title>');
});

afterEach(async () => {
  for (const headquarters of open) await headquarters.close();
  await rm(webRoot, { recursive: true });
});

async function start(options: Partial<HeadquartersOptions> = {}): Promise<Headquarters> {
  const headquarters = await startHeadquarters({
    port: 0,
    webRoot,
    opening: new Opening(steps),
    database: () => null,
    validation: () => null,
    picture: () => null,
    ...options,
  });
  open.push(headquarters);
  return headquarters;
}

const json = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as unknown };
};

describe('the server of headquarters', () => {
  test('[HQ3] the page and its state are there before there is a database', async () => {
    const { url } = await start();
    expect(await (await fetch(url)).text()).toContain('<title>Zava</title>');
    expect((await json(`${url}/api/opening`)).body).toMatchObject({
      state: 'opening',
      database: null,
      validation: null,
    });
    const navigated = await fetch(`${url}/some/deep/link`, { headers: { accept: 'text/html' } });
    expect(await navigated.text()).toContain('<title>Zava</title>');
  });

  test('[HQ2] events tell the state at once, and each change after it', async () => {
    const opening = new Opening(steps);
    const { url } = await start({ opening });
    const reader = (
      await fetch(`${url}/api/opening/events`, { headers: { accept: 'text/event-stream' } })
    ).body?.getReader();
    const decoder = new TextDecoder();
    let heard = '';
    const hear = async (text: string) => {
      while (!heard.includes(text)) heard += decoder.decode((await reader?.read())?.value, { stream: true });
    };
    await hear('"state":"waiting"');
    opening.start('load');
    opening.progress('load', { done: 41, total: 100, unit: 'documents' });
    await hear('"done":41');
    opening.finish('load');
    await hear('"state":"open"');
    await reader?.cancel();
  });

  test('[HQ5] what cannot be answered yet, or at all, says why and what to do', async () => {
    const { url, port } = await start();
    expect(await json(`${url}/api/company`)).toMatchObject({ status: 503, body: { code: 'NOT_OPEN_YET' } });
    expect(await json(`${url}/api/nothing`)).toMatchObject({ status: 404, body: { code: 'NO_SUCH_ADDRESS' } });
    expect(await json(`${url}/pictures/unicorns.svg`)).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_ADDRESS' },
    });
    await expect(start({ port })).rejects.toMatchObject({ code: 'PORT_IN_USE', data: { port } });
  });

  test('[HQ5] health is bad when opening failed, and tells why no more than that', async () => {
    const opening = new Opening(steps);
    const { url } = await start({ opening });
    expect(await json(`${url}/health`)).toEqual({ status: 200, body: { state: 'opening' } });
    opening.start('load');
    opening.fail('load', { code: 'DISK_FULL', message: 'The disk is full.', fix: 'Free some space.' });
    expect(await json(`${url}/health`)).toEqual({ status: 503, body: { state: 'failed' } });
  });

  test('[HQ7] a WebSocket is handed to whoever takes it, and told to come again before there is one', async () => {
    let isReady = false;
    const { url } = await start({
      upgrade: (_request, socket) => {
        if (isReady) socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
        return isReady;
      },
    });
    const answer = () =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { connection: 'upgrade', upgrade: 'websocket' };
        const asked = request(`${url}/sync`, { headers });
        asked.on('response', (response) => resolve(response.statusCode));
        asked.on('upgrade', (response, socket) => {
          socket.destroy();
          resolve(response.statusCode);
        });
        asked.on('error', reject);
        asked.end();
      });
    expect(await answer()).toBe(503);
    isReady = true;
    expect(await answer()).toBe(101);
  });

  test('a picture of the catalogue is an SVG', async () => {
    const { url } = await start({
      picture: (slug) => (slug === 'hammers' ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : null),
    });
    const picture = await fetch(`${url}/pictures/hammers.svg`);
    expect(picture.headers.get('content-type')).toContain('image/svg+xml');
  });
});

describe('the company at a glance', () => {
  test('[HQ4] its numbers are those of the documents, to the cent', async () => {
    await using database = await openTestDatabase();
    const config = readGenerationConfig(undefined, { numCustomers: 40, numOrders: 300 });
    await generateInto(database.db, { config, catalog: zavaCatalog, program: 'test' });
    const orders = await database.db.collection<Order>('orders').find().toArray();
    const sold = orders.filter(({ status }) => status !== 'cancelled');
    const cents = (values: readonly Order[]) =>
      values.reduce((sum, { subtotal }) => sum + Math.round(subtotal * 100), 0);

    const overview = await readCompanyOverview(database.db, { maxTimeMS: 10_000, now: new Date(), stores: 'all' });
    expect(sumCents(overview.salesByMonth)).toBe(cents(sold));
    expect(sumCents(overview.stores)).toBe(cents(sold));
    expect(overview.salesByMonth.reduce((sum, { orders }) => sum + orders, 0)).toBe(sold.length);
    const [month] = overview.salesByMonth;
    expect(Math.round((month?.sales ?? 0) * 100)).toBe(
      cents(sold.filter((order) => order.order_date.startsWith(month?.month ?? ''))),
    );
    expect(overview.newestOrder).toBe(
      orders
        .map(({ order_date }) => order_date)
        .sort()
        .at(-1),
    );
    expect(overview.collections.find(({ name }) => name === 'orders')?.documents).toBe(300);
    expect(overview.stores).toHaveLength(8);

    // Who leads one store is told of that one.
    const [{ store_id: store }] = orders as [Order];
    const own = await readCompanyOverview(database.db, { maxTimeMS: 10_000, now: new Date(), stores: [store] });
    expect(own.stores.map((one) => one.storeId)).toEqual([store]);
    expect(sumCents(own.salesByMonth)).toBe(cents(sold.filter((order) => order.store_id === store)));
  });

  test('[HQ4] an empty database is an empty company, not an error', async () => {
    await using database = await openTestDatabase();
    const overview = await readCompanyOverview(database.db, { maxTimeMS: 10_000, now: new Date(), stores: 'all' });
    expect(overview).toMatchObject({ newestOrder: null, salesByMonth: [], stores: [] });
  });

  test('[HQ6] it is served with the address of the database, without a password', async () => {
    await using database = await openTestDatabase();
    const opening = new Opening(steps);
    opening.skip('load', 'Loaded before.');
    const description = {
      kind: 'mongodb',
      connectionString: 'mongodb://user:***@host/zava',
      databaseName: 'zava',
      version: '8.0',
    } as const;
    const { url } = await start({ opening, database: () => ({ db: database.db, description }) });
    expect((await json(`${url}/api/opening`)).body as OpeningPage).toMatchObject({
      state: 'open',
      database: description,
    });
    expect((await json(`${url}/api/company`)).body as CompanyOverview).toMatchObject({ newestOrder: null });
  });
});

const sumCents = (rows: readonly { readonly sales: number }[]) =>
  rows.reduce((sum, { sales }) => sum + Math.round(sales * 100), 0);

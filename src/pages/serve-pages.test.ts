import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestFolder } from '../../tests/support/database.ts';
import { guardHost, servePages } from './index.ts';

let folder: Awaited<ReturnType<typeof makeTestFolder>>;

beforeAll(async () => {
  folder = await makeTestFolder();
  await mkdir(path.join(folder.path, 'assets'));
  await writeFile(path.join(folder.path, 'worker.html'), '<title>Worker</title>');
  await writeFile(path.join(folder.path, 'index.html'), '<title>Headquarters</title>');
  await writeFile(path.join(folder.path, 'assets', 'worker-1a2b.js'), 'export {};');
});
afterAll(() => folder[Symbol.asyncDispose]());

async function aServer(page = 'worker.html') {
  const app = Fastify();
  guardHost(app, '127.0.0.1', (message) => Object.assign(new Error(message), { statusCode: 403 }));
  app.get('/api/state', () => ({ ok: true }));
  await servePages(app, {
    webRoot: folder.path,
    page,
    picture: (slug) => (slug === 'hammer' ? '<svg/>' : null),
    notFound: (_request, reply) => reply.code(404).send({ code: 'NO_SUCH_ADDRESS' }),
  });
  return (url: string, headers: Record<string, string> = {}) =>
    app.inject({ url, headers: { host: '127.0.0.1:4000', ...headers } });
}

const browser = { accept: 'text/html,application/xhtml+xml' };

test('[PG1] a browser gets the page wherever it navigates to; data and files that are not there are 404', async () => {
  const get = await aServer();
  for (const address of ['/', '/products/prod_1', '/changes?open=2']) {
    const { statusCode, body } = await get(address, browser);
    expect([statusCode, body]).toEqual([200, '<title>Worker</title>']);
  }
  for (const address of ['/api/nothing', '/missing.js', '/assets/gone.js']) {
    expect((await get(address, browser)).statusCode, address).toBe(404);
  }
  expect((await get('/products/prod_1', { accept: '*/*' })).statusCode).toBe(404);
  expect((await get('/api/state')).json()).toEqual({ ok: true });
});

test('[PG2] the page of another server is not given out', async () => {
  const get = await aServer();
  expect((await get('/index.html', browser)).statusCode).toBe(404);
  expect((await get('/%69ndex.html', browser)).statusCode).toBe(404);
});

test('[PG3] assets are kept for ever, the page is asked for each time', async () => {
  const get = await aServer();
  expect((await get('/assets/worker-1a2b.js')).headers['cache-control']).toMatch(/immutable/);
  expect((await get('/')).headers['cache-control']).toBe('no-cache');
});

test('[PG4] everything says where code may come from, and that nobody frames it', async () => {
  const get = await aServer();
  for (const address of ['/', '/assets/worker-1a2b.js', '/api/state', '/pictures/hammer.svg']) {
    const { headers } = await get(address);
    expect(headers['content-security-policy']).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  expect((await get('/pictures/hammer.svg')).headers['content-type']).toBe('image/svg+xml');
  expect((await get('/pictures/none.svg')).statusCode).toBe(404);
});

test('[PG5] another host name, and a page of another site, are refused', async () => {
  const get = await aServer();
  expect((await get('/', { host: 'evil.example:4000' })).statusCode).toBe(403);
  expect((await get('/api/state', { origin: 'https://evil.example' })).statusCode).toBe(403);
  expect((await get('/api/state', { origin: 'http://127.0.0.1:4000' })).statusCode).toBe(200);
});

test('[PG6] pages that are not built are told, with the command', async () => {
  const get = await aServer('sales.html');
  const { statusCode, body } = await get('/', browser);
  expect(statusCode).toBe(503);
  expect(body).toContain('npm run build:web');
});

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, startCompany, type Tablet } from '../../tests/support/device-company.ts';
import { serveDevice } from './http-server.ts';
import { viewNames } from './views.ts';

let company: Awaited<ReturnType<typeof startCompany>>;
let tablet: Tablet;

beforeAll(async () => {
  company = await startCompany();
  tablet = await company.tablet();
  await tablet.online();
});

afterAll(() => company[Symbol.asyncDispose]());

const lines = [{ product_id: 'prod_1', quantity: 2 }];

/** Events of one address, as they come. */
async function listenTo(path: string) {
  const response = await fetch(`${tablet.server.url}${path}`, { headers: { accept: 'text/event-stream' } });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let heard = '';
  return {
    async hears(text: string): Promise<string> {
      while (!heard.includes(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`The events ended before '${text}': ${heard}`);
        heard += decoder.decode(value, { stream: true });
      }
      const after = heard.slice(heard.indexOf(text) + text.length);
      const before = heard;
      heard = after;
      return before;
    },
    end: () => reader.cancel(),
  };
}

describe('the API of a device', () => {
  test('[DE5] a sale is done, and every view that it touches shows it', async () => {
    const sold = await tablet.perform('sell', { customer_id: 'customer_1', lines });
    expect(sold).toMatchObject({
      status: 200,
      body: { outcome: 'done', facts: { order_id: expect.any(String) }, sequence: expect.any(Number) },
    });
    const { order_id } = sold.body.facts;
    expect(await tablet.get(`/api/views/order?id=${order_id}`)).toMatchObject({ order: { order_id } });
    expect(await tablet.get('/api/views/orders?limit=1')).toMatchObject([{ order_id }]);
    expect(await tablet.get('/api/views/product?id=prod_1')).toMatchObject({ here: { believedUnits: 8 } });
    expect((await tablet.get('/api/views/customer?id=customer_1')).orders).toHaveLength(1);
    await eventually(async () => expect(await tablet.get('/api/views/pending')).toEqual([]));
    expect(await company.db.collection('orders').countDocuments({ order_id })).toBe(1);
  });

  test('[DE5] every view answers, and says what it takes', async () => {
    const { views } = await tablet.get('/api');
    expect(Object.keys(views)).toEqual(viewNames);
    const query: Record<string, string> = {
      aisle: 'aisle=A7',
      customer: 'id=customer_1',
      history: 'id=prod_1',
      order: 'id=none',
      product: 'id=prod_1',
      quote: `lines=${JSON.stringify(lines)}`,
      refund: 'id=none&lines=[]',
      shipment: 'id=none',
      substitutes: 'id=prod_1',
      transfer: 'id=none',
    };
    for (const name of viewNames) {
      const asked = query[name] ?? (name === 'product-by-sku' ? 'sku=SKU-1' : '');
      const { status } = await tablet.call('GET', `/api/views/${name}?${asked}`);
      expect({ name, status }).toEqual({ name, status: asked.startsWith('id=none') ? 404 : 200 });
    }
    expect(await tablet.get('/api/views/search?q=hamer')).toEqual(expect.any(Array));
  });

  test('[DE5] what stands in the way, what cannot be read, and what is not there are told apart', async () => {
    const short = await tablet.perform('sell', {
      customer_id: 'customer_1',
      lines: [{ product_id: 'prod_1', quantity: 99 }],
    });
    expect(short).toMatchObject({ status: 422, body: { code: 'NOT_DONE', outcome: expect.any(String), facts: {} } });
    const wrong = await tablet.perform('sell', { lines: [{ product_id: 'prod_1', quantity: -1 }] });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'INPUT_INVALID', fix: expect.any(String) } });
    expect(wrong.body.issues).toContainEqual(expect.objectContaining({ path: 'lines.0.quantity' }));
    const cases: [method: string, path: string, body: unknown, status: number, code: string][] = [
      ['POST', '/api/operations/dance', {}, 404, 'OPERATION_UNKNOWN'],
      ['POST', '/api/operations/__proto__', {}, 404, 'OPERATION_UNKNOWN'],
      ['POST', '/api/operations/sell', '{"half', 400, 'REQUEST_INVALID'],
      ['POST', '/api/operations/sell', { note: 'x'.repeat(300_000) }, 413, 'REQUEST_TOO_LARGE'],
      ['GET', '/api/views/constructor', undefined, 404, 'VIEW_UNKNOWN'],
      ['GET', '/api/views/product?id=prod_9999', undefined, 404, 'NOT_ON_THIS_DEVICE'],
      ['GET', '/api/views/orders?limit=0', undefined, 400, 'REQUEST_INVALID'],
      ['GET', '/api/views/orders?sort=up', undefined, 400, 'REQUEST_INVALID'],
      ['PUT', '/api/scope', { orderDays: -1 }, 400, 'SCOPE_INVALID'],
      ['PUT', '/api/scope', { narrow: { orders: { $where: 'x' } } }, 400, 'SCOPE_INVALID'],
      ['POST', '/api/network', { online: 'no' }, 400, 'REQUEST_INVALID'],
      ['POST', '/api/rejected/7/discard', undefined, 422, 'NOT_DONE'],
      ['POST', '/api/rejected/7/burn', undefined, 404, 'NO_SUCH_ADDRESS'],
      ['GET', '/api/nothing', undefined, 404, 'NO_SUCH_ADDRESS'],
    ];
    for (const [method, path, body, status, code] of cases) {
      const answer = await tablet.call(method, path, body);
      expect({ path, status: answer.status, code: answer.body.code }).toEqual({ path, status, code });
      expect(answer.body).toMatchObject({ message: expect.any(String), fix: expect.any(String) });
    }
    await expect(serveDevice(tablet.device, { port: tablet.server.port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
  });

  test('[DE5] the operations of the role come with the form of their input, as JSON schema', async () => {
    const operations = (await tablet.get('/api/operations')) as { name: string; input: { type: string } }[];
    expect(operations.map(({ name }) => name)).toContain('sell');
    for (const { input } of operations) expect(input.type).toBe('object');
    const worker = await company.tablet({ deviceId: 'seattle-worker', role: 'worker' });
    expect(JSON.stringify(await worker.get('/api/operations'))).not.toContain('"sell"');
    expect(await worker.perform('sell', {})).toMatchObject({ status: 404, body: { code: 'OPERATION_UNKNOWN' } });
  });

  test('[DE6] another host name or another site’s page is refused', async () => {
    const status = (headers: Record<string, string>, method = 'GET') =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = tablet.server;
        const sent = request({ port, host: '127.0.0.1', path: '/api/state', method, headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', reject);
        sent.end();
      });
    const own = `127.0.0.1:${tablet.server.port}`;
    expect(await status({ host: own })).toBe(200);
    expect(await status({ host: `localhost:${tablet.server.port}` })).toBe(200);
    expect(await status({ host: own, origin: `http://${own}` })).toBe(200);
    expect(await status({ host: 'evil.example:80' })).toBe(403);
    expect(await status({ host: '127.0.0.1.evil.example' })).toBe(403);
    expect(await status({ host: own, origin: 'https://evil.example' })).toBe(403);
    expect(await status({ host: own, origin: 'null' })).toBe(403);
    const form = await fetch(`${tablet.server.url}/api/rejected/1/discard`, { method: 'POST', body: 'how=discard' });
    expect(form.status).toBe(400);
  });

  test('[DE7] state, stale views and live views are told as they change', async () => {
    const events = await listenTo('/api/events');
    const view = await listenTo('/api/views/product/events?id=prod_2');
    await events.hears('"phase":"online"');
    await view.hears('"believedUnits":3');
    await tablet.perform('adjust', { product_id: 'prod_2', units: -1, reason: 'Broken' });
    await view.hears('"believedUnits":2');
    const heard = await events.hears('"low-stock"');
    expect(heard).toContain('event: stale');
    // What others do in MongoDB comes the same way.
    await company.db.collection('alerts').insertOne({
      _id: 'alert_9',
      alert_id: 'alert_9',
      store_id: 'store_seattle',
      kind: 'low_stock',
      state: 'open',
      raised_at: '2026-11-22T10:00:00Z',
      facts: {},
      deleted: false,
    } as never);
    await events.hears('"alerts"');
    await view.end();
    await events.end();
  });

  test('[DE8] [DE9] the scope is narrowed and set back; the network is cut and let be', async () => {
    expect((await tablet.get('/api/scope')).readable).toContain('customers');
    await tablet.call('PUT', '/api/scope', { narrow: { products: { product_id: 'prod_1' } }, without: ['customers'] });
    await eventually(async () =>
      expect(await tablet.get('/api/views/product?id=prod_3')).toMatchObject({ code: 'NOT_ON_THIS_DEVICE' }),
    );
    await tablet.online();
    const { products, customers } = await tablet.get('/api/checksums');
    expect({ products: products.documents, customers }).toEqual({ products: 1, customers: undefined });
    await tablet.call('PUT', '/api/scope', {});
    await eventually(async () => expect(await tablet.get('/api/views/product?id=prod_3')).toHaveProperty('product'));
    await tablet.online();

    await tablet.call('POST', '/api/network', { online: false });
    await eventually(() =>
      expect(company.gateway.gateway.status().devices.map(({ deviceId }) => deviceId)).not.toContain(
        'seattle-tablet-1',
      ),
    );
    expect(await tablet.get('/api/state')).toMatchObject({ phase: 'offline', isAllowedOnline: false });
    await tablet.perform('count', { lines: [{ product_id: 'prod_3', units: 41 }] });
    expect(await tablet.get('/api/state')).toMatchObject({ pendingOperations: 1 });
    await tablet.call('POST', '/api/network', { online: true });
    await tablet.online();
    await eventually(async () => expect(await tablet.get('/api/state')).toMatchObject({ pendingOperations: 0 }));
  });

  test('[DE5] what headquarters refused is shown and settled', async () => {
    await tablet.call('POST', '/api/network', { online: false });
    await tablet.perform('move', { product_id: 'prod_2', location: { aisle: 'C1' } });
    await company.db.collection('inventory').deleteOne({ store_id: 'store_seattle', product_id: 'prod_2' });
    await tablet.call('POST', '/api/network', { online: true });
    await eventually(async () => expect(await tablet.get('/api/state')).toMatchObject({ rejectedOperations: 1 }));
    const [refused] = await tablet.get('/api/views/rejected');
    expect(refused).toMatchObject({ action: 'move', reason: 'document_missing', state: 'open' });
    const settled = await tablet.call('POST', `/api/rejected/${refused.sequence}/discard`);
    expect(settled).toMatchObject({ status: 200, body: { outcome: 'done' } });
    await eventually(async () => expect(await tablet.get('/api/state')).toMatchObject({ rejectedOperations: 0 }));
  });
});

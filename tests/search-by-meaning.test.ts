/** A device asks headquarters for products by meaning: over real HTTP, with its own token, and without it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillCatalogue } from '../bench/search/catalogue-database.ts';
import { enableChangeStreams } from '../src/database/index.ts';
import { Device, type MeaningAnswer, serveDevice } from '../src/device/index.ts';
import type { Principal } from '../src/domain/index.ts';
import { permissions } from '../src/edge/retail/device.fixture.ts';
import { allowDevice, Gateway, revokeDevice, revokeToken, signToken, verifyToken } from '../src/gateway/index.ts';
import { Opening, startHeadquarters } from '../src/headquarters/index.ts';
import { makeTestFolder, openTestDatabase } from './support/database.ts';
import { eventually } from './support/device-company.ts';

const signingKey = new Uint8Array(32).fill(7);
const salesRep: Principal = { role: 'sales_rep', userId: 'ada', stores: ['store_seattle'] };
const deviceId = 'seattle-sales-1';
const QUESTION = 'my tap drips';

let company: Awaited<ReturnType<typeof openCompany>>;
beforeAll(async () => {
  company = await openCompany();
});
afterAll(() => company?.close());

async function openCompany() {
  const database = await openTestDatabase();
  const folder = await makeTestFolder();
  const { client, db } = database;
  await fillCatalogue(db);
  await enableChangeStreams(db);
  const gateway = await Gateway.start({ client, db, permissions, signingKey, log: () => undefined });
  const headquarters = await startHeadquarters({
    port: 0,
    webRoot: folder.path,
    opening: new Opening([]),
    database: () => null,
    validation: () => null,
    picture: () => null,
    sync: () => ({ client, db, permissions, wallClockMs: Date.now }),
    upgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
    signingKey,
  });
  const device = await Device.open({
    dataDir: folder.path,
    deviceId,
    name: deviceId,
    storeId: 'store_seattle',
    principal: salesRep,
    permissions,
    gatewayUris: [`ws://127.0.0.1:${headquarters.port}/sync`],
    token: () => signToken(signingKey, { principal: salesRep, deviceId }),
    log: () => undefined,
  });
  const server = await serveDevice(device, { port: 0 });
  const get = async (path: string) => {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: await response.json() };
  };
  return {
    db,
    device,
    get,
    askHeadquarters: (token: string | null, q = QUESTION) =>
      fetch(`${headquarters.url}/sync/search?${new URLSearchParams({ q })}`, {
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
      }),
    ask: async (q = QUESTION) =>
      (await get(`/api/search-by-meaning?${new URLSearchParams({ q })}`)).body as MeaningAnswer,
    online: () => eventually(() => expect(device.state.phase).toBe('online')),
    async close() {
      await server.close();
      await device.close();
      await gateway.close();
      await headquarters.close();
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test('[DE13] a connected device finds what shares no word with the question; offline it says so, and searches by itself', async () => {
  await company.online();
  const { productIds, because } = await company.ask();
  expect(because).toBeNull();
  const found = await company.db
    .collection('products')
    .find({ product_id: { $in: [...productIds] } })
    .toArray();
  const names = found.map((product) => String(product['product_name']));
  expect(names.filter((name) => /faucet/i.test(name)).length).toBeGreaterThan(2);

  company.device.setOnline(false);
  expect(await company.ask()).toEqual({ productIds: [], because: 'The device is offline.' });
  const own = await company.get('/api/views/search?q=hammer');
  expect(own.body).not.toHaveLength(0);
  company.device.setOnline(true);
  await company.online();
  expect((await company.ask()).because).toBeNull();
  expect(await company.get('/api/search-by-meaning?q=')).toMatchObject({
    status: 400,
    body: { code: 'REQUEST_INVALID' },
  });
});

test('[HQ13] without a token that is good, headquarters tells nothing', async () => {
  const good = await signToken(signingKey, { principal: salesRep, deviceId: 'another-tablet' });
  expect((await company.askHeadquarters(good)).status).toBe(200);
  expect((await company.askHeadquarters(good, '')).status).toBe(400);
  const withdrawn = await signToken(signingKey, { principal: salesRep });
  await revokeToken(company.db, {
    tokenId: String((await verifyToken(signingKey, withdrawn)).tokenId),
    because: 'the tablet was stolen',
  });
  const bad = {
    missing: null,
    forged: await signToken(new Uint8Array(32).fill(9), { principal: salesRep }),
    'run out': await signToken(signingKey, { principal: salesRep }, -1),
    withdrawn,
  };
  for (const [what, token] of Object.entries(bad)) {
    const response = await company.askHeadquarters(token);
    const body = (await response.json()) as object;
    expect({ what, status: response.status, body }).toMatchObject({ status: 401, body: { code: 'TOKEN_REFUSED' } });
    expect(body).not.toHaveProperty('productIds');
  }
  await revokeDevice(company.db, 'another-tablet', 'lost');
  expect((await company.askHeadquarters(good)).status).toBe(401);
  await allowDevice(company.db, 'another-tablet');
  expect((await company.askHeadquarters(good)).status).toBe(200);
});

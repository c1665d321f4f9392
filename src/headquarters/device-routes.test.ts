import { afterEach, expect, test } from 'vitest';
import { makeTestFolder } from '../../tests/support/database.ts';
import {
  type CompanyDevice,
  type Fleet,
  type Headquarters,
  HeadquartersError,
  Opening,
  startHeadquarters,
} from './index.ts';

const tablet: CompanyDevice = {
  id: 'seattle-worker',
  name: 'Seattle worker',
  storeId: 'store_seattle',
  storeName: 'Zava Retail Seattle',
  role: 'worker',
  url: 'http://127.0.0.1:4101',
  state: 'online',
  pendingOperations: 0,
  rejectedOperations: 0,
  lastSyncMs: null,
  isAllowed: true,
};

/** A fleet of one device, which does what it is told. */
class OneTablet implements Fleet {
  devices: readonly CompanyDevice[] = [tablet];
  subscribe = () => () => undefined;
  #set = async (change: Partial<CompanyDevice>) => {
    this.devices = [{ ...tablet, ...change }];
  };
  setOnline = (_id: string, isOnline: boolean) => this.#set({ state: isOnline ? 'online' : 'cut' });
  setAllowed = (_id: string, isAllowed: boolean) => this.#set({ isAllowed });
  restart = async () => {
    throw new HeadquartersError('DEVICE_UNREACHABLE', 'The program of Seattle worker does not answer.');
  };
}

let headquarters: Headquarters | undefined;
afterEach(() => headquarters?.close());

async function start(fleet: Fleet | null): Promise<string> {
  await using folder = await makeTestFolder();
  headquarters = await startHeadquarters({
    port: 0,
    webRoot: folder.path,
    opening: new Opening([]),
    database: () => null,
    validation: () => null,
    picture: () => null,
    fleet: () => fleet,
  });
  return headquarters.url;
}

const post = async (address: string, body: unknown, headers: Record<string, string> = {}) => {
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: sent,
  });
  return { status: response.status, body: await response.json() };
};

test('[HQ8] the devices are told, switched, and told again; a company without has none', async () => {
  const url = await start(new OneTablet());
  expect(await (await fetch(`${url}/api/devices`)).json()).toEqual({ devices: [tablet] });
  const cut = await post(`${url}/api/devices/seattle-worker/network`, { online: false });
  expect(cut).toEqual({ status: 200, body: { ...tablet, state: 'cut' } });
  const away = await post(`${url}/api/devices/seattle-worker/access`, { allowed: false });
  expect(away.body).toMatchObject({ isAllowed: false });
  await headquarters?.close();
  const none = await start(null);
  expect(await (await fetch(`${none}/api/devices`)).json()).toEqual({ devices: [] });
});

test('[HQ5] unknown devices, other forms, dead programs and other sites are told with what to do', async () => {
  const url = await start(new OneTablet());
  const problem = (code: string) => ({ code, message: expect.any(String), fix: expect.any(String) });
  expect(await post(`${url}/api/devices/nobody/network`, { online: true })).toEqual({
    status: 404,
    body: problem('NO_SUCH_DEVICE'),
  });
  for (const body of [{ online: 1 }, {}, { online: true, more: 1 }, '{ no JSON']) {
    const answer = await post(`${url}/api/devices/seattle-worker/network`, body);
    expect(answer).toEqual({ status: 400, body: problem('REQUEST_INVALID') });
  }
  expect(await post(`${url}/api/devices/seattle-worker/restart`, {})).toEqual({
    status: 503,
    body: problem('DEVICE_UNREACHABLE'),
  });
  const foreign = await post(
    `${url}/api/devices/seattle-worker/network`,
    { online: false },
    { origin: 'http://evil.example' },
  );
  expect(foreign).toEqual({ status: 403, body: problem('HOST_REFUSED') });
});

test('[HQ9] a store’s manager switches the devices of that store, and no others', async () => {
  const url = await start(new OneTablet());
  const statusAs = async (storeId: string) => {
    const session = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ role: 'store_manager', storeId }),
    });
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    return await post(`${url}/api/devices/seattle-worker/network`, { online: false }, { cookie });
  };
  expect(await statusAs('store_bellevue')).toMatchObject({ status: 403, body: { code: 'NOT_ALLOWED' } });
  expect(await statusAs('store_seattle')).toMatchObject({ status: 200, body: { state: 'cut' } });
});

/**
 * A company for the fault scenarios: a database, gateways and devices, each a process of its own. Keeps a ledger of every
 * operation that a device called done, and says at the end what became of each.
 */
import path from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { expect, vi } from 'vitest';
import { enableChangeStreams } from '../../src/database/index.ts';
import { foldStock, type Principal, type Role, type StockMovement } from '../../src/domain/index.ts';
import {
  aCustomer,
  anItem,
  aProduct,
  aStore,
  permissions,
  SEATTLE,
  TACOMA,
} from '../../src/edge/retail/device.fixture.ts';
import { signingKeyOf, signToken } from '../../src/gateway/index.ts';
import { contentHash, type Document, SetChecksum, type Subscription, scopeOf } from '../../src/sync/index.ts';
import { makeTestFolder } from '../support/database.ts';
import { type Process, type ProcessOptions, startProcess } from './processes.ts';

export interface DeviceWanted {
  readonly name: string;
  readonly store?: string;
  readonly role?: Role;
  /** Default: the company's first gateway. */
  readonly gateways?: readonly string[];
  readonly fileBytesMax?: number;
  /** Who works with it. Default: the name of the device. */
  readonly user?: string;
  /** Where its token comes from. Default: it signs its own. */
  readonly tokenFile?: string;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects.
  readonly body: any;
}

/** An operation that a device called done. */
interface Done {
  readonly deviceId: string;
  readonly sequence: number;
  readonly hlc: string;
  readonly name: string;
}

const SETTLES_MS_MAX = 45_000;
const PRODUCTS = 12;
const CUSTOMERS = 6;

export class FaultDevice {
  readonly #company: FaultCompany;
  readonly wanted: DeviceWanted;
  process: Process;

  constructor(company: FaultCompany, wanted: DeviceWanted, process: Process) {
    this.#company = company;
    this.wanted = wanted;
    this.process = process;
  }

  get deviceId(): string {
    return String(this.process.facts['deviceId']);
  }

  get principal(): Principal {
    const { role = 'store_manager', store = SEATTLE, name, user = name } = this.wanted;
    return { role, userId: user, stores: [store] };
  }

  /** Everything of it on the disk. */
  get folder(): string {
    return path.join(this.#company.dataDir, 'devices', this.deviceId);
  }

  async call(method: 'GET' | 'POST' | 'PUT', address: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${String(this.process.facts['url'])}${address}`, {
      method,
      ...(method === 'GET'
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Does a retail operation, and writes it into the company's ledger where the device calls it done. */
  async perform(name: string, input: unknown): Promise<Answer> {
    const answer = await this.call('POST', `/api/operations/${name}`, input);
    if (answer.status === 200) {
      const { sequence, hlc } = answer.body;
      this.#company.ledger.push({ deviceId: this.deviceId, sequence, hlc, name });
    }
    return answer;
  }

  async done(name: string, input: unknown): Promise<Answer['body']> {
    const { status, body } = await this.perform(name, input);
    expect(status, `${name}: ${JSON.stringify(body)}`).toBe(200);
    return body.facts;
  }

  async setOnline(online: boolean): Promise<void> {
    await this.call('POST', '/api/network', { online });
  }

  async view(address: string): Promise<Answer['body']> {
    return (await this.call('GET', `/api/views/${address}`)).body;
  }

  async state(): Promise<Answer['body']> {
    return (await this.call('GET', '/api/state')).body;
  }

  async isOnline(): Promise<void> {
    await vi.waitFor(async () => expect((await this.state()).phase).toBe('online'), { timeout: 20_000, interval: 30 });
  }

  /** Ends it without a word. */
  async kill(): Promise<void> {
    await this.process.kill('SIGKILL');
  }

  async startAgain(more: Partial<DeviceWanted> = {}): Promise<void> {
    await this.process.kill('SIGKILL');
    Object.assign(this.wanted, more);
    this.process = await this.#company.startDeviceProcess(this.wanted);
  }
}

export class FaultCompany implements AsyncDisposable {
  readonly folder: Awaited<ReturnType<typeof makeTestFolder>>;
  readonly client: MongoClient;
  readonly db: Db;
  readonly database: Process;
  readonly ledger: Done[] = [];
  readonly gateways: Process[] = [];
  readonly devices: FaultDevice[] = [];

  private constructor(folder: FaultCompany['folder'], database: Process, client: MongoClient) {
    this.folder = folder;
    this.database = database;
    this.client = client;
    this.db = client.db();
  }

  static async open({ gateways = 1 } = {}): Promise<FaultCompany> {
    const folder = await makeTestFolder();
    const database = await startProcess(['db', '--port', '0', '--data-dir', path.join(folder.path, 'hq')], {
      cwd: folder.path,
    });
    const client = await new MongoClient(String(database.facts['uri'])).connect();
    const company = new FaultCompany(folder, database, client);
    try {
      await company.#fill();
      await enableChangeStreams(company.db);
      for (let count = 0; count < gateways; count++) await company.startGateway();
    } catch (error) {
      await company[Symbol.asyncDispose]();
      throw error;
    }
    return company;
  }

  get dataDir(): string {
    return path.join(this.folder.path, 'hq');
  }

  async startGateway(port = 0): Promise<Process> {
    const gateway = await startProcess(
      ['gateway', '--port', String(port), '--data-dir', this.dataDir],
      this.#options(),
    );
    this.gateways.push(gateway);
    return gateway;
  }

  /** Where the first one was, so that devices find it again. */
  async restartGateway(): Promise<void> {
    const [old, ...others] = this.gateways.splice(0);
    if (old === undefined) throw new Error('The company has no gateway.');
    await old.kill();
    await this.startGateway(this.portOf(old));
    this.gateways.push(...others);
  }

  portOf(gateway: Process): number {
    return Number(new URL(String(gateway.facts['uri'])).port);
  }

  async startDevice(wanted: DeviceWanted): Promise<FaultDevice> {
    const device = new FaultDevice(this, { ...wanted }, await this.startDeviceProcess(wanted));
    this.devices.push(device);
    return device;
  }

  async startDeviceProcess(wanted: DeviceWanted): Promise<Process> {
    const { name, store = SEATTLE, role = 'store_manager', fileBytesMax, user = name, tokenFile } = wanted;
    const { gateways = [String(this.gateways[0]?.facts['uri'])] } = wanted;
    return await startProcess(
      [
        ...['device', '--name', name, '--store', store, '--role', role, '--port', '0'],
        ...(tokenFile === undefined ? ['--user', user] : ['--token-file', tokenFile]),
        ...['--data-dir', this.dataDir, ...gateways.flatMap((uri) => ['--gateway', uri])],
      ],
      { ...this.#options(), ...(fileBytesMax === undefined ? {} : { fileBytesMax }) },
    );
  }

  async tokenOf(principal: Principal, deviceId: string): Promise<string> {
    return await signToken(await signingKeyOf(this.dataDir), { principal, deviceId });
  }

  async #fill(): Promise<void> {
    const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    const seed: Readonly<Record<string, readonly Document[]>> = {
      stores: [aStore(SEATTLE), aStore(TACOMA)],
      products: numbers(PRODUCTS).map((number) => aProduct(number, { cost: 13.39, gross_margin_percent: 33 })),
      inventory: numbers(PRODUCTS).flatMap((number) => [anItem(SEATTLE, number, 10), anItem(TACOMA, number, 10)]),
      customers: numbers(CUSTOMERS).map((number) => aCustomer(number)),
    };
    for (const [collection, documents] of Object.entries(seed)) {
      await this.db.collection<{ _id: string }>(collection).insertMany(documents as never);
    }
  }

  #options(): ProcessOptions {
    return { cwd: this.folder.path, env: { MONGODB_CONNECTION_STRING: String(this.database.facts['uri']) } };
  }

  /**
   * Waits until all is quiet, and holds it against the promise: every operation that was called done is applied once or
   * parked with a reason, every device holds exactly what it may see, and every level is the fold of its movements.
   */
  async settles(devices: readonly FaultDevice[] = this.devices, timeoutMs = SETTLES_MS_MAX): Promise<void> {
    await vi.waitFor(
      async () => {
        for (const device of devices) {
          const { phase, pendingOperations, fault } = await device.state();
          expect({ device: device.deviceId, phase, pendingOperations, fault }).toMatchObject({
            phase: 'online',
            pendingOperations: 0,
          });
        }
        for (const device of devices) await this.#expectEqualView(device);
      },
      { timeout: timeoutMs, interval: 150 },
    );
    await this.#expectEachOnce(new Set(devices.map(({ deviceId }) => deviceId)));
    await vi.waitFor(() => this.#expectFoldedLevels(), { timeout: timeoutMs, interval: 150 });
  }

  async #expectEqualView(device: FaultDevice): Promise<void> {
    const { subscriptions } = (await device.call('GET', '/api/scope')).body as { subscriptions: Subscription[] };
    const held = (await device.call('GET', '/api/checksums')).body;
    for (const [collection, scope] of scopeOf(subscriptions, permissions, device.principal)) {
      const sum = new SetChecksum();
      let documents = 0;
      for await (const document of this.db.collection(collection).find(scope.filter as object)) {
        const shown = scope.visible(document as unknown as Document);
        if (shown === undefined || 'withheld' in document) continue;
        sum.add(String(shown['_id']), contentHash(shown));
        documents += 1;
      }
      const expected = { documents, checksum: contentHash({ buckets: sum.buckets() }) };
      expect(held[collection], `${device.deviceId} ${collection}`).toEqual(expected);
    }
  }

  async #expectEachOnce(deviceIds: ReadonlySet<string>): Promise<void> {
    const operations = await this.db.collection('sync_operations').find({}).toArray();
    const parked = await this.db.collection('sync_inbox').find({}).toArray();
    for (const { deviceId, sequence, hlc, name } of this.ledger) {
      if (!deviceIds.has(deviceId)) continue;
      const where = `${name} ${deviceId}:${sequence}`;
      // A device that was restored may use a number twice: the stamp tells its operations apart.
      const mine = operations.filter((one) => one['device_id'] === deviceId && one['hlc'] === hlc);
      const kept = parked.filter((one) => one['device_id'] === deviceId && one['operation']?.hlc === hlc);
      const applied = mine.filter((one) => one['outcome'] === 'applied').length;
      expect(applied + (applied === 0 && kept.length > 0 ? 1 : 0), `${where}: applied once, or parked`).toBe(1);
      for (const one of kept) expect(String(one['message']).length, where).toBeGreaterThan(10);
    }
  }

  async #expectFoldedLevels(): Promise<void> {
    const movements = await this.db.collection<StockMovement & { _id: string }>('stock_movements').find({}).toArray();
    for (const item of await this.db.collection('inventory').find({}).toArray()) {
      const own = movements.filter((one) => one.inventory_id === item['inventory_id']);
      const opening = { movement_id: '0', kind: 'count' as const, quantity: 10, hlc: '' };
      expect(foldStock([opening, ...own]), `level of ${String(item['inventory_id'])}`).toBe(item['stock_level']);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process } of this.devices) await process.kill('SIGKILL');
    for (const gateway of this.gateways) await gateway.kill('SIGKILL');
    await this.client.close().catch(() => undefined);
    await this.database.kill('SIGKILL');
    await this.folder[Symbol.asyncDispose]();
  }
}

export const lines = (product: number, quantity: number) => [{ product_id: `prod_${product}`, quantity }];

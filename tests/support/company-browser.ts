/**
 * A whole company as a visitor has it, from `zava start`: embedded database, headquarters with its gateway, four devices with
 * real Ditto stores, each a process of its own; and the machine's Chromium to look at them.
 */
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import type { Browser, Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import type { DeviceState } from '../../src/device/index.ts';
import { signingKeyOf, signToken } from '../../src/gateway/index.ts';
import { openBrowser, openPage } from './browser.ts';
import { type RunningZava, startZava } from './cli.ts';
import { makeTestFolder } from './database.ts';

export type DeviceId = 'seattle-worker' | 'seattle-sales' | 'bellevue-worker' | 'online-sales';

/** Where screenshots are kept as evidence of the run. */
const EVIDENCE = path.join('screenshots', 'apps');
const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const EVENTUALLY_MS = 20_000;

export const PHONE = { width: 390, height: 844 } as const;
export const TABLET = { width: 820, height: 1180 } as const;
export const LAPTOP = { width: 1440, height: 900 } as const;

export const eventually = <Value>(check: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(check, { timeout: EVENTUALLY_MS, interval: 50 });

export interface CompanyOptions {
  readonly customers?: number;
  readonly orders?: number;
  /** The first so many of the four. */
  readonly devices?: number;
}

export interface AddedDevice {
  readonly isOffline?: boolean;
  /** Its token runs out after so long; without it, it signs its own. */
  readonly tokenSeconds?: number;
}

interface Other {
  readonly running: RunningZava;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Of the page: `/products/prod_1`. */
  readonly path?: string;
}

/** A device's own API, as its app uses it. */
export class DeviceApi {
  readonly id: DeviceId;
  readonly url: string;

  constructor(id: DeviceId, url: string) {
    this.id = id;
    this.url = url;
  }

  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the answer.
  async get(address: string): Promise<any> {
    return await (await fetch(`${this.url}${address}`)).json();
  }

  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the answer.
  view = (name: string, parameters: Record<string, string> = {}): Promise<any> =>
    this.get(`/api/views/${name}?${new URLSearchParams(parameters)}`);

  state = (): Promise<DeviceState> => this.get('/api/state');

  /** Does a retail operation; fails where it was not done. */
  async perform(name: string, input: unknown): Promise<void> {
    const response = await this.#post(`/api/operations/${name}`, input);
    expect(response.status, await response.clone().text()).toBe(200);
  }

  /** As {@link perform}, whatever comes of it: the status of the answer. */
  readonly attempt = async (name: string, input: unknown): Promise<number> =>
    (await this.#post(`/api/operations/${name}`, input)).status;

  /** Really closes its connection, and keeps it away. */
  async cut(): Promise<void> {
    await this.#post('/api/network', { online: false });
    await eventually(async () => expect((await this.state()).phase).toBe('offline'));
  }

  /** Lets it come back, and waits until it is up to date. */
  async heal(): Promise<void> {
    await this.#post('/api/network', { online: true });
    await this.settled();
  }

  /** Online, with nothing of its own unsettled. */
  async settled(): Promise<void> {
    await eventually(async () => {
      expect(await this.state()).toMatchObject({ phase: 'online', pendingOperations: 0 });
    });
  }

  readonly #post = (address: string, body: unknown) =>
    fetch(`${this.url}${address}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
}

export class CompanyBrowser implements AsyncDisposable {
  /** Of headquarters. */
  readonly url: string;
  readonly db: Db;
  readonly #devices: ReadonlyMap<string, DeviceApi>;
  readonly #browser: Browser;
  readonly #close: () => Promise<void>;
  readonly #folder: string;
  readonly #others = new Map<string, Other>();
  readonly #pages: { readonly page: Page; readonly complaints: string[]; expected: RegExp | null }[] = [];

  private constructor(
    url: string,
    db: Db,
    devices: ReadonlyMap<string, DeviceApi>,
    browser: Browser,
    folder: string,
    close: () => Promise<void>,
  ) {
    this.url = url;
    this.db = db;
    this.#devices = devices;
    this.#browser = browser;
    this.#folder = folder;
    this.#close = close;
  }

  /** Every device has done its first sync when this resolves. */
  static async start({ customers = 300, orders = 1500, devices: count = 4 }: CompanyOptions = {}) {
    await mkdir(EVIDENCE, { recursive: true });
    const folder = await makeTestFolder();
    const words = [
      '--port',
      '0',
      '--customers',
      String(customers),
      '--orders',
      String(orders),
      '--devices',
      String(count),
    ];
    const company = startZava(['start', ...words, '--json'], { cwd: folder.path });
    const browser = await openBrowser();
    const printed = await company.sees(/^\{\n[\s\S]*^\}\n/m);
    const { url, connectionString, devices } = JSON.parse(printed) as {
      url: string;
      connectionString: string;
      devices: { id: DeviceId; url: string }[];
    };
    const client = await MongoClient.connect(connectionString);
    const apis = new Map(devices.map(({ id, url: at }) => [id as string, new DeviceApi(id, at)]));
    const close = async () => {
      await browser.close();
      await client.close();
      company.child.kill('SIGINT');
      await company.ended;
      await folder[Symbol.asyncDispose]();
    };
    try {
      for (const device of apis.values()) {
        await vi.waitFor(
          async () =>
            expect(await device.state()).toMatchObject({ phase: 'online', catalogueProducts: expect.closeTo(400, -2) }),
          { timeout: 90_000, interval: 100 },
        );
      }
    } catch (error) {
      await close();
      throw error;
    }
    return new CompanyBrowser(url, client.db(), apis, browser, folder.path, close);
  }

  /** One more device beside the four, as anybody starts one with `zava device`; up to date when this resolves. */
  async addDevice(
    name: string,
    store: string,
    role: 'worker' | 'sales_rep' | 'store_manager',
    { isOffline = false, tokenSeconds }: AddedDevice = {},
  ): Promise<DeviceApi> {
    const gateway = `${this.url.replace('http', 'ws')}/sync`;
    const words = ['--store', store, '--role', role, '--name', name, '--port', '0', '--gateway', gateway];
    if (isOffline) words.push('--offline');
    const principal = { role, userId: name, stores: [store] };
    const env: Readonly<Record<string, string>> =
      tokenSeconds === undefined
        ? {}
        : { ZAVA_DEVICE_TOKEN: await this.#token({ principal, deviceId: name }, tokenSeconds / 86_400) };
    const device = await this.#startDevice(name, words, env);
    if (isOffline) return device;
    await eventually(async () => expect((await device.state()).catalogueProducts).toBeGreaterThan(0));
    await device.settled();
    return device;
  }

  /** Stops a device that was added, and starts it again on what `change` has made of its folder. */
  async restart({ id }: DeviceApi, change: (folder: string) => Promise<void>): Promise<DeviceApi> {
    const other = this.#others.get(id);
    if (other === undefined) throw new Error(`${id} was not added.`);
    other.running.child.kill('SIGINT');
    await other.running.ended;
    await change(path.join(this.#folder, '.zava', 'devices', id));
    return await this.#startDevice(id, other.words, other.env);
  }

  async #startDevice(
    name: string,
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<DeviceApi> {
    const running = startZava(['device', ...words], { cwd: this.#folder, env });
    this.#others.set(name, { running, words, env });
    return new DeviceApi(name as DeviceId, await running.sees(/http:\/\/127\.0\.0\.1:\d+/));
  }

  readonly #token = async (of: Parameters<typeof signToken>[1], days: number): Promise<string> =>
    await signToken(await signingKeyOf(path.join(this.#folder, '.zava')), of, days);

  device(id: DeviceId): DeviceApi {
    const device = this.#devices.get(id);
    if (device === undefined) throw new Error(`The company has no device ${id}.`);
    return device;
  }

  /** A page of headquarters, or of a device's app; a phone where no size is given. */
  async open(
    where: 'headquarters' | DeviceId | DeviceApi,
    { path: at = '/', ...view }: OpenOptions = {},
  ): Promise<Page> {
    const { page, complaints } = await openPage(this.#browser, { ...PHONE, ...view });
    this.#pages.push({ page, complaints, expected: null });
    const url = where === 'headquarters' ? this.url : where instanceof DeviceApi ? where.url : this.device(where).url;
    await page.goto(`${url}${at}`);
    return page;
  }

  /** Of a page whose server is stopped, or answers with a fault: the browser writes that into its console by itself. */
  expectComplaints(page: Page, expected: RegExp): void {
    const open = this.#pages.find((one) => one.page === page);
    if (open !== undefined) open.expected = expected;
  }

  /**
   * Looks at the page as a careful reader does: nothing scrolls sideways, assistive technology can read it. Keeps a picture
   * of it as evidence.
   */
  async evidence(page: Page, name: string): Promise<void> {
    const width = page.viewportSize()?.width ?? 0;
    await page.screenshot({ path: path.join(EVIDENCE, `${name}.png`) });
    expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} scrolls sideways`).toBeLessThanOrEqual(
      width,
    );
    // The pages allow no code but their own: this is read into the page by the browser itself.
    await page.evaluate(await readAxe());
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } };
      return (await axe.run()).violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 160)) }));
    });
    expect(violations, `${name}: what assistive technology can't read`).toEqual([]);
  }

  /** For `afterEach`: closes the pages, and fails where a console had an error or a warning. */
  async closePages(): Promise<void> {
    const complaints: string[] = [];
    for (const open of this.#pages.splice(0)) {
      await open.page.close();
      complaints.push(...open.complaints.filter((one) => open.expected === null || !open.expected.test(one)));
    }
    expect(complaints, 'what the console complained of').toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { running } of this.#others.values()) {
      running.child.kill('SIGINT');
      await running.ended;
    }
    await this.#close();
  }
}

let axe: string | null = null;
async function readAxe(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  axe ??= await readFile(axeFile, 'utf8');
  return axe;
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

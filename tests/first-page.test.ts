import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, openPage } from './support/browser.ts';
import { type RunningZava, runZava, startZava } from './support/cli.ts';
import { makeTestFolder } from './support/database.ts';

const SCREENSHOTS = 'screenshots';
const FIRST_PAGE_MS = 10_000;
const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const smallDataSet = { NUM_CUSTOMERS: '300', NUM_ORDERS: '1500' };

describe('the first page of the company', () => {
  let browser: Browser;
  let folder: Awaited<ReturnType<typeof makeTestFolder>>;
  let company: RunningZava;
  let url: string;

  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true });
    browser = await openBrowser();
    folder = await makeTestFolder();
    company = startZava(['start', '--port', '0', '--devices', '0'], { cwd: folder.path, env: smallDataSet });
    url = (await company.sees(/http:\/\/127\.0\.0\.1:\d+/)).trim();
  });

  afterAll(async () => {
    company?.child.kill('SIGINT');
    await company?.ended;
    await browser?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  test('[HQ3] it is there before the data is, and shows how far the data is', async () => {
    const { page, complaints } = await openPage(browser, { width: 1440 });
    const startedAt = performance.now();
    await page.goto(url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(performance.now() - startedAt).toBeLessThan(FIRST_PAGE_MS);
    await page.screenshot({ path: join(SCREENSHOTS, 'first-page-opening.png'), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('[HQ4] then it shows the company: sales, documents, the checks and the connection string', async () => {
    await company.sees(/The company is open/);
    const { page, complaints } = await openPage(browser, { width: 1440 });
    await page.goto(url);
    await page.getByRole('heading', { level: 1, name: /sold in \d{4} so far/ }).waitFor();
    await expect(page.getByText('All ', { exact: false }).first().textContent()).resolves.toMatch(/checks passed/);
    const overview = (await (await page.request.get(`${url}/api/company`)).json()) as {
      collections: { name: string; documents: number }[];
      salesByMonth: { orders: number }[];
    };
    const documents = Object.fromEntries(overview.collections.map((each) => [each.name, each.documents]));
    expect(documents).toMatchObject({ stores: 8, customers: 300, orders: 1500, products: 400 });
    expect(await page.getByText(/^mongodb:\/\/127\.0\.0\.1:\d+\/zava\?/).count()).toBe(1);
    expect(await page.getByRole('row', { name: /order_items/ }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each([
    { width: 390, colorScheme: 'light' },
    { width: 390, colorScheme: 'dark' },
    { width: 820, colorScheme: 'light' },
    { width: 1440, colorScheme: 'light' },
    { width: 1440, colorScheme: 'dark' },
  ] as const)('it fits $width pixels in the $colorScheme theme, and assistive technology can read it', async (view) => {
    await company.sees(/The company is open/);
    const { page, complaints } = await openPage(browser, view);
    await page.goto(url);
    await page.getByRole('heading', { name: 'Sales by month' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(view.width);
    // The page allows no code but its own: this is read into it by the browser itself.
    await page.evaluate(await readFile(axeFile, 'utf8'));
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } };
      return (await axe.run()).violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ target }) => target) }));
    });
    expect(violations).toEqual([]);
    await page.screenshot({
      path: join(SCREENSHOTS, `first-page-${view.width}-${view.colorScheme}.png`),
      fullPage: true,
    });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the report of the checks opens from the page, whole, without any other host', async () => {
    await company.sees(/The company is open/);
    const { page, complaints } = await openPage(browser, { width: 1440 });
    await page.goto(url);
    await page.getByRole('link', { name: 'Read the full report' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toBe(`${url}/validation`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a second company on the same data directory is led to the database that runs, and a second `zava db` is refused', async () => {
    await company.sees(/The company is open/);
    const refused = await runZava(['db', '--port', '0'], { cwd: folder.path });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/DATA_DIRECTORY_IN_USE/);
    const second = await runZava(['start', '--port', '0', '--exit-when-open', '--json'], {
      cwd: folder.path,
      env: smallDataSet,
    });
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ validation: { passed: true } });
  });

  test('[HQ5] a taken port is named, with what to do', async () => {
    const { port } = new URL(url);
    const refused = await runZava(['start', '--port', port], { cwd: folder.path });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/PORT_IN_USE/);
    expect(refused.stderr).toContain(port);
  });

  test('the page says so when headquarters stops, keeps what it showed, and the next start is quick', async () => {
    await company.sees(/The company is open/);
    const { page } = await openPage(browser, { width: 1440 });
    await page.goto(url);
    await page.getByRole('heading', { name: 'Sales by month' }).waitFor();
    company.child.kill('SIGINT');
    const { code } = await company.ended;
    expect(code).toBe(0);
    await page.getByText('Headquarters does not answer').waitFor();
    expect(await page.getByRole('heading', { name: 'Sales by month' }).count()).toBe(1);

    company = startZava(['start', '--port', new URL(url).port, '--devices', '0'], {
      cwd: folder.path,
      env: smallDataSet,
    });
    await company.sees(/The company is open/);
    await page.getByText('Headquarters does not answer').waitFor({ state: 'detached' });
    await page.close();
  });

  test('[HQ9] opened to other machines, it shows nothing to who has no token, and a manager the own store', async () => {
    company.child.kill('SIGINT');
    await company.ended;
    company = startZava(['start', '--host', '0.0.0.0', '--port', '0', '--devices', '0'], {
      cwd: folder.path,
      env: smallDataSet,
    });
    await company.sees(/npx zava token issue --role headquarters/);
    const { port } = new URL((await company.sees(/http:\/\/0\.0\.0\.0:\d+/)).trim());
    const here = `http://127.0.0.1:${port}`;
    await company.sees(/The company is open/);
    expect((await fetch(`${here}/api/company`)).status).toBe(401);

    const { page, complaints } = await openPage(browser, { width: 390 });
    await page.goto(here);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, 'first-page-sign-in.png'), fullPage: true });
    expect(complaints).toEqual([]);
    const signIn = async (token: string) => {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    await signIn('not a token');
    await page.locator('input[aria-invalid="true"]').waitFor();
    // The browser reports the refusal to its console; the page tells it in words.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('401')]);

    const words = ['token', 'issue', '--role', 'store_manager', '--store', 'store_tacoma'];
    const { stdout } = await runZava(words, { cwd: folder.path });
    await signIn(stdout.trim());
    await page.getByRole('heading', { name: 'Sales by month' }).waitFor();
    const session = (await (await page.request.get(`${here}/api/session`)).json()) as unknown;
    expect(session).toMatchObject({ isLaptop: false, principal: { role: 'store_manager', stores: ['store_tacoma'] } });
    await page.goto(`${here}/dashboard`);
    await page.getByText(/Looking as Manager, Tacoma/).waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
    await page.close();
  });
});

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown }[];
}

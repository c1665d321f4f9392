import { beforeAll, describe, expect, test } from 'vitest';
import { type CompanyBrowser, eventually, LAPTOP, PHONE, TABLET } from '../../support/company-browser.ts';
import { layoutShiftOf } from '../../support/layout-shift.ts';

/** Good by the measure of browsers: what is below 0.1 nobody calls a jump. */
const LAYOUT_SHIFT_MAX = 0.1;

/** Every page of the dashboard at its sizes, and what its links and files carry. */
export function describePages(companyNow: () => CompanyBrowser): void {
  let company: CompanyBrowser;
  beforeAll(() => {
    company = companyNow();
  });

  const pages = [
    ['today', '', /sold on/],
    ['sales', '/sales', /in sales/],
    ['seasons', '/seasons', /follow their plan/],
    ['products', '/products', /leads with/],
    ['inventory', '/inventory', /on the shelves/],
    ['transfers', '/transfers', /transfer/],
    ['devices', '/devices', /devices are up to date/],
    ['inbox', '/inbox', /to decide/],
    ['quality', '/quality', /Data quality/],
    ['explorer', '/explorer', /Ask the data/],
  ] as const;

  const WITH_ALL_SIZES: ReadonlySet<string> = new Set(['today', 'sales', 'seasons', 'inventory']);

  describe('each page of the dashboard answers its question first', () => {
    test.each(pages)('%s', async (name, path, answer) => {
      const phoneAndLaptop = [
        ['laptop', LAPTOP],
        ['phone', PHONE],
      ] as const;
      // Tables, bars and a heat map: what these look like between the two, and in the dark, holds for the rest.
      const between = [
        ['laptop-dark', { ...LAPTOP, colorScheme: 'dark' as const }],
        ['tablet', TABLET],
      ] as const;
      const sizes = WITH_ALL_SIZES.has(name) ? [...phoneAndLaptop, ...between] : phoneAndLaptop;
      for (const [size, view] of sizes) {
        const page = await company.open('headquarters', { ...view, path: `/dashboard${path}` });
        await page.getByRole('heading', { level: 1, name: answer }).waitFor();
        await eventually(async () => expect(await page.getByRole('status', { name: 'Loading …' }).count()).toBe(0));
        expect(await layoutShiftOf(page), `${name}, ${size}`).toBeLessThan(LAYOUT_SHIFT_MAX);
        await company.evidence(page, `dashboard-${name}-${size}`);
        await page.close();
      }
    });
  });

  test('an order that is sold in a store shows among the newest orders without a reload', async () => {
    const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard' });
    await page.getByRole('heading', { level: 1, name: /sold on/ }).waitFor();
    const seattle = company.device('seattle-sales');
    const [found] = await seattle.view('search', { q: 'hammer' });
    const customer = await company.db.collection('customers').findOne({ primary_store_id: 'store_seattle' });
    await seattle.perform('sell', {
      customer_id: customer?.['customer_id'],
      lines: [{ product_id: found.product.product_id, quantity: 1 }],
    });
    await page
      .getByRole('row')
      .filter({ hasText: `${customer?.['first_name']} ${customer?.['last_name']}` })
      .first()
      .waitFor();
  });

  test('a store’s manager sees that store alone, and a link carries its filters', async () => {
    const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/sales?store=store_tacoma' });
    await eventually(async () =>
      expect(await page.getByLabel('Store', { exact: true }).inputValue()).toBe('store_tacoma'),
    );
    await page
      .getByRole('region', { name: 'By store' })
      .getByRole('row', { name: /Tacoma/ })
      .waitFor();
    expect(
      await page
        .getByRole('region', { name: 'By store' })
        .getByRole('row', { name: /Seattle/ })
        .count(),
    ).toBe(0);

    await page.goto(`${company.url}/dashboard/sales`);
    await page.getByLabel('Look as').selectOption('store_tacoma');
    await page
      .getByRole('region', { name: 'By store' })
      .getByRole('row', { name: /Tacoma/ })
      .waitFor();
    await eventually(async () =>
      expect(
        await page
          .getByRole('region', { name: 'By store' })
          .getByRole('row', { name: /Seattle/ })
          .count(),
      ).toBe(0),
    );
    await company.evidence(page, 'dashboard-manager');
    await page.getByLabel('Look as').selectOption('');
    await page
      .getByRole('region', { name: 'By store' })
      .getByRole('row', { name: /Seattle/ })
      .waitFor();
  });

  test('a question of one’s own is answered, and a forbidden one is told with what to do', async () => {
    const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/explorer' });
    await page.getByLabel('Pipeline').fill('[{"$group":{"_id":"$status","orders":{"$sum":1}}}]');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('row', { name: /completed/ }).waitFor();
    await company.evidence(page, 'dashboard-explorer-answer');
    company.expectComplaints(page, /400/);
    await page.getByLabel('Pipeline').fill('[{"$out":"stolen"}]');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByRole('alert').filter({ hasText: '$out' }).waitFor();
  });

  test('a saved query is asked with its parameters; the link asks it again, and its answer is a file too', async () => {
    const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/explorer' });
    await page.getByRole('link', { name: /^Availability/ }).click();
    await page.getByText('Fill in what is needed, then ask.').waitFor();
    await page.getByLabel('Product (needed)').fill('prod_1');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page
      .getByRole('region', { name: 'Answer' })
      .getByRole('row', { name: /store_seattle/ })
      .first()
      .waitFor();
    await company.evidence(page, 'dashboard-explorer-saved');
    const link = page.url();
    expect(link).toContain('query=availability&product=prod_1');
    await page.goto(link);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: /Export as CSV\s?: Answer/ }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('zava-availability.csv');
    await page.getByRole('link', { name: /^A question of your own/ }).click();
    await page.getByRole('button', { name: 'Ask' }).click();
    const [own] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as CSV' }).click(),
    ]);
    expect(own.suggestedFilename()).toBe('zava-orders.csv');
  });

  test('sales of a period are a choice away, counted from the newest order', async () => {
    const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/sales' });
    await page.getByLabel('Period').selectOption({ label: 'Last 7 days' });
    await page.getByText(/^From \w+ \d+, \d{4} to \w+ \d+, \d{4}/).waitFor();
    const { searchParams } = new URL(page.url());
    const days = (Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '')) / 86_400_000;
    expect(days).toBe(6);
    await company.evidence(page, 'dashboard-sales-week');
    await page.getByLabel('Period').selectOption({ label: 'All time' });
    await eventually(async () => expect(new URL(page.url()).search).toBe(''));
  });
}

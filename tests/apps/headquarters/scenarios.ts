import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type CompanyBrowser,
  type DeviceApi,
  eventually,
  LAPTOP,
  PHONE,
  TABLET,
} from '../../support/company-browser.ts';

/** What headquarters does in a day, and what the devices of the stores make of it. */
export function describeScenarios(companyNow: () => CompanyBrowser): void {
  let company: CompanyBrowser;
  let sales: DeviceApi;
  let worker: DeviceApi;
  let second: DeviceApi;
  beforeAll(async () => {
    company = companyNow();
    sales = company.device('seattle-sales');
    worker = company.device('seattle-worker');
    second = await company.addDevice('seattle-second', 'store_seattle', 'worker');
  });

  const goOnline = (device: DeviceApi) =>
    fetch(`${device.url}/api/network`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ online: true }),
    });

  const priceOn = async (device: DeviceApi, id: string): Promise<number> =>
    (await device.view('product', { id })).product.base_price;

  describe('headquarters changes a price', () => {
    test('an offline device hears of it when it is back; what was sold meanwhile stays as it was', async () => {
      const [{ product_id, product_name, base_price }] = await sales.view('catalogue');
      const dollars = (amount: number) => `$${amount.toFixed(2)}`;
      const newPrice = Math.round((base_price + 3.5) * 100) / 100;
      await sales.cut();

      const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/products' });
      await page.getByRole('searchbox', { name: 'Find a product' }).fill(product_name);
      await page.getByRole('button', { name: `Change: ${product_name}`, exact: true }).click();
      const sheet = page.getByRole('dialog');
      await sheet.getByLabel('New price in dollars').fill('twelve');
      await sheet.getByRole('button', { name: 'Save' }).click();
      await sheet.getByText(/Enter an amount above zero/).waitFor();
      await sheet.getByLabel('New price in dollars').fill(newPrice.toFixed(2));
      await company.evidence(page, 'dashboard-price-sheet');
      await sheet.getByRole('button', { name: 'Save' }).click();
      await page
        .getByText(`${product_name} costs ${dollars(newPrice)} now`)
        .first()
        .waitFor();
      await page
        .getByRole('cell', { name: dollars(newPrice), exact: true })
        .first()
        .waitFor();
      await company.evidence(page, 'dashboard-price-change');
      const atHeadquarters = async () =>
        (await company.db.collection('products').findOne({ product_id }))?.['base_price'];
      expect(await atHeadquarters()).toBe(newPrice);

      // The worker's device is online and has it; the one that is cut cannot know, and goes on selling.
      await eventually(async () => expect(await priceOn(worker, product_id)).toBe(newPrice));
      expect(await priceOn(sales, product_id)).toBe(base_price);
      const customer = await company.db.collection('customers').findOne({ primary_store_id: 'store_seattle' });
      await sales.perform('sell', {
        customer_id: customer?.['customer_id'],
        lines: [{ product_id, quantity: 1 }],
      });
      const shop = await company.open('seattle-sales', { ...TABLET, path: `/products/${product_id}` });
      await shop.getByText(dollars(base_price), { exact: true }).first().waitFor();

      await sales.heal();
      await shop.getByText(dollars(newPrice), { exact: true }).first().waitFor();
      await company.evidence(shop, 'price-change-reaches-the-device');
      await eventually(async () => {
        const sold = await company.db
          .collection('order_items')
          .find({ product_id, store_id: 'store_seattle' })
          .sort({ order_date: -1 })
          .limit(1)
          .next();
        expect(sold).toMatchObject({ unit_price: base_price, quantity: 1 });
      });
    });

    test('a store’s manager sees prices, and changes none', async () => {
      const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/products' });
      await page
        .getByRole('button', { name: /^Change: / })
        .first()
        .waitFor();
      await page.getByLabel('Look as').selectOption('store_seattle');
      await eventually(async () => expect(await page.getByRole('button', { name: /^Change: / }).count()).toBe(0));
      await page.getByRole('region', { name: 'Prices' }).getByRole('row').nth(3).waitFor();
      await page.getByLabel('Look as').selectOption('');
    });
  });

  describe('the inbox', () => {
    test('a value that lost is shown field by field, and gets its place back everywhere at a press', async () => {
      const id = 'prod_9';
      await worker.cut();
      await second.cut();
      await worker.perform('move', { product_id: id, location: { bin: '91' } });
      await second.perform('move', { product_id: id, location: { bin: '92' } });
      await second.heal();
      await worker.heal();
      const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/inbox' });
      await page.getByRole('heading', { level: 1, name: /to decide/ }).waitFor();
      await page.getByRole('link', { name: /^Move/ }).first().waitFor();
      await page.keyboard.press('j');
      await page.getByRole('cell', { name: '91', exact: true }).first().waitFor();
      await company.evidence(page, 'dashboard-inbox-lost');
      await page.getByRole('button', { name: 'Give it its place now' }).click();
      await page.getByText('It has its place now').first().waitFor();
      await eventually(async () =>
        expect(
          (await company.db.collection('inventory').findOne({ store_id: 'store_seattle', product_id: id }))?.[
            'location'
          ],
        ).toMatchObject({ bin: '91' }),
      );
      await eventually(async () =>
        expect(JSON.stringify(await second.view('product', { id }))).toContain('"bin":"91"'),
      );
    });

    test('refused work says why; another try that fails is kept; giving it up can be taken back for a moment', async () => {
      const transfer_id = randomUUID();
      await company.db.collection<{ _id: string }>('stock_transfers').insertOne({
        _id: transfer_id,
        transfer_id,
        from_store_id: 'store_seattle',
        to_store_id: 'store_tacoma',
        lines: { prod_4: 1 },
        status: 'requested',
        steps: { requested: { at: new Date().toISOString().replace(/\.\d+/, ''), by: 'tacoma' } },
        notes: '',
        deleted: false,
      } as never);
      for (const device of [worker, second]) {
        await eventually(async () => expect((await device.view('stock-work')).transfers).toHaveLength(1));
        await device.cut();
        await device.perform('send_transfer', { transfer_id });
      }
      const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/inbox' });
      await page.getByRole('heading', { level: 1, name: 'Nothing to decide' }).waitFor();
      await company.evidence(page, 'dashboard-inbox-empty');
      await second.heal();
      await goOnline(worker);
      // It comes up without a reload.
      await page.getByRole('heading', { level: 1, name: 'One thing to decide' }).waitFor();
      await page.getByRole('link', { name: /send.transfer/i }).click();
      await page.getByRole('button', { name: 'Try again as it was' }).click();
      await page.getByText('It stays in the inbox').first().waitFor();
      await page.getByText('What was tried before').waitFor();
      await company.evidence(page, 'dashboard-inbox-refused');

      await page.getByRole('button', { name: 'Let it be' }).click();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('button', { name: 'Try again as it was' }).waitFor();
      await eventually(async () =>
        expect(await company.db.collection('sync_inbox').countDocuments({ state: 'open' })).toBe(1),
      );
      await page.getByRole('button', { name: 'Let it be' }).click();
      await page.getByRole('heading', { level: 1, name: 'Nothing to decide' }).waitFor();
      await eventually(async () =>
        expect(await company.db.collection('sync_inbox').countDocuments({ state: 'discarded' })).toBe(1),
      );
      await worker.settled();
      company.expectComplaints(page, /409/);
    });
  });

  describe('the states of a view', () => {
    test('loading has the shape of what comes; failed says what to do and tries again', async () => {
      const page = await company.open('headquarters', { ...PHONE, path: '/dashboard/quality' });
      company.expectComplaints(page, /503|ERR_FAILED/);
      let mayAnswer: () => void = () => undefined;
      const answered = new Promise<void>((resolve) => {
        mayAnswer = resolve;
      });
      await page.route('**/api/dashboard/queries/transfers*', async (route) => {
        await answered;
        await route.fulfill({
          status: 503,
          json: { code: 'DATABASE_UNREACHABLE', message: 'The database did not answer.', fix: 'Start it again.' },
        });
      });
      await page.getByRole('link', { name: 'Transfers' }).click();
      await page.getByRole('status', { name: 'Loading …' }).first().waitFor();
      await company.evidence(page, 'dashboard-loading');
      mayAnswer();
      await page.getByRole('alert').filter({ hasText: 'Start it again.' }).waitFor();
      await company.evidence(page, 'dashboard-failed');
      await page.unroute('**/api/dashboard/queries/transfers*');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { level: 1, name: /transfer/ }).waitFor();
    });

    test('where headquarters does not answer, what is shown says so and stays', async () => {
      const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/devices' });
      company.expectComplaints(page, /ERR_|Failed to load/);
      await page.getByRole('row', { name: /seattle.worker/i }).waitFor();
      await page.context().setOffline(true);
      await page.getByText(/These numbers are from/).waitFor();
      await page.getByRole('row', { name: /seattle.worker/i }).waitFor();
      await company.evidence(page, 'dashboard-stale');
      await page.context().setOffline(false);
      await page.getByText(/These numbers are from/).waitFor({ state: 'detached' });
    });

    test('every view can be taken along as CSV', async () => {
      const page = await company.open('headquarters', { ...LAPTOP, path: '/dashboard/inventory' });
      const link = page.getByRole('link', { name: /Export as CSV\s?: Low stock, by store and category/ });
      const answer = await page.request.get(new URL((await link.getAttribute('href')) ?? '', company.url).href);
      expect(answer.headers()['content-type']).toContain('text/csv');
      expect((await answer.text()).split('\r\n')[0]).toContain('store_id');
    });
  });
}

/**
 * The scenarios that nobody plays alone: headquarters and several stores together, each on its own screen. Each is also a
 * chapter of docs/DEMO_SCENARIOS.md.
 */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { CompanyBrowser, type DeviceApi, eventually, LAPTOP, PHONE, TABLET } from '../support/company-browser.ts';
import {
  aCustomerOf,
  checkOut,
  chooseCustomer,
  putIntoBasket,
  SEATTLE,
  stockedProducts,
} from './sales/sales-counter.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let company: CompanyBrowser;
beforeAll(async () => {
  company = await CompanyBrowser.start();
});
afterEach(() => company.closePages());
afterAll(() => company?.[Symbol.asyncDispose]());

/** Sells one at a counter of its own; the order's id. */
async function sellOne(page: Page, device: DeviceApi, product: { readonly product_name: string }): Promise<string> {
  const customer = await aCustomerOf(device);
  await putIntoBasket(page, product as Parameters<typeof putIntoBasket>[1]);
  await chooseCustomer(page, customer.last_name);
  return checkOut(page);
}

const levelOf = async (store_id: string, product_id: string) =>
  (await company.db.collection('inventory').findOne({ store_id, product_id }))?.['stock_level'];
const believedOn = (device: DeviceApi, id: string, units: number) =>
  eventually(async () => expect((await device.view('product', { id })).here.believedUnits).toBe(units));

describe('offline work that syncs back', () => {
  test('a store sells and counts with its line down; headquarters has everything, once, when the line is back', async () => {
    const worker = company.device('seattle-worker');
    const sales = company.device('seattle-sales');
    const entrance = await company.open('headquarters', LAPTOP);
    const switches = ['Seattle worker', 'Seattle sales'].map((name) =>
      entrance.getByRole('article', { name }).getByRole('switch'),
    );
    for (const each of switches) await each.click();
    await entrance.getByRole('heading', { name: '2 of 4 devices online' }).waitFor();

    // Two products, so that each number below has one cause.
    const [sold, counted] = await stockedProducts(sales);
    if (sold === undefined || counted === undefined) throw new Error('The store keeps nothing.');
    const counter = await company.open(sales, TABLET);
    const orderId = await sellOne(counter, sales, sold);
    await counter.getByText('Saved here').waitFor();
    const phone = await company.open(worker, { ...PHONE, path: `/product/${counted.product_id}` });
    await phone.getByRole('button', { name: 'Count', exact: true }).click();
    const sheet = phone.getByRole('dialog');
    await sheet.getByRole('textbox', { name: 'Units on the shelf' }).fill(String(counted.units + 4));
    await sheet.getByRole('button', { name: 'Save the count' }).click();
    await phone.getByRole('region', { name: 'Stock here' }).getByText('Saved here').waitFor();
    await phone.getByRole('link', { name: /Working offline · 1 change waiting/ }).waitFor();
    await entrance.getByRole('article', { name: 'Seattle worker' }).getByText('1 change waiting').waitFor();
    await company.evidence(entrance, 'company-offline-work-waits');
    expect(await company.db.collection('orders').countDocuments({ order_id: orderId })).toBe(0);

    for (const each of switches) await each.click();
    await phone.getByRole('region', { name: 'Stock here' }).getByText('Synced').waitFor();
    await counter.getByText('Saved here').waitFor({ state: 'detached' });
    await entrance.getByRole('heading', { name: 'All 4 devices are online' }).waitFor();
    await company.evidence(phone, 'company-offline-work-synced');
    expect(await company.db.collection('orders').countDocuments({ order_id: orderId })).toBe(1);
    await eventually(async () => {
      expect(await levelOf(SEATTLE, sold.product_id)).toBe(sold.units - 1);
      expect(await levelOf(SEATTLE, counted.product_id)).toBe(counted.units + 4);
    });
    // What the one did without the other is on both.
    await believedOn(worker, sold.product_id, sold.units - 1);
    await believedOn(sales, counted.product_id, counted.units + 4);
  });
});

describe('two offline sales of the last unit', () => {
  test('both counters keep their sale, an alert names the orders, and a person settles it', async () => {
    const worker = company.device('seattle-worker');
    const first = company.device('seattle-sales');
    const second = await company.addDevice('seattle-sales-2', SEATTLE, 'sales_rep');
    const product = (await stockedProducts(first))[5];
    if (product === undefined) throw new Error('The store keeps nothing.');
    const id = product.product_id;
    await worker.perform('count', { lines: [{ product_id: id, units: 1 }] });
    for (const device of [first, second]) await believedOn(device, id, 1);

    await first.cut();
    await second.cut();
    const counters = [await company.open(first, TABLET), await company.open(second, TABLET)] as const;
    const orders = [await sellOne(counters[0], first, product), await sellOne(counters[1], second, product)] as const;
    for (const counter of counters) await counter.getByText('Saved here').waitFor();
    await company.evidence(counters[1], 'company-last-unit-sold-twice');

    const alerts = await company.open(worker, { ...PHONE, path: '/alerts' });
    await first.heal();
    await second.heal();
    await eventually(async () => expect(await levelOf(SEATTLE, id)).toBe(-1));
    const card = alerts.getByRole('listitem').filter({ hasText: 'more unit sold than there are' });
    await card.getByRole('link', { name: product.product_name }).waitFor();
    // The newer of the two is the one that goes without.
    await card.getByText(new RegExp(orders[1].slice(0, 8), 'i')).waitFor();
    for (const way of [/^Request from/, 'Order from the warehouse', 'Count the shelf']) {
      await card.getByRole('button', { name: way }).waitFor();
    }
    await card.getByRole('button', { name: 'Take on' }).click();
    await card.getByText('Taken on').waitFor();
    await company.evidence(alerts, 'company-last-unit-oversold');

    // The customer doesn't want to wait: the order is called off, and the alert is settled by itself.
    await counters[1].goto(`${second.url}/orders/${orders[1]}`);
    await counters[1].getByRole('button', { name: 'Cancel order' }).click();
    const dialog = counters[1].getByRole('dialog');
    await dialog.getByRole('button', { name: 'Rung up by mistake' }).click();
    await dialog.getByRole('button', { name: 'Cancel the order' }).click();
    await card.waitFor({ state: 'detached' });
    await eventually(async () => {
      expect(await levelOf(SEATTLE, id)).toBe(0);
      expect(
        await company.db.collection('alerts').findOne({ kind: 'oversold', 'subjects.product_id': id }),
      ).toMatchObject({
        state: 'resolved',
      });
    });
    expect(await company.db.collection('orders').findOne({ order_id: orders[0] })).toMatchObject({
      status: 'completed',
    });
  });
});

describe('a revoked device', () => {
  test('it gets nothing more and is told so in words; what it had not sent is kept, and goes out when it is let in', async () => {
    const online = company.device('online-sales');
    const tour = await company.open('headquarters', { ...LAPTOP, path: '/tour/revoked' });
    // The step that is next; the last one offers the way back with the same button.
    await tour.getByRole('button', { name: 'Turn it away' }).first().click();
    await eventually(async () => expect((await online.state()).phase).toBe('refused'));

    const page = await company.open(online, TABLET);
    await page.getByText('Headquarters turned this device away').first().waitFor();
    const [product] = await stockedProducts(online);
    if (product === undefined) throw new Error('The shop keeps nothing.');
    const orderId = await sellOne(page, online, product);
    await page.getByText('Saved here').waitFor();
    const entrance = await company.open('headquarters', LAPTOP);
    const card = entrance.getByRole('article', { name: 'Online sales' });
    await card.getByText('Turned away').waitFor();
    await card.getByText(/1 change waiting/).waitFor();
    await company.evidence(page, 'company-revoked-app');
    await company.evidence(entrance, 'company-revoked-entrance');
    await page.goto(`${online.url}/changes`);
    await page.getByRole('heading', { name: /^Waiting/ }).waitFor();
    await company.evidence(page, 'company-revoked-waiting');

    // Not a byte in either direction: what others do does not reach it, what it does reaches nobody.
    const worker = company.device('seattle-worker');
    const [shelf] = await stockedProducts(company.device('seattle-sales'));
    if (shelf === undefined) throw new Error('The store keeps nothing.');
    const seenBefore = await elsewhereOf(online, shelf.product_id);
    await worker.perform('count', { lines: [{ product_id: shelf.product_id, units: shelf.units + 7 }] });
    await worker.settled();
    await eventually(async () => expect(await levelOf(SEATTLE, shelf.product_id)).toBe(shelf.units + 7));
    expect(await elsewhereOf(online, shelf.product_id)).toEqual(seenBefore);
    expect(await company.db.collection('orders').countDocuments({ order_id: orderId })).toBe(0);

    await card.getByRole('button', { name: 'Let it in again' }).click();
    await online.settled();
    await card.getByText('Online', { exact: true }).waitFor();
    await eventually(async () =>
      expect(await company.db.collection('orders').countDocuments({ order_id: orderId })).toBe(1),
    );
    await eventually(async () => expect(await elsewhereOf(online, shelf.product_id)).toBe(shelf.units + 7));
  });
});

/** What a device believes of Seattle's stock. */
async function elsewhereOf(device: DeviceApi, id: string): Promise<number | undefined> {
  const { elsewhere } = (await device.view('product', { id })) as {
    elsewhere: { store_id: string; stock_level: number }[];
  };
  return elsewhere.find(({ store_id }) => store_id === SEATTLE)?.stock_level;
}

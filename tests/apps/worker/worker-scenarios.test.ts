/**
 * The worker app's scenarios, each as a person plays it: on the screen of a phone, and then in MongoDB and on another device.
 * Each is also a chapter of docs/DEMO_SCENARIOS.md.
 */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { InventoryItem } from '../../../src/domain/index.ts';
import { CompanyBrowser, type DeviceApi, eventually } from '../../support/company-browser.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

let company: CompanyBrowser;
let seattle: DeviceApi;
let bellevue: DeviceApi;
let second: DeviceApi;
beforeAll(async () => {
  company = await CompanyBrowser.start({ customers: 200, orders: 800 });
  seattle = company.device('seattle-worker');
  bellevue = company.device('bellevue-worker');
  second = await company.addDevice('seattle-worker-2', 'store_seattle', 'worker');
});
afterEach(async () => {
  await company.closePages();
  for (const device of [seattle, bellevue, second]) await device.heal();
});
afterAll(() => company?.[Symbol.asyncDispose]());

interface ShelfRow {
  readonly product_id: string;
  readonly product_name: string;
  readonly believedUnits: number;
  readonly reorder_threshold: number;
}

const used = new Set<string>();

/** A product of the Seattle store that no other scenario touches, with enough on its shelf. */
async function freshProduct() {
  const items: ShelfRow[] = await seattle.view('aisle', { aisle: 'A5' });
  const fresh = items.find(({ product_id, believedUnits, reorder_threshold }) => {
    return !used.has(product_id) && believedUnits > Math.max(3, reorder_threshold);
  });
  if (fresh === undefined) throw new Error('Aisle A5 has no product left for another scenario.');
  used.add(fresh.product_id);
  return { id: fresh.product_id, name: fresh.product_name, units: fresh.believedUnits };
}

async function twoFreshProducts() {
  return [await freshProduct(), await freshProduct()] as const;
}

const answer = (page: Page) => page.getByRole('region', { name: 'Stock here' });
const stockOnScreen = (page: Page, units: number) => answer(page).getByText(String(units), { exact: true }).waitFor();
const itemInMongo = (store_id: string, product_id: string) =>
  company.db.collection<InventoryItem>('inventory').findOne({ store_id, product_id });
const levelInMongo = (store: string, product: string, units: number) =>
  eventually(async () => expect(await itemInMongo(store, product)).toMatchObject({ stock_level: units }));
const believedOn = (device: DeviceApi, id: string, units: number) =>
  eventually(async () => expect((await device.view('product', { id })).here.believedUnits).toBe(units));
const typeUnits = (page: Page, label: string | RegExp, units: number) =>
  page.getByRole('textbox', { name: label }).fill(String(units));
const toast = (page: Page, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).first().waitFor();

describe('finding and watching', () => {
  test('product location: a search leads to the aisle, shelf and bin, lit on the floor plan', async () => {
    const page = await company.open('seattle-worker');
    const search = page.getByRole('searchbox', { name: 'Search products' });
    await search.fill('claw hamer');
    const row = page.getByRole('link', { name: /Fiberglass Claw Hammer/ });
    await row.waitFor();
    await row.click();
    await page.getByRole('heading', { level: 1, name: /Fiberglass Claw Hammer/ }).waitFor();
    const item = await itemInMongo('store_seattle', 'prod_1');
    const { aisle, shelf, bin } = (item as InventoryItem).location;
    await answer(page).getByText(`in aisle ${aisle}`).waitFor();
    await answer(page).getByText(`shelf ${shelf}, bin ${bin}`).waitFor();
    const place = `aisle ${aisle}, shelf ${shelf}, bin ${bin}`;
    await page.getByRole('img', { name: `Floor plan: ${place}` }).waitFor();
    await page.getByRole('img', { name: `Front of the aisle: ${place}` }).waitFor();
    expect(await page.title()).toMatch(/^Fiberglass Claw Hammer/);
    await eventually(async () => expect(await page.evaluate('document.activeElement?.tagName')).toBe('H1'));
    await company.evidence(page, 'worker-product-location');

    // Back leads to what was asked, and the find is remembered.
    await page.goBack();
    await search.waitFor();
    expect(await search.inputValue()).toBe('claw hamer');
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('list', { name: 'Looked at lately' }).getByText('Fiberglass Claw Hammer').waitFor();

    // A hand scanner is a keyboard that types fast and ends with Enter.
    // Pressed in the page: on a busy machine keys from outside come as slowly as a person's.
    await page.evaluate(`for (const key of [...'HT-HAM-04', 'Enter']) {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }`);
    await page.getByRole('heading', { level: 1, name: /Ball Peen Hammer/ }).waitFor();
  });

  test('live stock: what a colleague does on another device shows without a touch', async () => {
    const product = await freshProduct();
    const page = await company.open('seattle-worker', { path: `/product/${product.id}` });
    await stockOnScreen(page, product.units);
    await second.perform('adjust', { product_id: product.id, units: -1, reason: 'Damaged' });
    await stockOnScreen(page, product.units - 1);
    const history = page.getByRole('list', { name: 'What happened' });
    await history.getByText('Damaged').waitFor();
    await history.getByText('seattle-worker-2').waitFor();
    await history.getByText('Synced').first().waitFor();
    await company.evidence(page, 'worker-live-stock');
    await levelInMongo('store_seattle', product.id, product.units - 1);
  });

  test('low-stock alert: it shows as the shelf empties, and the next step is one tap away', async () => {
    const product = await freshProduct();
    const page = await company.open('seattle-worker', { path: '/alerts' });
    await page.getByRole('heading', { name: 'Alerts' }).waitFor();
    const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: product.name, exact: true }) });
    expect(await row.count()).toBe(0);
    await second.perform('adjust', { product_id: product.id, units: 1 - product.units, reason: 'Used in the store' });
    await row.waitFor();
    await row.getByText('Low', { exact: true }).waitFor();
    await eventually(async () => {
      const raised = { kind: 'low_stock', state: 'open', 'subjects.product_id': product.id };
      expect(await company.db.collection('alerts').findOne(raised)).not.toBeNull();
    });
    await row.getByRole('button', { name: 'Take on' }).waitFor();
    await company.evidence(page, 'worker-low-stock-alert');

    await row.getByRole('button', { name: 'Take on' }).click();
    await row.getByText('Taken on').waitFor();
    await row.getByRole('button', { name: /^Order \d/ }).click();
    await page.getByRole('button', { name: /^Order \d+ units/ }).click();
    await toast(page, 'Ordered from the warehouse');
    await page.getByRole('list', { name: 'Low, on its way' }).getByText(product.name).waitFor();
    await eventually(async () => {
      const order = await company.db
        .collection('replenishment_orders')
        .findOne({ [`lines.${product.id}`]: { $exists: true } });
      expect(order).toMatchObject({ store_id: 'store_seattle', status: 'placed' });
    });
  });
});

describe('stock that moves', () => {
  test('transfer between stores: requested here, picked and sent there, received here', async () => {
    const item = await freshProduct();
    const there = (await bellevue.view('product', { id: item.id })).here.believedUnits as number;
    await bellevue.perform('count', { lines: [{ product_id: item.id, units: there + 3 }], reason: 'Found elsewhere' });
    await bellevue.settled();

    const asking = await company.open('seattle-worker', { path: `/product/${item.id}` });
    await asking.getByRole('button', { name: /^Request from Bellevue/ }).click();
    await typeUnits(asking, 'Units', 2);
    await asking.getByRole('button', { name: 'Ask for it' }).click();
    await toast(asking, 'Asked Bellevue');

    const sending = await company.open('bellevue-worker', { path: '/work' });
    await sending
      .getByRole('list', { name: 'To pick and send' })
      .getByRole('link', { name: /To Seattle/ })
      .click();
    await sending.getByRole('button', { name: `Picked: ${item.name}` }).click();
    await sending.getByText('1 of 1 picked').waitFor();
    await company.evidence(sending, 'worker-transfer-pick');
    await sending.getByRole('button', { name: 'Send 2 units' }).click();
    await sending.getByRole('img', { name: 'From Bellevue to Seattle: In transit' }).waitFor();
    await levelInMongo('store_bellevue', item.id, there + 1);

    await answer(asking).getByText('2 in transit').waitFor();
    await asking.getByRole('link', { name: /Stock work/ }).click();
    await asking
      .getByRole('list', { name: 'To receive' })
      .getByRole('link', { name: /From Bellevue/ })
      .click();
    await asking.getByRole('button', { name: 'Receive 2 units' }).click();
    await asking.getByRole('img', { name: 'From Bellevue to Seattle: Received' }).waitFor();
    await company.evidence(asking, 'worker-transfer-received');
    await levelInMongo('store_seattle', item.id, item.units + 2);
    await believedOn(second, item.id, item.units + 2);
  });

  test('warehouse order and receipt: part of it today, more than was ordered tomorrow, each explained', async () => {
    const [one, other] = await twoFreshProducts();
    for (const { id, units } of [one, other]) {
      await second.perform('adjust', { product_id: id, units: 1 - units, reason: 'Used in the store' });
    }
    await believedOn(seattle, other.id, 1);
    const page = await company.open('seattle-worker', { path: '/work/order' });
    await page.getByRole('textbox', { name: `Units of ${one.name}` }).waitFor();
    // What else runs low in the store is left for another day.
    for (const field of await page.getByRole('textbox', { name: /^Units of/ }).all()) await field.fill('0');
    await typeUnits(page, `Units of ${one.name}`, 6);
    await typeUnits(page, `Units of ${other.name}`, 4);
    await page.getByRole('button', { name: 'Order 2 products · 10 units' }).click();
    await toast(page, 'Ordered from the warehouse');

    await page
      .getByRole('list', { name: 'To receive' })
      .getByRole('link', { name: /2 products/ })
      .click();
    await typeUnits(page, `Units that came of ${one.name}`, 6);
    await typeUnits(page, `Units that came of ${other.name}`, 1);
    await page.getByText('3 still to come').waitFor();
    await page.getByRole('button', { name: 'Receive 7 units' }).click();
    await toast(page, 'Received 7 units');
    await page.getByText('1 of 4 came').waitFor();
    await company.evidence(page, 'worker-receipt-in-part');

    await typeUnits(page, `Units that came of ${other.name}`, 5);
    await page.getByText('2 more than ordered').waitFor();
    expect(await page.getByRole('button', { name: 'Receive 5 units' }).isDisabled()).toBe(true);
    await page.getByText('Packed too many').click();
    await page.getByRole('button', { name: 'Receive 5 units' }).click();
    await toast(page, 'Received 5 units');
    await levelInMongo('store_seattle', one.id, 7);
    await levelInMongo('store_seattle', other.id, 7);
    await eventually(async () => {
      const order = await company.db
        .collection('replenishment_orders')
        .findOne({ [`lines.${other.id}`]: { $exists: true } });
      expect(order).toMatchObject({ status: 'received', lines: { [other.id]: { ordered: 4, received: 6 } } });
    });
    await believedOn(second, other.id, 7);
  });
});

describe('counting', () => {
  test('physical count: an aisle is counted blind, and what differs is explained', async () => {
    const items = ((await seattle.view('aisle', { aisle: 'A6' })) as ShelfRow[]).slice(0, 2) as [ShelfRow, ShelfRow];
    const page = await company.open('seattle-worker', { path: '/work/count' });
    await page.getByRole('link', { name: /^A6 / }).click();
    await page.getByRole('heading', { name: 'Count aisle A6' }).waitFor();
    await typeUnits(page, `Units of ${items[0].product_name}`, items[0].believedUnits);
    await typeUnits(page, `Units of ${items[1].product_name}`, items[1].believedUnits + 3);
    expect(await page.getByText(/expected/).count()).toBe(0);

    // A reload loses nothing of the walk.
    await page.reload();
    await page.getByText(/^2 of \d+ counted/).waitFor();
    await page.getByRole('button', { name: 'Check 2 counts' }).click();
    await page.getByText('1 of 2 as expected').waitFor();
    await page.getByText('3 more than expected').waitFor();
    expect(await page.getByRole('button', { name: 'Explain 1 more' }).isDisabled()).toBe(true);
    await page.getByLabel('Why it differs').selectOption('Found elsewhere');
    await company.evidence(page, 'worker-physical-count');
    await page.getByRole('button', { name: 'Save the count' }).click();
    await toast(page, '2 products counted');
    await levelInMongo('store_seattle', items[1].product_id, items[1].believedUnits + 3);
    const counts = company.db.collection('stock_movements');
    await eventually(async () => {
      expect(
        await counts.countDocuments({ product_id: items[1].product_id, kind: 'count', reason: 'Found elsewhere' }),
      ).toBe(1);
    });
    await believedOn(second, items[1].product_id, items[1].believedUnits + 3);
  });

  test('two workers on different products: both work offline, and both find the other’s work when they are back', async () => {
    const [mine, theirs] = await twoFreshProducts();
    await seattle.cut();
    await second.cut();
    const page = await company.open('seattle-worker', { path: `/product/${mine.id}` });
    await countOnPage(page, mine.units + 1);
    const other = await company.open(second, { path: `/product/${theirs.id}` });
    await countOnPage(other, theirs.units + 2);
    await answer(page).getByText('Saved here').waitFor();
    await page.getByRole('link', { name: /Working offline · 1 change waiting/ }).waitFor();
    await company.evidence(page, 'worker-two-workers-offline');

    await seattle.heal();
    await second.heal();
    await answer(page).getByText('Synced').waitFor();
    await levelInMongo('store_seattle', mine.id, mine.units + 1);
    await levelInMongo('store_seattle', theirs.id, theirs.units + 2);
    await believedOn(seattle, theirs.id, theirs.units + 2);
    await believedOn(second, mine.id, mine.units + 1);
  });

  test('two counts of one item: the later wins, and the other stays in the history of the item', async () => {
    const item = await freshProduct();
    await seattle.cut();
    await second.cut();
    const first = await company.open('seattle-worker', { path: `/product/${item.id}` });
    await countOnPage(first, item.units + 5);
    const later = await company.open(second, { path: `/product/${item.id}` });
    await countOnPage(later, item.units + 1);
    // The earlier count arrives last, and must not win.
    await second.heal();
    await seattle.heal();
    await levelInMongo('store_seattle', item.id, item.units + 1);
    await stockOnScreen(first, item.units + 1);
    const history = first.getByRole('list', { name: 'What happened' });
    await history.getByText(`= ${item.units + 1}`).waitFor();
    await history.getByText(`= ${item.units + 5}`).waitFor();
    await eventually(async () => expect(await history.getByText('Synced').count()).toBe(2));
    await company.evidence(first, 'worker-two-counts');
    await believedOn(second, item.id, item.units + 1);
  });

  test('moving while counting: one worker counts, another gives the product a new place, and both are kept', async () => {
    const item = await freshProduct();
    await seattle.cut();
    await second.cut();
    const counting = await company.open('seattle-worker', { path: `/product/${item.id}` });
    await countOnPage(counting, item.units + 2);
    const moving = await company.open(second, { path: `/product/${item.id}` });
    await moving.getByRole('button', { name: 'Move', exact: true }).click();
    await moving.getByRole('combobox', { name: 'Bin' }).selectOption('6');
    await moving.getByRole('combobox', { name: 'Shelf' }).selectOption('8');
    await moving.getByRole('button', { name: 'Move it here' }).click();
    await toast(moving, /Now in aisle A5, shelf 8, bin 6/);
    await seattle.heal();
    await second.heal();
    for (const page of [counting, moving]) {
      await answer(page).getByText('shelf 8, bin 6').waitFor();
      await stockOnScreen(page, item.units + 2);
    }
    await company.evidence(moving, 'worker-moving-while-counting');
    await eventually(async () => {
      expect(await itemInMongo('store_seattle', item.id)).toMatchObject({
        stock_level: item.units + 2,
        location: { aisle: 'A5', shelf: '8', bin: '6' },
      });
    });
  });
});

async function countOnPage(page: Page, units: number): Promise<void> {
  await page.getByRole('button', { name: 'Count', exact: true }).click();
  await typeUnits(page, 'Units on the shelf', units);
  await page.getByRole('button', { name: 'Save the count' }).click();
  await stockOnScreen(page, units);
}

import { beforeAll, describe, expect, test } from 'vitest';
import { type CompanyBrowser, eventually, LAPTOP, PHONE, TABLET } from '../../support/company-browser.ts';
import {
  aCustomerOf,
  checkOut,
  chooseCustomer,
  dollars,
  openCounter,
  putIntoBasket,
  SEATTLE,
  stockedProducts,
} from './sales-counter.ts';

/** What a sales rep does in a day, on real devices. */
export function describeScenarios(companyNow: () => CompanyBrowser): void {
  let company: CompanyBrowser;
  beforeAll(() => {
    company = companyNow();
  });

  const levelOf = async (product_id: string) =>
    (await company.db.collection('inventory').findOne({ store_id: SEATTLE, product_id }))?.['stock_level'];

  describe('finding', () => {
    test('what shares no word with the question comes from headquarters, first where it is a whole question; offline it does not', async () => {
      const sales = company.device('seattle-sales');
      const page = await openCounter(company, TABLET);
      await page.goto(`${sales.url}/?q=water+comes+out+of+the+toilet`);
      const meant = page.getByRole('heading', { name: 'May be what you mean' });
      await meant.waitFor();
      const section = page.locator('section').filter({ has: meant });
      await section
        .getByText('Toilet Fill Valve and Flapper Kit')
        .or(section.getByText(/Faucet/))
        .first()
        .waitFor();
      await company.evidence(page, 'sales-search-by-meaning');
      await sales.cut();
      await meant.waitFor({ state: 'detached' });
      await page.getByRole('searchbox', { name: 'Search the catalogue' }).fill('hamer');
      await page.getByText('products for “hamer”').waitFor();
      await sales.heal();
      // Of a name, the device's own answers stay where they are.
      await page.getByRole('searchbox', { name: 'Search the catalogue' }).fill('faucet');
      await meant.waitFor();
      await page.getByRole('heading', { name: 'With these words' }).waitFor({ state: 'detached' });
    });
  });

  describe('selling', () => {
    test('an order takes its units from the stock of all devices', async () => {
      const sales = company.device('seattle-sales');
      const [product] = await stockedProducts(sales);
      if (product === undefined) throw new Error('The store keeps nothing.');
      const customer = await aCustomerOf(sales);
      const left = product.units - 2;

      const worker = await company.open('seattle-worker', { ...PHONE, path: `/product/${product.product_id}` });
      await worker.getByRole('heading', { name: product.product_name }).waitFor();
      const other = await company.open('bellevue-worker', { ...PHONE, path: `/product/${product.product_id}` });
      await other.getByRole('heading', { name: product.product_name }).waitFor();

      const page = await openCounter(company, TABLET);
      await putIntoBasket(page, product, 2);
      await chooseCustomer(page, customer.last_name);
      await company.evidence(page, 'sales-basket');
      const orderId = await checkOut(page);
      await page.getByText('Synced').last().waitFor();
      await company.evidence(page, 'sales-order-decrements-stock');

      const order = await eventually(async () => {
        const found = await company.db.collection('orders').findOne({ order_id: orderId });
        expect(found).toMatchObject({ customer_id: customer.customer_id, status: 'completed' });
        return found;
      });
      await page.getByRole('heading', { name: `Sold for ${dollars(order?.['total'])}` }).waitFor();
      await eventually(async () => expect(await levelOf(product.product_id)).toBe(left));
      // The colleagues' screens follow without being asked.
      await worker.getByRole('region', { name: 'Stock here' }).getByText(String(left), { exact: true }).waitFor();
      await company.evidence(worker, 'sales-order-on-the-worker’s-phone');
      await eventually(async () => {
        const { elsewhere } = await company.device('bellevue-worker').view('product', { id: product.product_id });
        expect(elsewhere).toContainEqual(expect.objectContaining({ store_id: SEATTLE, stock_level: left }));
      });
      await page.goto(`${sales.url}/products/${product.product_id}`);
      await page.getByText(`${left} here`, { exact: true }).first().waitFor();
    });

    test('the open basket watches the shelf: what a colleague takes is flagged at once, with ways out', async () => {
      const sales = company.device('seattle-sales');
      const products = await stockedProducts(sales);
      const product = products.find(
        ({ type_id, units, product_id }) =>
          units >= 2 &&
          units <= 4 &&
          products.some((one) => one.type_id === type_id && one.product_id !== product_id && one.units > 4),
      );
      if (product === undefined) throw new Error('Nothing has a substitute.');
      const page = await openCounter(company, TABLET);
      await putIntoBasket(page, product, 2);
      const basket = page.getByRole('complementary');
      await basket.getByText('2 units').waitFor();
      expect(await basket.getByRole('alert').count()).toBe(0);

      // A colleague finds all but one broken.
      await company.device('seattle-worker').perform('count', {
        lines: [{ product_id: product.product_id, units: 1 }],
        reason: 'Broken',
      });
      await basket.getByText('Only 1 of 2 here').waitFor();
      await company.evidence(page, 'sales-short-line');

      await basket.getByRole('button', { name: 'Take 1', exact: true }).click();
      await basket.getByRole('alert').waitFor({ state: 'detached' });
      await basket.getByRole('button', { name: `Units of ${product.product_name}: one more` }).click();
      const [substitute] = (await sales.view('substitutes', { id: product.product_id })) as { product_name: string }[];
      await basket.getByRole('button', { name: new RegExp(escaped(substitute?.product_name ?? '')) }).click();
      await basket.getByRole('link', { name: substitute?.product_name ?? '' }).waitFor();
      expect(await basket.getByRole('link', { name: product.product_name }).count()).toBe(0);
      // And back again, by the undo.
      await page.getByRole('button', { name: 'Undo' }).click();
      await basket.getByText('Only 1 of 2 here').waitFor();

      // It is sold all the same, for a reason; headquarters raises an alert for a person.
      const customer = await aCustomerOf(sales);
      await chooseCustomer(page, customer.last_name);
      await page.getByRole('button', { name: /^Check out/ }).click();
      const dialog = page.getByRole('dialog', { name: 'Sell more than is known to be here?' });
      await dialog.getByRole('button', { name: /^Sell anyway/ }).click();
      await dialog.getByText('Choose a reason or write one.').waitFor();
      await dialog.getByRole('button', { name: 'It is in my hand' }).click();
      await company.evidence(page, 'sales-override');
      await dialog.getByRole('button', { name: /^Sell anyway/ }).click();
      await page.getByText('More than was known to be here').waitFor();
      await eventually(async () => expect(await levelOf(product.product_id)).toBe(-1));
      await eventually(async () =>
        expect(
          await company.db
            .collection('alerts')
            .countDocuments({ 'subjects.product_id': product.product_id, kind: 'oversold' }),
        ).toBe(1),
      );
    });

    test('a sale without a network is done at once, survives a reload, and arrives when the network is back', async () => {
      const sales = company.device('seattle-sales');
      const [, product] = await stockedProducts(sales);
      if (product === undefined) throw new Error('The store keeps nothing.');
      const customer = await aCustomerOf(sales);
      await sales.cut();
      const page = await openCounter(company, TABLET);
      await page.getByText('Working offline').waitFor();
      await putIntoBasket(page, product, 3);
      await chooseCustomer(page, customer.last_name);
      await page.reload();
      const basket = page.getByRole('complementary');
      await basket.getByText('3 units').waitFor();
      await basket.getByText(`${customer.first_name} ${customer.last_name}`).waitFor();
      await page.getByRole('button', { name: `Discount on ${product.product_name}` }).click();
      await page.getByRole('dialog', { name: 'Discount' }).getByRole('button', { name: '10 %' }).click();
      await basket.getByText('10 % off').waitFor();
      const orderId = await checkOut(page);
      await page.getByText('Saved here').waitFor();
      await page.getByText(/1 change waiting/).waitFor();
      await company.evidence(page, 'sales-offline');
      expect(await company.db.collection('orders').countDocuments({ order_id: orderId })).toBe(0);
      await sales.heal();
      await page.getByText('Saved here').waitFor({ state: 'detached' });
      expect(await company.db.collection('orders').countDocuments({ order_id: orderId })).toBe(1);
      const item = await company.db.collection('order_items').findOne({ order_id: orderId });
      expect(item).toMatchObject({ quantity: 3, discount_percent: 10 });
    });
  });

  describe('history', () => {
    test('an order keeps what happened to it: sold, brought back in part, paid back to the cent', async () => {
      const sales = company.device('seattle-sales');
      const [product] = await stockedProducts(sales);
      if (product === undefined) throw new Error('The store keeps nothing.');
      const customer = await aCustomerOf(sales);
      const page = await openCounter(company, TABLET);
      await putIntoBasket(page, product, 3);
      await chooseCustomer(page, customer.last_name);
      const orderId = await checkOut(page);
      const { order } = await sales.view('order', { id: orderId });

      await page.getByRole('link', { name: 'Show the order' }).click();
      await page.getByRole('button', { name: 'Take back' }).click();
      const dialog = page.getByRole('dialog', { name: 'Take back' });
      const refundButton = dialog.getByRole('button', { name: /^Pay back/ });
      await dialog.getByRole('button', { name: `${product.product_name}: one more` }).click();
      await refundButton.waitFor();
      const { refund } = await sales.view('refund', {
        id: orderId,
        lines: JSON.stringify([{ product_id: product.product_id, quantity: 1 }]),
      });
      await dialog.getByRole('button', { name: `Pay back ${dollars(refund.total)}`, exact: true }).waitFor();
      await dialog.getByRole('button', { name: 'Wrong size' }).click();
      await company.evidence(page, 'sales-take-back');
      await refundButton.click();
      await page.getByText(`1 × ${product.product_name} came back`).waitFor();
      expect(await page.getByRole('button', { name: 'Cancel order' }).count()).toBe(0);
      await company.evidence(page, 'sales-history');
      await sales.settled();
      await eventually(async () => expect(await levelOf(product.product_id)).toBe(product.units - 2));
      expect(
        await company.db.collection('stock_movements').findOne({ order_id: orderId, kind: 'return' }),
      ).toMatchObject({ quantity: 1, reason: 'Wrong size' });

      // The customer's page knows it, and the receipt says it.
      await page.getByRole('link', { name: order.customer_name, exact: true }).click();
      await page.getByRole('link', { name: new RegExp(`Order ${orderId.slice(0, 8)}`, 'i') }).waitFor();
      await page.goto(`${sales.url}/orders/${orderId}/receipt`);
      await page.getByText('Paid back').first().waitFor();
      expect(await page.getByRole('img', { name: /^Barcode of order/ }).count()).toBe(1);
      await company.evidence(page, 'sales-receipt');
    });

    test('an order that waits is handed over, another is called off; its number finds it', async () => {
      const sales = company.device('seattle-sales');
      const [product] = await stockedProducts(sales);
      if (product === undefined) throw new Error('The store keeps nothing.');
      const customer = await aCustomerOf(sales);
      const page = await openCounter(company, LAPTOP);
      const sold: string[] = [];
      for (const _each of ['first', 'second']) {
        await putIntoBasket(page, product);
        await chooseCustomer(page, customer.last_name);
        await page.getByRole('button', { name: 'Later' }).click();
        sold.push(await checkOut(page));
        await page.getByRole('link', { name: 'New sale' }).click();
      }
      const [kept, called] = sold as [string, string];
      await page.keyboard.press('o');
      await page.getByRole('heading', { name: 'Orders' }).first().waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type(kept.slice(0, 8));
      await eventually(async () => {
        await page.getByRole('searchbox', { name: 'Search orders' }).press('ArrowDown');
        expect(await page.evaluate<string>("document.activeElement?.getAttribute('href') ?? ''")).toBe(
          `/orders/${kept}`,
        );
      });
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Hand over', exact: true }).click();
      await page
        .getByText(/is handed over/)
        .first()
        .waitFor();

      await page.goto(`${sales.url}/orders/${called}`);
      await page.getByRole('button', { name: 'Cancel order' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Rung up by mistake' }).click();
      await dialog.getByRole('button', { name: 'Cancel the order' }).click();
      await page.getByRole('article').getByText('Cancelled').first().waitFor();
      await company.evidence(page, 'sales-cancelled');
      await sales.settled();
      const statusOf = async (order_id: string) =>
        (await company.db.collection('orders').findOne({ order_id }))?.['status'];
      expect([await statusOf(kept), await statusOf(called)]).toEqual(['completed', 'cancelled']);
      await eventually(async () => expect(await levelOf(product.product_id)).toBe(product.units - 1));
    });
  });

  describe('customer look-up', () => {
    test('a customer is found by name, e-mail address and telephone number, with the history', async () => {
      const sales = company.device('seattle-sales');
      const customer = await aCustomerOf(sales);
      const page = await company.open('seattle-sales', { ...TABLET, path: '/customers' });
      const name = `${customer.first_name} ${customer.last_name}`;
      const search = page.getByRole('searchbox', { name: 'Search customers' });
      // The name comes last: of a telephone number there may be several.
      const said = [customer.last_name, customer.phone.replace(/\D/g, ''), customer.email.slice(0, -3), name];
      for (const text of said) {
        await search.fill('nobody at all');
        await page.getByText('Nobody of that name here').first().waitFor();
        await search.fill(text);
        await page
          .getByRole('link', { name: new RegExp(escaped(name)) })
          .first()
          .waitFor();
      }
      await search.press('Enter');
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      const { spent } = await sales.view('customer', { id: customer.customer_id });
      await page.getByText(dollars(spent), { exact: true }).first().waitFor();
      await company.evidence(page, 'sales-customer');
      await search.fill('nobody of this name');
      await page.getByText('Nobody of that name here').first().waitFor();
      await company.evidence(page, 'sales-customer-not-found');
    });

    test('a new customer is written down without a network, told in words what is wrong, and arrives at headquarters', async () => {
      const sales = company.device('seattle-sales');
      await sales.cut();
      const page = await company.open('seattle-sales', { ...PHONE, path: '/customers/new' });
      await page.getByLabel('First name').fill('Grace');
      await page.getByLabel('E-mail').fill('grace.hopper');
      await page.getByLabel('Telephone').fill('206 555');
      await page.getByRole('button', { name: 'Add customer' }).click();
      await page.getByText('Write the last name.').waitFor();
      await page.getByText('An e-mail address has an @').waitFor();
      await page.getByText('A telephone number has ten digits').waitFor();
      await company.evidence(page, 'sales-customer-faults');
      await page.getByLabel('Last name').fill('Hopper');
      await page.getByLabel('E-mail').fill('grace.hopper@example.com');
      await page.getByLabel('Telephone').fill('206 555 0123');
      await page.getByRole('button', { name: 'Add customer' }).click();
      await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor();
      await page.getByText('Saved here').waitFor();

      await page.getByRole('link', { name: 'Edit' }).click();
      await page.getByLabel('Last name').fill('Murray Hopper');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('heading', { name: 'Grace Murray Hopper' }).waitFor();
      await company.evidence(page, 'sales-customer-phone');
      await sales.heal();
      expect(await company.db.collection('customers').findOne({ email: 'grace.hopper@example.com' })).toMatchObject({
        last_name: 'Murray Hopper',
        phone: '(206) 555-0123',
        primary_store_id: SEATTLE,
      });
      await page.getByRole('button', { name: 'Start a basket' }).click();
      await page.getByRole('link', { name: 'Basket' }).click();
      await page.getByRole('button', { name: /^For Grace Murray Hopper/ }).waitFor();
      await page.getByText('The basket is empty').waitFor();
      await company.evidence(page, 'sales-basket-empty');
    });
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

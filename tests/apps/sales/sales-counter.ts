/** What a sales rep does again and again, as a person does it: by role and by words. */
import type { Page } from 'playwright-core';
import type { CompanyBrowser, DeviceApi } from '../../support/company-browser.ts';

export const SEATTLE = 'store_seattle';

export interface StockedProduct {
  readonly product_id: string;
  readonly product_name: string;
  readonly type_id: string;
  readonly base_price: number;
  readonly units: number;
}

/** Products by how many of them the device believes are here, the fullest first. */
export async function stockedProducts(device: DeviceApi): Promise<StockedProduct[]> {
  const products = (await device.view('catalogue')) as Omit<StockedProduct, 'units'>[];
  const units = (await device.view('units-here')) as Record<string, number>;
  return products
    .map((product) => ({ ...product, units: units[product.product_id] ?? 0 }))
    .sort((one, other) => other.units - one.units);
}

/** A customer whose last name no other customer of this device begins with. */
export async function aCustomerOf(device: DeviceApi) {
  const orders = (await device.view('orders', { limit: '100' })) as { customer_id: string }[];
  for (const { customer_id } of orders) {
    const { customer } = await device.view('customer', { id: customer_id });
    const found = (await device.view('customers', { q: customer.last_name })) as unknown[];
    if (found.length === 1)
      return customer as Record<'customer_id' | 'first_name' | 'last_name' | 'email' | 'phone', string>;
  }
  throw new Error('Every customer has a namesake.');
}

/** The catalogue, with the basket beside it where the page is wide enough. */
export async function openCounter(company: CompanyBrowser, view: Parameters<CompanyBrowser['open']>[1] = {}) {
  const page = await company.open('seattle-sales', view);
  await page.getByRole('searchbox', { name: 'Search the catalogue' }).waitFor();
  return page;
}

/** Finds a product by its name, and puts so many into the basket with +. */
export async function putIntoBasket(page: Page, { product_name }: StockedProduct, units = 1): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search the catalogue' }).fill(product_name);
  const add = page.getByRole('button', { name: `Add ${product_name} to the basket`, exact: true });
  for (let put = 0; put < units; put += 1) await add.click();
}

export async function chooseCustomer(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Choose a customer' }).click();
  const dialog = page.getByRole('dialog', { name: 'Choose a customer' });
  await dialog.getByRole('searchbox').fill(name);
  // Before that the list may still be of who was served lately.
  await dialog.getByText('1 customer', { exact: true }).waitFor();
  await dialog
    .getByRole('button', { name: new RegExp(name) })
    .first()
    .click();
  await dialog.waitFor({ state: 'detached' });
}

/** Sells what is in the basket; the receipt is on the screen when this resolves. */
export async function checkOut(page: Page): Promise<string> {
  await page.getByRole('button', { name: /^Check out/ }).click();
  await page.getByRole('heading', { name: /^Sold for/ }).waitFor();
  return orderIdOf(page);
}

/** Of the address at which the page is. */
export const orderIdOf = (page: Page): string => new URL(page.url()).pathname.split('/')[2] as string;

/** $1,234.50 */
export const dollars = (amount: number): string =>
  amount.toLocaleString('en-US', { style: 'currency', currency: 'USD' });

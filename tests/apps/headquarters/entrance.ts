import { beforeAll, describe, expect, test } from 'vitest';
import { type CompanyBrowser, eventually, LAPTOP, PHONE, TABLET } from '../../support/company-browser.ts';

/** The first page, and the guided tour that it leads to. */
export function describeEntrance(companyNow: () => CompanyBrowser): void {
  let company: CompanyBrowser;
  beforeAll(() => {
    company = companyNow();
  });

  describe('the entrance of the company', () => {
    test.each([
      ['phone', { ...PHONE, colorScheme: 'light' }],
      ['tablet', { ...TABLET, colorScheme: 'light' }],
      ['laptop', { ...LAPTOP, colorScheme: 'light' }],
      ['laptop-dark', { ...LAPTOP, colorScheme: 'dark' }],
    ] as const)('it shows the company and a card for each device: %s', async (name, view) => {
      const page = await company.open('headquarters', view);
      await page.getByRole('heading', { name: 'All 4 devices are online' }).waitFor();
      for (const device of ['Seattle worker', 'Seattle sales', 'Bellevue worker', 'Online sales']) {
        const card = page.getByRole('article', { name: device });
        expect(await card.getByRole('link', { name: new RegExp(`: ${device}`) }).getAttribute('href')).toMatch(
          /^http:\/\/127/,
        );
        expect(await card.getByRole('switch', { name: `Network of ${device}` }).isChecked()).toBe(true);
      }
      await company.evidence(page, `entrance-${name}`);
    });

    test('its switch really cuts a device’s network, and the card says so at once', async () => {
      const page = await company.open('headquarters', LAPTOP);
      const card = page.getByRole('article', { name: 'Bellevue worker' });
      await card.getByRole('switch').click();
      await card.getByText('Offline').waitFor();
      expect(await company.device('bellevue-worker').state()).toMatchObject({
        phase: 'offline',
        isAllowedOnline: false,
      });
      await page.getByRole('heading', { name: '3 of 4 devices online' }).waitFor();

      // What is done there meanwhile waits, and the card tells it.
      const [product] = await company.device('bellevue-worker').view('search', { q: 'hammer' });
      await company.device('bellevue-worker').perform('count', {
        lines: [{ product_id: product.product.product_id, units: 3 }],
      });
      await card.getByText('1 change waiting').waitFor();
      await company.evidence(page, 'entrance-one-cut');

      await card.getByRole('switch').click();
      await card.getByText('Online', { exact: true }).waitFor();
      await company.device('bellevue-worker').settled();
      expect(
        await company.db
          .collection('stock_movements')
          .countDocuments({ store_id: 'store_bellevue', kind: 'count', quantity: 3 }),
      ).toBeGreaterThan(0);
    });
  });

  describe('the guided tour', () => {
    test('its steps tick themselves when the devices show that they were done', async () => {
      const page = await company.open('headquarters', { ...LAPTOP, path: '/tour/offline-work' });
      await page.getByRole('heading', { name: 'Offline work that syncs back' }).waitFor();
      const ticked = () => page.getByRole('checkbox', { checked: true }).count();
      expect(await ticked()).toBe(0);
      await page.getByRole('switch', { name: 'Network of Seattle worker' }).first().click();
      await eventually(async () => expect(await ticked()).toBe(1));
      const seattle = company.device('seattle-worker');
      const [found] = await seattle.view('search', { q: 'hammer' });
      await seattle.perform('count', { lines: [{ product_id: found.product.product_id, units: 12 }] });
      await eventually(async () => expect(await ticked()).toBe(2));
      await page.getByRole('checkbox').nth(2).click();
      await company.evidence(page, 'tour-laptop');
      await page.getByRole('switch', { name: 'Network of Seattle worker' }).first().click();
      await eventually(async () => expect(await ticked()).toBe(5));
      await seattle.settled();

      await page.keyboard.press('ArrowRight');
      await page.getByRole('heading', { name: 'Product location' }).waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'Offline work that syncs back' }).waitFor();
      expect(await ticked()).toBe(5);
    });

    test('every chapter opens at its own address and fits a phone', async () => {
      const page = await company.open('headquarters', { path: '/tour' });
      const chapters = page.getByRole('navigation', { name: /The tour/ }).getByRole('link');
      await eventually(async () => expect(await chapters.count()).toBe(16));
      const addresses = await Promise.all((await chapters.all()).map((chapter) => chapter.getAttribute('href')));
      for (const address of addresses) {
        await page.goto(`${company.url}${address}`);
        await page.getByRole('heading', { level: 2 }).waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
      }
      await company.evidence(page, 'tour-phone');
    });
  });
}

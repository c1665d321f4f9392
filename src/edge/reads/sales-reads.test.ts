import { describe, expect, test } from 'vitest';
import { aCustomer, anItem, aProduct, aShop, aStore, SEATTLE, TACOMA, TestDevice } from '../retail/device.fixture.ts';

const line = (number: number, quantity: number, discount_percent = 0) => ({
  product_id: `prod_${number}`,
  quantity,
  discount_percent,
});

describe('what a counter shows', () => {
  test('[ED33] a quote says what a sale would: the same totals, and what is short with its ways out', async () => {
    const documents = {
      ...aShop,
      stores: [aStore(SEATTLE), aStore(TACOMA)],
      products: [
        aProduct(1),
        aProduct(2, { base_price: 7.35 }),
        aProduct(3, { base_price: 8 }),
        aProduct(4, { base_price: 30 }),
        aProduct(5, { base_price: 7, type_id: 'ptype_saws_2' }),
      ],
      inventory: [...[1, 2, 3, 4, 5].map((number) => anItem(SEATTLE, number, 3)), anItem(TACOMA, 2, 30)],
    };
    await using device = await TestDevice.open({ documents });
    const { retail } = device;
    const lines = [line(1, 2, 15), line(2, 5)];
    const quote = await retail.views.quote([...lines, line(9, 1)]);
    expect(quote).toMatchObject({ gone: ['prod_9'], tax_percent: 9.5, subtotal: 70.73, discount_total: 6 });
    expect(quote.lines[0]).toMatchObject({ believedUnits: 3, missingUnits: 0, substitutes: [], line_total: 33.98 });
    const [, short] = quote.lines;
    expect(short).toMatchObject({ missingUnits: 2, elsewhere: [{ store_id: TACOMA, units: 30 }] });
    // Of the same type alone, the nearest in price first.
    expect(short?.substitutes.map(({ product_id }) => product_id)).toEqual(['prod_3', 'prod_1', 'prod_4']);
    const input = { customer_id: 'customer_1', lines };
    expect(await retail.perform('sell', input)).toMatchObject({ outcome: 'short' });
    const sale = await retail.perform('sell', { ...input, override: { reason: 'In the back' } });
    const { subtotal, tax, total } = quote;
    expect(sale).toMatchObject({ outcome: 'done', facts: { subtotal, tax, total } });
  });

  test('[ED33] what is sold out stands in for nothing, and the list of units follows every sale', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    expect((await retail.views.substitutes('prod_1'))?.map(({ product_id }) => product_id)).toEqual([
      'prod_2',
      'prod_3',
    ]);
    await retail.perform('sell', { customer_id: 'customer_1', lines: [{ product_id: 'prod_2', quantity: 3 }] });
    expect((await retail.views.substitutes('prod_1'))?.map(({ product_id }) => product_id)).toEqual(['prod_3']);
    expect(await retail.views.unitsHere()).toEqual({ prod_1: 10, prod_2: 0, prod_3: 40 });
    expect(await retail.views.substitutes('prod_9')).toBeUndefined();
    expect((await retail.views.catalogue()).map(({ product_id }) => product_id)).toEqual([
      'prod_1',
      'prod_2',
      'prod_3',
    ]);
  });

  test('[ED34] a refund is told before it is given, and to the cent what is given', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const sale = await retail.perform('sell', { customer_id: 'customer_1', lines: [line(1, 3, 5)] });
    if (sale.outcome !== 'done') throw new Error(sale.outcome);
    const { order_id, total } = sale.facts;
    const told = await retail.views.refund(order_id, [line(1, 2)]);
    if (told?.outcome !== 'refundable') throw new Error('It is refundable.');
    const lines = [{ product_id: 'prod_1', quantity: 2 }];
    const given = await retail.perform('return', { order_id, lines, reason: 'Wrong size' });
    expect(given).toMatchObject({ outcome: 'done', facts: { refund: told.refund } });
    const view = await retail.views.order(order_id);
    expect(view).toMatchObject({ refunded: told.refund.total, returns: [{ units: 2, reason: 'Wrong size' }] });
    expect(await retail.views.refund(order_id, [line(1, 2)])).toMatchObject({ outcome: 'more_than_sold' });
    await retail.perform('return', { order_id, lines: [{ product_id: 'prod_1', quantity: 1 }], reason: 'Wrong size' });
    expect(await retail.views.order(order_id)).toMatchObject({ refunded: total, order: { status: 'restocked' } });
    expect(await retail.views.customer('customer_1')).toMatchObject({ spent: 0 });
  });

  test('[ED18] customers are found by what they say: names in either order, an address, a number', async () => {
    const customers = [
      aCustomer(1, { phone: '(206) 555-0123' }),
      aCustomer(2, { first_name: 'Byron', last_name: 'Ayers', phone: '(425) 555-0199' }),
      aCustomer(3, {
        first_name: 'Grace',
        last_name: 'Hopper',
        email: 'g.hopper@example.com',
        phone: '(206) 444-0100',
      }),
    ];
    await using device = await TestDevice.open({ documents: { ...aShop, customers } });
    const found = async (text: string) =>
      (await device.retail.views.findCustomers(text)).map(({ customer_id }) => customer_id);
    // Last names first.
    expect(await found('byron')).toEqual(['customer_1', 'customer_2']);
    expect(await found('ada by')).toEqual(['customer_1']);
    expect(await found('Hopper, Grace')).toEqual(['customer_3']);
    expect(await found('g.hop')).toEqual(['customer_3']);
    expect(await found('206')).toEqual(['customer_3', 'customer_1']);
    expect(await found('+1 206-555 0123')).toEqual(['customer_1']);
    expect(await found('nobody')).toEqual([]);
  });

  test.each([
    ['mcdonald', 'McDonald'],
    ['MCD', 'McDonald'],
    ["o'brien", "O'Brien"],
    ['smith-JONES', 'Smith-Jones'],
    ['macy', 'Macy'],
    ['ada mcdonald', 'McDonald'],
  ])('[ED18] typed as "%s", %s is found', async (typed, name) => {
    const names = ['McDonald', "O'Brien", 'Smith-Jones', 'Macy'];
    const customers = names.map((last_name, index) => aCustomer(index + 1, { last_name }));
    await using device = await TestDevice.open({ documents: { ...aShop, customers } });
    expect((await device.retail.views.findCustomers(typed)).map(({ last_name }) => last_name)).toEqual([name]);
  });

  test('[ED34] an order is found by its number, whole or begun, and by its customer', async () => {
    await using device = await TestDevice.open();
    const { retail } = device;
    const sale = await retail.perform('sell', { customer_id: 'customer_1', lines: [line(1, 1)] });
    if (sale.outcome !== 'done') throw new Error(sale.outcome);
    const { order_id } = sale.facts;
    const [order] = await device.documents('orders');
    await device.sync({ orders: [{ ...order, _id: 'order_42', order_id: 'order_42' } as never] });
    const found = async (text: string) => (await retail.views.findOrders(text)).map((one) => one.order_id);
    expect(await found(order_id.slice(0, 8).toUpperCase())).toEqual([order_id]);
    expect(await found(order_id.replaceAll('-', '').slice(0, 12))).toEqual([order_id]);
    expect(await found('#42')).toEqual(['order_42']);
    expect((await found('byron')).sort()).toEqual([order_id, 'order_42'].sort());
    expect(await found('')).toEqual([]);
  });
});

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Catalog, CatalogError, type CatalogErrorCode, catalogErrors, productsOf, readCatalog } from '../index.ts';
import { defaultReferenceData } from './reference-data.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zava-catalog-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Json = Record<string, unknown>;

/** A valid and dull product; the test states what matters. */
const aProduct = (changes: Json = {}): Json => ({
  name: 'Garden Gnome 12-inch',
  sku: `TEST${String(++files).padStart(6, '0')}`,
  price: 12,
  description: 'A red-capped gnome that watches over the vegetables.',
  stock_level: 5,
  image_path: 'gnome.png',
  ...changes,
});
const multipliers = [1, 1, 1.2, 1.4, 1.6, 1.5, 1.5, 1.4, 1.2, 1.1, 1, 0.9];
const nested = (categories: Json): Json => ({ main_categories: categories });
const oneType = (...products: Json[]): Json =>
  nested({ 'YARD ART': { washington_seasonal_multipliers: multipliers, GNOMES: products } });
const flat = (...products: Json[]): Json => ({
  products: products.map((product) => ({ main_category: 'HAND TOOLS', subcategory: 'HAMMERS', ...product })),
});
const embedding = (length: number): number[] => Array.from({ length }, (_, index) => index / length - 0.25);

async function written(content: unknown, name = `catalog-${++files}.json`): Promise<string> {
  const path = join(folder, name);
  await writeFile(
    path,
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content, null, 2),
  );
  return path;
}
const read = async (content: unknown): Promise<Catalog> => readCatalog(await written(content));

async function failure(reading: Promise<unknown>): Promise<CatalogError> {
  const error = await reading.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CatalogError)) throw error;
  expect(error.fix).toBe(catalogErrors[error.code as CatalogErrorCode].fix);
  return error;
}

describe('the form with main_categories', () => {
  test('[CA10] becomes a catalogue: names in title case, price as cost in cents, multipliers by month, order kept', async () => {
    const path = await written(
      nested({
        'YARD ART': {
          GNOMES: [aProduct({ sku: 'YAGN001', price: 89.99 }), aProduct({ sku: 'YAGN002', stock_level: 0 })],
          washington_seasonal_multipliers: multipliers,
          "GARDENER'S GATES": [],
        },
        HARDWARE: { washington_seasonal_multipliers: multipliers, 'HARDWARE & MORE': [aProduct()] },
      }),
    );
    const catalog = await readCatalog(path);
    expect(catalog.source).toBe(path);
    expect(catalog.categories.map((category) => category.name)).toEqual(['Yard Art', 'Hardware']);
    expect(catalog.categories[0]!.seasonalMultipliers).toMatchObject({ jan: 1, may: 1.6, dec: 0.9 });
    expect(catalog.categories[0]!.types.map((type) => [type.name, type.products.length])).toEqual([
      ['Gnomes', 2],
      ["Gardener's Gates", 0],
    ]);
    expect(catalog.categories[0]!.types[0]!.products[0]).toEqual({
      sku: 'YAGN001',
      name: 'Garden Gnome 12-inch',
      description: 'A red-capped gnome that watches over the vegetables.',
      costCents: 8999,
      specifications: { size_mm: 304.8 },
      popularity: expect.any(Number),
      imageUrl: '/pictures/category_yard_art.svg',
      source: {
        kind: 'original',
        file: path,
        jsonPath: 'main_categories["YARD ART"].GNOMES[0]',
        imagePath: 'gnome.png',
        stockLevel: 5,
      },
    });
    expect(catalog.referenceData).toBeUndefined();
  });

  test('[CA10] keeps embeddings where they are, and only there', async () => {
    const [imageEmbedding, descriptionEmbedding] = [embedding(512), embedding(1536)];
    const catalog = await read(
      oneType(aProduct({ image_embedding: imageEmbedding, description_embedding: descriptionEmbedding }), aProduct()),
    );
    const [first, second] = [...productsOf(catalog)].map(({ product }) => product);
    expect(first).toMatchObject({ imageEmbedding, descriptionEmbedding });
    expect(second).not.toHaveProperty('imageEmbedding');
    expect(second).not.toHaveProperty('descriptionEmbedding');
  });

  test('[CA10] lets a cheap product of a type sell more than a dear one', async () => {
    const catalog = await read(oneType(aProduct({ price: 5 }), aProduct({ price: 20 }), aProduct({ price: 80 })));
    expect([...productsOf(catalog)].map(({ product }) => product.popularity)).toEqual([2, 1, 0.5]);
  });

  test('[CA10] lets a name stand under two SKUs, and a type bear the name of a category', async () => {
    const catalog = await read(
      nested({
        'HAND TOOLS': { washington_seasonal_multipliers: multipliers, HAMMERS: [aProduct({ name: 'Same' })] },
        GARDEN: { washington_seasonal_multipliers: multipliers, 'HAND TOOLS': [aProduct({ name: 'Same' })] },
      }),
    );
    expect([...productsOf(catalog)].map(({ product }) => product.name)).toEqual(['Same', 'Same']);
  });

  test('[CA10] a byte order mark before the text is taken for what it is', async () => {
    const path = await written(`\uFEFF${JSON.stringify(oneType(aProduct()))}`);
    expect([...productsOf(await readCatalog(path))]).toHaveLength(1);
  });
});

describe('the flat form', () => {
  test('[CA11] gathers products under their categories and types, with the multipliers of our table', async () => {
    const catalog = await read({
      metadata: { total_products: 3 },
      ...flat(
        aProduct(),
        aProduct({ main_category: 'PLUMBING', subcategory: "PLUMBER'S PUTTY" }),
        aProduct({ subcategory: 'WRENCHES' }),
      ),
    });
    expect(catalog.categories.map(({ name, types }) => [name, types.map((type) => type.name)])).toEqual([
      ['Hand Tools', ['Hammers', 'Wrenches']],
      ['Plumbing', ["Plumber's Putty"]],
    ]);
    expect(catalog.categories[0]!.seasonalMultipliers).toMatchObject({ apr: 1.4, dec: 0.9 });
    expect(catalog.categories[1]!.types[0]!.picture).toBe('sealants_and_tape');
  });

  test('[CA11] refuses a category whose seasons nobody knows', async () => {
    const error = await failure(read(flat(aProduct(), aProduct({ main_category: 'PET SUPPLIES' }))));
    expect(error.code).toBe('CATALOG_SEASONS_UNKNOWN');
    expect(error.data).toMatchObject({ jsonPath: 'products[1].main_category', got: 'the text "PET SUPPLIES"' });
  });
});

describe('a folder', () => {
  test('[CA12] gives its product_data.json before its products.json, and its reference_data.json', async () => {
    const path = join(folder, 'both');
    await mkdir(path);
    await written(flat(aProduct()), 'both/products.json');
    await written({ ...storesAndYears() }, 'both/reference_data.json');
    expect((await readCatalog(path)).categories[0]!.name).toBe('Hand Tools');
    await written(oneType(aProduct()), 'both/product_data.json');
    const catalog = await readCatalog(path);
    expect(catalog.categories[0]!.name).toBe('Yard Art');
    expect(catalog.referenceData).toEqual({
      stores: [
        {
          name: 'Zava Retail Olympia',
          rlsUserId: 'e7f8a9b0-c1d2-3e4f-5678-90abcdef1234',
          customerDistributionWeight: 7,
          orderFrequencyMultiplier: 2,
          orderValueMultiplier: 1.1,
        },
      ],
      yearWeights: { 2024: 1, 2025: 1.25 },
    });
  });

  test('[CA12] without a catalogue says what it holds instead', async () => {
    const path = join(folder, 'neither');
    await mkdir(path);
    expect(await failure(readCatalog(path))).toMatchObject({ code: 'CATALOG_FILE_MISSING' });
    await written(oneType(aProduct()), 'neither/product_data.sample.json');
    expect((await failure(readCatalog(path))).message).toContain('only product_data.sample.json');
  });

  test.each([
    ['no store', { stores: {} }, 'stores'],
    ['a store without an id', { stores: { A: { ...aStore(), rls_user_id: undefined } } }, 'stores.A.rls_user_id'],
    [
      'a weight of 0',
      { stores: { A: { ...aStore(), customer_distribution_weight: 0 } } },
      'stores.A.customer_distribution_weight',
    ],
    ['two stores of one id', { stores: { A: aStore(), B: aStore() } }, 'stores.B.rls_user_id'],
    ['a year in words', { year_weights: { latest: 1 } }, 'year_weights.latest'],
    ['no years', { year_weights: undefined }, 'year_weights'],
    ['an unknown part', { cities: {} }, 'the top'],
  ])('[CA12] with reference data that has %s is refused whole', async (_, changes, jsonPath) => {
    const path = await mkdtemp(join(folder, 'reference-'));
    await writeFile(join(path, 'products.json'), JSON.stringify(flat(aProduct())));
    await writeFile(join(path, 'reference_data.json'), JSON.stringify({ ...storesAndYears(), ...changes }));
    const error = await failure(readCatalog(path));
    expect(error.code).toBe('REFERENCE_DATA_INVALID');
    expect(error.data['jsonPath']).toBe(jsonPath);
  });

  test('[CA12] the defaults are eight stores whose weights sum to 130, and seven years', () => {
    expect(defaultReferenceData.stores).toHaveLength(8);
    expect(defaultReferenceData.stores.reduce((sum, { customerDistributionWeight: weight }) => sum + weight, 0)).toBe(
      130,
    );
    expect(Object.keys(defaultReferenceData.yearWeights)).toHaveLength(7);
  });
});

function aStore(): Json {
  return {
    rls_user_id: 'E7F8A9B0-c1d2-3e4f-5678-90abcdef1234',
    customer_distribution_weight: 7,
    order_frequency_multiplier: 2,
    order_value_multiplier: 1.1,
  };
}

function storesAndYears(): Json {
  return { stores: { 'Zava Retail Olympia': aStore() }, year_weights: { 2024: 1, 2025: 1.25 } };
}

describe('a file that is wrong', () => {
  const gnomes = 'main_categories["YARD ART"].GNOMES';
  const inYard = (changes: Json): Json =>
    nested({ 'YARD ART': { washington_seasonal_multipliers: multipliers, GNOMES: [aProduct()], ...changes } });

  test.each<[what: string, content: () => unknown, code: CatalogErrorCode, data: Json]>([
    ['empty', () => '', 'CATALOG_FILE_EMPTY', {}],
    ['blank', () => ' \n\n', 'CATALOG_FILE_EMPTY', {}],
    ['compressed', () => new Uint8Array([0x1f, 0x8b, 0x08, 0xff, 0xfe]), 'CATALOG_NOT_UTF8', {}],
    ['cut off', () => '{\n "products": [\n  {"name": "Ham', 'CATALOG_JSON_MALFORMED', { line: 3, column: 12 }],
    ['not JSON', () => '<html>', 'CATALOG_JSON_MALFORMED', { line: 1, column: 1, expected: 'a value' }],
    ['a list', () => [aProduct()], 'CATALOG_FORM_UNKNOWN', { got: 'a list of 1' }],
    ['something else', () => ({ stores: {}, x: 1 }), 'CATALOG_FORM_UNKNOWN', { got: 'an object with stores, x' }],
    [
      'a type twice',
      () => '{"main_categories": {"A": {\n"B": [],\n"B": []}}}',
      'CATALOG_KEY_REPEATED',
      { line: 3, jsonPath: 'main_categories.A.B' },
    ],
    ['without products', () => oneType(), 'CATALOG_HAS_NO_PRODUCTS', {}],
    ['without categories', () => nested({}), 'CATALOG_HAS_NO_PRODUCTS', {}],
    ['without categories in the flat form', () => flat(), 'CATALOG_HAS_NO_PRODUCTS', {}],
    [
      'categories in a list',
      () => ({ main_categories: [] }),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: 'main_categories' },
    ],
    [
      'products in an object',
      () => ({ products: {} }),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: 'products', got: 'an object' },
    ],
    ['a category in a list', () => nested({ A: [] }), 'CATALOG_CONTENT_INVALID', { jsonPath: 'main_categories.A' }],
    ['a type that is a number', () => inYard({ GNOMES: 4 }), 'CATALOG_CONTENT_INVALID', { jsonPath: gnomes, got: '4' }],
    ['a type without letters', () => inYard({ '???': [] }), 'CATALOG_CONTENT_INVALID', { got: 'the text "???"' }],
    [
      'eleven multipliers',
      () => inYard({ washington_seasonal_multipliers: multipliers.slice(1) }),
      'CATALOG_CONTENT_INVALID',
      { got: 'a list of 11' },
    ],
    [
      'no multipliers',
      () => inYard({ washington_seasonal_multipliers: undefined }),
      'CATALOG_CONTENT_INVALID',
      { got: 'nothing' },
    ],
    [
      'a multiplier of 0',
      () => inYard({ washington_seasonal_multipliers: [0, ...multipliers.slice(1)] }),
      'CATALOG_CONTENT_INVALID',
      { got: '0' },
    ],
    ['two spellings of a type', () => inYard({ Gnomes: [] }), 'CATALOG_NAME_REPEATED', { got: 'the text "Gnomes"' }],
    [
      'a product that is null',
      () => inYard({ GNOMES: [null] }),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0]`, got: 'null' },
    ],
    [
      'a price as text',
      () => oneType(aProduct({ price: '12' })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0].price`, got: 'the text "12"' },
    ],
    [
      'a negative price',
      () => oneType(aProduct(), aProduct({ price: -3 })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[1].price`, got: '-3' },
    ],
    ['a price of 0', () => oneType(aProduct({ price: 0 })), 'CATALOG_CONTENT_INVALID', { got: '0' }],
    ['half a cent', () => oneType(aProduct({ price: 1.005 })), 'CATALOG_CONTENT_INVALID', { got: '1.005' }],
    [
      'no SKU',
      () => oneType(aProduct({ sku: undefined })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0].sku`, got: 'nothing' },
    ],
    [
      'a blank in an SKU',
      () => oneType(aProduct({ sku: 'A 1' })),
      'CATALOG_CONTENT_INVALID',
      { got: 'the text "A 1"' },
    ],
    [
      'one SKU twice',
      () => oneType(aProduct({ sku: 'X1' }), aProduct({ sku: 'X1' })),
      'CATALOG_SKU_REPEATED',
      { jsonPath: `${gnomes}[1].sku`, expected: `another SKU than ${gnomes}[0] has` },
    ],
    [
      'an empty name',
      () => oneType(aProduct({ name: '  ' })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0].name` },
    ],
    [
      'an endless description',
      () => oneType(aProduct({ description: 'x'.repeat(1001) })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0].description` },
    ],
    [
      'an unknown field',
      () => oneType(aProduct({ colour: 'red' })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0]`, got: '"colour"' },
    ],
    [
      'half a piece in stock',
      () => oneType(aProduct({ stock_level: 1.5 })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: `${gnomes}[0].stock_level` },
    ],
    [
      'a short embedding',
      () => oneType(aProduct({ image_embedding: embedding(511) })),
      'CATALOG_CONTENT_INVALID',
      { got: 'a list of 511', expected: 'a list of 512 numbers, not all 0' },
    ],
    [
      'embeddings exchanged',
      () => oneType(aProduct({ description_embedding: embedding(512) })),
      'CATALOG_CONTENT_INVALID',
      { got: 'a list of 512' },
    ],
    [
      'an embedding of zeros',
      () => oneType(aProduct({ image_embedding: Array(512).fill(0) })),
      'CATALOG_CONTENT_INVALID',
      {},
    ],
    [
      'an embedding with null',
      () => oneType(aProduct({ image_embedding: [null, ...embedding(511)] })),
      'CATALOG_CONTENT_INVALID',
      {},
    ],
    [
      'a flat product without a category',
      () => flat(aProduct({ main_category: undefined })),
      'CATALOG_CONTENT_INVALID',
      { jsonPath: 'products[0].main_category', got: 'nothing' },
    ],
  ])('[CA13] %s is refused with code, place and reason', async (_, content, code, data) => {
    const path = await written(content());
    const error = await failure(readCatalog(path));
    expect(error.code).toBe(code);
    expect(error.data).toMatchObject({ file: path, ...data });
    expect(error.message).toContain(path);
  });

  test('[CA13] the message names the line of the value', async () => {
    const path = await written(
      '{"products": [\n{"name": "A", "sku": "A1",\n "price": "free",\n "description": "x",\n "main_category": "HARDWARE", "subcategory": "NAILS"}]}',
    );
    expect((await failure(readCatalog(path))).message).toBe(
      `${path}:3:11: products[0].price: expected a cost above 0 and at most 1000000, with two decimals at most, got the text "free".`,
    );
  });

  test('[CA13] many problems are counted, the first five told', async () => {
    const error = await failure(read(oneType(...Array.from({ length: 8 }, () => aProduct({ price: null })))));
    expect(error.data['problemCount']).toBe(8);
    expect(error.message.split('\n')).toHaveLength(6);
    expect(error.message).toContain('… and 3 more.');
  });

  test('[CA13] a key that a language gives to every object is a name like another', async () => {
    const catalog = await read(
      `{"main_categories": {"__proto__": {"washington_seasonal_multipliers": ${JSON.stringify(multipliers)}, "constructor": [${JSON.stringify(aProduct())}]}}}`,
    );
    expect(catalog.categories[0]!.name).toBe('__proto__');
    expect(catalog.categories[0]!.types[0]!.name).toBe('constructor');
  });

  test('[CA13] a path that leads nowhere or round in a circle is told from a wrong file', async () => {
    expect((await failure(readCatalog(join(folder, 'not-here.json')))).code).toBe('CATALOG_NOT_FOUND');
    const circle = join(folder, 'circle.json');
    await symlink(circle, circle);
    expect(await failure(readCatalog(circle))).toMatchObject({ code: 'CATALOG_UNREADABLE', data: { reason: 'ELOOP' } });
  });
});

/** The tools of customer_sales: what a shopper, or who serves one, asks. */
import { z } from 'zod';
import type { AvailabilityRow, FoundProduct, ProductCard, ProductStock, SearchResult } from '../../domain/index.ts';
import { McpError } from '../errors.ts';
import { paged, pageFacts, pageOf } from '../paging.ts';
import { about, answered, defineTool, type ToolCall } from '../tool.ts';
import { ask } from './ask.ts';

const maxRows = z.int().min(1).max(100).default(20).describe('Products at most.');
const foundProduct = {
  product_id: z.string(),
  sku: z.string(),
  product_name: z.string(),
  category_name: z.string(),
  price: z.number().describe('Selling price, US dollars.'),
  total_stock: z.int().describe('Units in the stores that this answer is of; 0 where none has it.'),
};

async function withStock<Row extends { readonly product_id: string }>(call: ToolCall, rows: readonly Row[]) {
  const stock = await ask<ProductStock[]>(call, 'stock-of-products', { products: rows.map((row) => row.product_id) });
  const units = new Map(stock.map(({ product_id, units }) => [product_id, units]));
  return rows.map((row) => ({ ...row, total_stock: units.get(row.product_id) ?? 0 }));
}

const noMatch = 'No product matches. Try other words, or semantic_search_products with what it is for.';

export const getProductsByName = defineTool({
  name: 'get_products_by_name',
  title: 'Products by name',
  description:
    'Products by words of their name or description, the best match first, with price and stock. For a wish in a shopper’s own words take semantic_search_products.',
  input: z.strictObject({
    product_name: z.string().trim().min(1).max(200).describe('Words of the name; case and endings make no difference.'),
    max_rows: maxRows,
  }),
  output: z.object({ ...answered, products: z.array(z.object(foundProduct)) }),
  async run(call, { product_name, max_rows }) {
    const found = await ask<FoundProduct[]>(call, 'find-products', {
      words: plainWords(product_name),
      limit: max_rows,
    });
    const products = (await withStock(call, found)).map(({ base_price, ...row }) => ({ ...row, price: base_price }));
    const text = products.length === 0 ? noMatch : `${products.length} products match.`;
    return { structured: { ...about(call), products }, text, rows: products.length };
  },
});

/** Dashes and quotation marks are operators of the text search; in a name they are none. */
const plainWords = (words: string): string => words.replace(/["-]/g, ' ').trim() || 'product';

export const semanticSearchProducts = defineTool({
  name: 'semantic_search_products',
  title: 'Products by meaning',
  description:
    'Products for a wish or a problem in a shopper’s own words, such as “something to hang a heavy mirror”. Searches by words and by meaning together, and says which way each was found. Near matches are likely candidates, not certainties.',
  input: z.strictObject({
    query_description: z.string().trim().min(1).max(500).describe('What is wanted, in everyday words.'),
    max_rows: maxRows.default(10),
    similarity_threshold: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe('Least likeness in percent of products that were found by meaning alone.'),
    meaning_only: z.boolean().default(false).describe('Leave the search by words out.'),
  }),
  output: z.object({
    ...answered,
    mode: z.enum(['hybrid', 'meaning', 'words']).describe('How it was searched.'),
    because: z.string().nullable().describe('Why meaning could not be searched; null where it was.'),
    products: z.array(
      z.object({
        ...foundProduct,
        product_description: z.string(),
        matched_by: z.array(z.enum(['words', 'meaning'])),
        similarity_percent: z.number().nullable().describe('0 to 100; null where it was found by words alone.'),
      }),
    ),
  }),
  async run(call, { query_description, max_rows, similarity_threshold, meaning_only }) {
    const name = meaning_only ? 'products-by-meaning' : 'search-products';
    const found = await ask<SearchResult>(call, name, { words: query_description, limit: max_rows });
    const near = found.products.filter(
      ({ similarity, matchedBy }) => matchedBy.includes('words') || (similarity ?? 0) * 100 >= similarity_threshold,
    );
    const products = (await withStock(call, near)).map(({ base_price, matchedBy, similarity, ...row }) => ({
      ...row,
      price: base_price,
      matched_by: [...matchedBy],
      similarity_percent: similarity === null ? null : Math.round(similarity * 1000) / 10,
    }));
    const { mode, because } = found;
    const text = products.length === 0 ? noMatch : `${products.length} likely products, searched by ${mode}.`;
    return { structured: { ...about(call), mode, because, products }, text, rows: products.length };
  },
});

const productChoice = z.strictObject({
  product: z.string().trim().min(1).max(60).describe('Its product_id, such as prod_12, or its SKU.'),
});

const storeRow = z.object({
  store_id: z.string(),
  store_name: z.string(),
  stock_level: z.int().describe('Units.'),
  reorder_threshold: z.int().nullable(),
  location: z.string().nullable().describe('Aisle, shelf and bin.'),
});

async function cardOf(call: ToolCall, product: string): Promise<ProductCard> {
  const card = await ask<ProductCard | null>(call, 'product', { product });
  if (card !== null) return card;
  throw new McpError('NO_SUCH_PRODUCT', `There is no product '${product}'.`, {
    data: { nextCall: { tool: 'get_products_by_name', arguments: { product_name: product } } },
  });
}

const shelfOf = ({ location }: AvailabilityRow): string | null =>
  location === undefined || location === null
    ? null
    : `aisle ${location.aisle}, shelf ${location.shelf}, bin ${location.bin}`;

async function storesOf(call: ToolCall, productId: string) {
  const rows = await ask<AvailabilityRow[]>(call, 'availability', { product: productId });
  return rows.map((row) => ({
    store_id: row.store_id,
    store_name: row.store_name,
    stock_level: row.stock_level,
    reorder_threshold: row.reorder_threshold ?? null,
    location: shelfOf(row),
  }));
}

export const getProduct = defineTool({
  name: 'get_product',
  title: 'One product with its availability',
  description:
    'All about one product: price, description, specifications, and its stock in each store that you may see.',
  input: productChoice,
  output: z.object({
    ...answered,
    product: z.object({
      product_id: z.string(),
      sku: z.string(),
      product_name: z.string(),
      category_name: z.string(),
      type_name: z.string(),
      product_description: z.string(),
      price: z.number().describe('Selling price, US dollars.'),
      specifications: z.record(z.string(), z.unknown()),
    }),
    total_stock: z.int().describe('Units in these stores.'),
    availability: z.array(storeRow),
  }),
  async run(call, { product }) {
    const { base_price, ...card } = await cardOf(call, product);
    const availability = await storesOf(call, card.product_id);
    const total_stock = availability.reduce((sum, { stock_level }) => sum + stock_level, 0);
    return {
      structured: {
        ...about(call),
        product: { ...card, price: base_price, specifications: { ...card.specifications } },
        total_stock,
        availability,
      },
      text: `One product: $${base_price.toFixed(2)}, ${total_stock} units in ${availability.length} stores.`,
      rows: availability.length,
    };
  },
});

export const getStockByStore = defineTool({
  name: 'get_stock_by_store',
  title: 'Stock by store',
  description: 'Where a product is in stock, the fullest store first. Stores that never had it are left out.',
  input: productChoice.extend({
    in_stock_only: z.boolean().default(false).describe('Leave out stores that have none at the moment.'),
    ...paged,
  }),
  output: z.object({
    ...answered,
    product_id: z.string(),
    product_name: z.string(),
    ...pageFacts,
    rows: z.array(storeRow),
  }),
  async run(call, { product, in_stock_only, page_size, cursor }) {
    const { product_id, product_name } = await cardOf(call, product);
    const all = await storesOf(call, product_id);
    const wanted = in_stock_only ? all.filter(({ stock_level }) => stock_level > 0) : all;
    const { page, facts } = pageOf(wanted, { product_id, in_stock_only }, { page_size, cursor });
    return {
      structured: { ...about(call), product_id, product_name, ...facts, rows: page },
      text: `In stock in ${all.filter(({ stock_level }) => stock_level > 0).length} of ${all.length} stores.`,
      rows: page.length,
    };
  },
});

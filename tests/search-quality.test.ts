import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillCatalogue } from '../bench/search/catalogue-database.ts';
import { judgedQuestions, qualityOfSearch, searches } from '../bench/search/quality.ts';
import { queryOf } from '../src/database/index.ts';
import type { Principal, SearchResult } from '../src/domain/index.ts';
import { openTestDatabase, type TestDatabase } from './support/database.ts';

const SHOPPER: Principal = { role: 'sales_rep', userId: 'shopper', stores: 'all' };

describe('searching for what a shopper means', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await openTestDatabase();
    await fillCatalogue(database.db);
  });
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
  });

  const ask = async (name: string, asked: Record<string, unknown>): Promise<SearchResult> => {
    const query = queryOf(name);
    if (query === undefined) throw new Error(`There is no query '${name}'.`);
    const context = { db: database.db, principal: SHOPPER, maxTimeMS: 20_000 };
    return (await query.run(context, query.parameters.parse(asked))) as SearchResult;
  };

  test('[DB60] words and meaning together answer sixty judged questions clearly better than words alone', async () => {
    const questions = judgedQuestions();
    expect(questions).toHaveLength(60);
    const lexical = await qualityOfSearch(database.db, searches.lexical, questions);
    const hybrid = await qualityOfSearch(database.db, searches.hybrid, questions);
    expect(hybrid.ndcg / lexical.ndcg).toBeGreaterThan(1.25);
    expect(hybrid.recall / lexical.recall).toBeGreaterThan(1.1);
  });

  test('[DB60] it says by what each product was found, and keeps to a category', async () => {
    const found = await ask('search-products', { words: 'my faucet leaks', category: 'cat_plumbing', limit: 10 });
    expect(found).toMatchObject({ mode: 'hybrid', because: null });
    expect(new Set(found.products.map(({ category_name }) => category_name))).toEqual(new Set(['Plumbing']));
    expect(found.products.some(({ matchedBy }) => matchedBy.length === 2)).toBe(true);
    for (const { matchedBy, similarity } of found.products)
      expect(matchedBy.includes('meaning')).toBe(similarity !== null);
  });

  test('[DB60] what is like nothing in the shop is not found by its meaning', async () => {
    const { products } = await ask('products-by-meaning', { words: 'quantum chromodynamics lecture' });
    expect(products.length).toBeLessThan(10);
  });

  test('[EM6] vectors of a model that cannot be asked here are not compared: words answer, and the reason is told', async () => {
    const { db } = database;
    const embeddings = db.collection('product_embeddings');
    await embeddings.updateMany({}, { $set: { embedding_model: 'original:text-embedding-3-small+clip-vit-b-32' } });
    try {
      // A connection of its own has not read before which models there are.
      const other = database.client.db(database.name);
      const query = queryOf('search-products');
      const context = { db: other, principal: SHOPPER, maxTimeMS: 20_000 };
      const found = (await query?.run(context, query.parameters.parse({ words: 'hammer' }))) as SearchResult;
      expect(found.mode).toBe('words');
      expect(found.because).toContain('text-embedding-3-small');
      expect(found.products.length).toBeGreaterThan(3);
    } finally {
      await embeddings.updateMany({}, { $set: { embedding_model: 'zava-words-v1' } });
    }
  });
});

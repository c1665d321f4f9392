/** Embedding by a service that is busy, fails, cuts the line, refuses: played by a real HTTP server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../tests/support/database.ts';
import { zavaCatalog } from '../../catalog/index.ts';
import type { Product, ProductEmbedding } from '../../domain/index.ts';
import { azureEmbedder, localEmbedder, wordModel } from '../../embeddings/index.ts';
import { readGenerationConfig } from '../../generator/index.ts';
import { createIndexes, generateInto, queryOf } from '../index.ts';
import { generateEmbeddings, type MadeEmbeddings, planEmbeddings } from './generate.ts';
import { embeddingStatus } from './survey.ts';

const KEY = 'k3y-of-azure';
const AZURE_MODEL = 'text-embedding-3-small';

type Answer = (request: IncomingMessage, response: ServerResponse, texts: string[]) => void;
let database: TestDatabase;
let endpoint: string;
let answers: Answer[] = [];
let calls = 0;
const asked: string[][] = [];

/** Vectors that carry the local model's meaning with another sign: another model altogether. */
const answerWith =
  (numbers: number, model = AZURE_MODEL): Answer =>
  (_, response, texts) => {
    const data = texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: wordModel()
        .embedDescription(text)
        .slice(0, numbers)
        .map((value) => -value),
    }));
    response.setHeader('content-type', 'application/json');
    // Out of order: the place is in `index`.
    response.end(
      JSON.stringify({ object: 'list', data: data.reverse(), model, usage: { total_tokens: texts.length * 10 } }),
    );
  };
const good = answerWith(1536);
const refused =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { code: 'refused', message: `Access denied for key ${KEY}` } }));
  };
const cut: Answer = (request) => request.socket.destroy();

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const { input } = JSON.parse(body) as { input: string[] };
    asked.push(input);
    const answer = answers[calls++] ?? good;
    if (request.headers['api-key'] !== KEY) refused(401)(request, response, input);
    else answer(request, response, input);
  });
});

const azure = (overrides: { apiKey?: string; retriesMax?: number } = {}) =>
  azureEmbedder({
    endpoint,
    apiKey: KEY,
    deployment: AZURE_MODEL,
    model: AZURE_MODEL,
    apiVersion: '2024-02-01',
    ...overrides,
  });
const products = () => database.db.collection<Product>('products');
const vectors = () => database.db.collection<ProductEmbedding>('product_embeddings');
const plan = (model: string, options = {}) => planEmbeddings(database.client, database.name, model, options);

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  database = await openTestDatabase();
  const config = readGenerationConfig(undefined, { numCustomers: 50, numOrders: 50 });
  await generateInto(database.db, { config, catalog: zavaCatalog, program: 'test' });
  await createIndexes(database.db);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await database[Symbol.asyncDispose]();
});

beforeEach(() => {
  answers = [];
  calls = 0;
  asked.length = 0;
});

describe('[EM7] vectors by Azure OpenAI', () => {
  test('the generated ones are the local model’s: nothing is to be made of them, all of another', async () => {
    const { products: none, current } = await plan(localEmbedder.model);
    expect(none).toHaveLength(0);
    expect(current).toBe(await products().countDocuments());
    expect((await plan(AZURE_MODEL)).products).toHaveLength(current);
  });

  test('a run that fails keeps what was made, and the next asks for the rest alone', async () => {
    answers = [good, good, refused(400)];
    const told: MadeEmbeddings[] = [];
    const first = await plan(AZURE_MODEL);
    const run = generateEmbeddings(database.client, database.name, azure(), first, { onMade: (so) => told.push(so) });
    await expect(run).rejects.toMatchObject({ code: 'AZURE_REFUSED' });
    const kept = told.at(-1)!;
    expect(kept).toMatchObject({ calls: 2, tokens: kept.products * 10 });
    expect(await vectors().countDocuments({ embedding_model: `${AZURE_MODEL}+${localEmbedder.model}` })).toBe(
      kept.products,
    );

    const paid = new Set(asked.slice(0, 2).flat());
    asked.length = 0;
    calls = 0;
    answers = [refused(429, { 'retry-after-ms': '5' }), refused(500, { 'retry-after-ms': '5' }), cut];
    const rest = await plan(AZURE_MODEL);
    expect(rest.products).toHaveLength(first.products.length - kept.products);
    const made = await generateEmbeddings(database.client, database.name, azure(), rest);
    expect(made.products).toBe(rest.products.length);
    expect(asked.flat().some((text) => paid.has(text))).toBe(false);
    expect((await plan(AZURE_MODEL)).products).toHaveLength(0);
  });

  test('an abort ends between batches, and what was made stays', async () => {
    const interruption = new AbortController();
    const all = await plan(AZURE_MODEL, { all: true });
    let made = 0;
    const run = generateEmbeddings(database.client, database.name, azure(), all, {
      signal: interruption.signal,
      onMade: ({ products: so }) => {
        made = so;
        interruption.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(made).toBeLessThan(all.products.length);
    expect(calls).toBe(1);
  });

  test('each vector is that of its own text, and the picture keeps its model', async () => {
    const { productId, text } = (await plan(AZURE_MODEL, { all: true })).products[0]!;
    const stored = await vectors().findOne({ product_id: productId });
    expect(stored?.description_embedding[0]).toBeCloseTo(-wordModel().embedDescription(text)[0]!, 6);
    expect(stored?.image_embedding).toHaveLength(512);
  });

  test('words that change make their vector stale', async () => {
    const product = (await products().findOne())!;
    await products().updateOne({ _id: product._id }, { $set: { product_description: 'Something else altogether.' } });
    expect((await embeddingStatus(database.db, AZURE_MODEL)).states).toMatchObject({ stale: 1, missing: 0, other: 0 });
    const stale = await plan(AZURE_MODEL);
    expect(stale.products.map(({ productId }) => productId)).toEqual([product.product_id]);
    await generateEmbeddings(database.client, database.name, azure(), stale);
    expect((await plan(AZURE_MODEL)).products).toHaveLength(0);
  });

  test('vectors that came with the catalogue stay unless told', async () => {
    const product = (await products().findOne())!;
    const original = `original:${AZURE_MODEL}+clip-vit-b-32`;
    const picture = (await vectors().findOne({ product_id: product.product_id }))!.image_embedding;
    await vectors().updateOne({ product_id: product.product_id }, { $set: { embedding_model: original } });
    expect((await plan(localEmbedder.model)).originals).toBe(1);
    const all = await plan(localEmbedder.model, { all: true, replaceOriginals: true });
    expect(all.products).toHaveLength(await products().countDocuments());
    await generateEmbeddings(database.client, database.name, localEmbedder, all);
    expect(await vectors().findOne({ product_id: product.product_id })).toMatchObject({
      embedding_model: `original:${localEmbedder.model}+clip-vit-b-32`,
      image_embedding: picture,
    });
    expect((await plan(localEmbedder.model)).products).toHaveLength(0);
    expect(calls).toBe(0);
  });

  const faults: [string, Answer, string, RegExp][] = [
    ['a key that it does not know', refused(401), 'AZURE_REFUSED', /AZURE_OPENAI_API_KEY/],
    ['a deployment that is not there', refused(404), 'AZURE_REFUSED', /no such deployment/],
    ['a service that stays busy', refused(429, { 'retry-after-ms': '1' }), 'AZURE_UNREACHABLE', /429/],
    ['a line that is cut', cut, 'AZURE_UNREACHABLE', /did not answer/],
    ['vectors of another length', answerWith(512), 'AZURE_ANSWER_UNFIT', /512 numbers/],
    ['another model', answerWith(1536, 'text-embedding-ada-002'), 'AZURE_ANSWER_UNFIT', /text-embedding-ada-002/],
  ];
  test.each(faults)('%s is told with what to do, without the key', async (_name, answer, code, says) => {
    answers = [answer, answer, answer];
    const error = await azure({ retriesMax: 1 })
      .embed('hammer')
      .catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(JSON.stringify([(error as Error).message, (error as Error).stack])).not.toContain(KEY);
  });

  test('a question is embedded by the model that made the stored vectors; without it the words are left', async () => {
    const all = await plan(AZURE_MODEL, { all: true, replaceOriginals: true });
    await using fresh = await openTestDatabase();
    const config = readGenerationConfig(undefined, { numCustomers: 50, numOrders: 50 });
    await generateInto(fresh.db, { config, catalog: zavaCatalog, program: 'test' });
    await createIndexes(fresh.db);
    const run = await planEmbeddings(fresh.client, fresh.name, AZURE_MODEL);
    expect(run.products.length).toBe(all.products.length);
    await generateEmbeddings(fresh.client, fresh.name, azure(), run);
    const query = queryOf('search-products')!;
    const parameters = query.parameters.parse({ words: 'something to hang a heavy mirror' });
    const context = {
      db: fresh.db,
      principal: { role: 'headquarters', userId: 'hq', stores: 'all' },
      maxTimeMS: 10_000,
    } as const;
    expect(await query.run({ ...context, embedders: [localEmbedder, azure()] }, parameters)).toMatchObject({
      mode: 'hybrid',
    });
    expect(await query.run({ ...context, embedders: [localEmbedder] }, parameters)).toMatchObject({
      mode: 'words',
      because: expect.stringContaining(AZURE_MODEL),
    });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zavaCatalog } from '../catalog/index.ts';
import { assortmentOf } from './assortment.ts';
import { fixtureCatalog } from './catalog.fixture.ts';
import { productEmbeddingDocuments } from './catalog-documents.ts';
import { readGenerationConfig } from './config.ts';
import { lexicalEmbedding, lexicalModel } from './embedding.ts';

const likeness = (one: readonly number[], other: readonly number[]) =>
  one.reduce((sum, value, at) => sum + value * other[at]!, 0);

describe('lexical embeddings', () => {
  test('[GN7] a vector of any text has the asked length, length 1 in space, and six decimals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: 'grapheme' }), fc.constantFrom(512, 1536), (text, length) => {
        const vector = lexicalEmbedding(text, length);
        expect(vector).toHaveLength(length);
        expect(vector.every((value) => Number.isFinite(value) && !Object.is(value, -0))).toBe(true);
        expect(likeness(vector, vector)).toBeCloseTo(1, 3);
        expect(vector.every((value) => Math.round(value * 1e6) / 1e6 === value)).toBe(true);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('[GN7] the same text gives the same numbers on every machine', () => {
    expect(lexicalEmbedding('Claw hammer, 16 oz', 16)).toMatchInlineSnapshot(`
      [
        0,
        -0.093386,
        0.087452,
        0.19544,
        -0.315119,
        -0.066238,
        0.750825,
        0.087452,
        0.355404,
        -0.232037,
        -0.110209,
        -0.232476,
        0.087452,
        0,
        0.087452,
        0.093386,
      ]
    `);
  });

  test('letter case and accents make no difference', () => {
    expect(lexicalModel.embedDescription('CAFÉ Hammer')).toEqual(lexicalModel.embedDescription('cafe hammer'));
  });

  test('forms of a word, misspellings and shared words bring texts near each other', () => {
    const query = lexicalModel.embedDescription('hanging shelves');
    const near = likeness(query, lexicalModel.embedDescription('Hang a shelf: brackets for shelving'));
    const far = likeness(query, lexicalModel.embedDescription('Interior latex paint, eggshell white'));
    expect(near).toBeGreaterThan(far + 0.1);
    const misspelt = likeness(
      lexicalModel.embedDescription('screwdrivr'),
      lexicalModel.embedDescription('screwdriver'),
    );
    expect(misspelt).toBeGreaterThan(0.25);
  });

  test('searching by a product’s name finds that product first', () => {
    const documents = [...productEmbeddingDocuments(readGenerationConfig(), assortmentOf(zavaCatalog), lexicalModel)];
    const products = assortmentOf(zavaCatalog).products;
    let found = 0;
    const asked = products.filter((_, at) => at % 10 === 0);
    for (const product of asked) {
      const query = lexicalModel.embedDescription(product.fromCatalog.name);
      let best = documents[0]!;
      for (const document of documents) {
        if (likeness(query, document.description_embedding) > likeness(query, best.description_embedding))
          best = document;
      }
      if (best.product_id === product.productId) found++;
    }
    expect(found / asked.length).toBeGreaterThan(0.9);
  });

  test('[GN7] vectors of the catalogue are kept, with the name of their own models', () => {
    const documents = [
      ...productEmbeddingDocuments(readGenerationConfig(), assortmentOf(fixtureCatalog), lexicalModel),
    ];
    const pruner = documents.at(-1)!;
    expect(pruner.embedding_model).toBe('original:text-embedding-3-small+clip-vit-b-32');
    expect(pruner.image_embedding.slice(0, 4)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(documents[0]!.embedding_model).toBe('zava-lexical-hash-v1');
  });
});

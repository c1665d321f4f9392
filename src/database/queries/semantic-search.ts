import type { Document } from 'mongodb';
import { z } from 'zod';
import type { SearchedProduct, SearchResult } from '../../domain/index.ts';
import { descriptionModelOf, localEmbedder, type QueryEmbedder } from '../../embeddings/index.ts';
import { catalogue, defineQuery, most, type QueryContext } from './query.ts';

const DESCRIPTION_INDEX = 'vector_description_search';
/** Of each list so many take part: what stands lower adds nothing to the first of the result. */
const LIST_LENGTH = 60;
/** Source: Cormack, Clarke, Büttcher 2009, "Reciprocal Rank Fusion": a list's first is not worth all that much more. */
const RANK_CONSTANT = 60;
/**
 * What both lists have comes first, then what a word says, then what a meaning suggests. Tried with the judged questions of
 * `bench:search` in two halves: nDCG@10 of 0.49 and 0.48, against 0.46 and 0.45 with equal weights.
 */
const MEANING_WEIGHT = 0.5;
/** Below it two meanings have nothing to do with each other. */
const SIMILARITY_MIN = 0.3;
/** How long it is remembered which models made the stored vectors, in milliseconds. */
const MODELS_FRESH_MS = 60_000;

const parameters = z.strictObject({
  words: z.string().trim().min(1).max(500),
  category: z.string().max(100).optional(),
  limit: most(20, 100),
});
type Asked = z.output<typeof parameters>;

export const searchProducts = defineQuery({
  name: 'search-products',
  summary: 'Products by what a shopper says, by its words and by its meaning, the best match first.',
  parameters,
  async run(context, asked): Promise<SearchResult> {
    const [byWords, byMeaning] = await Promise.all([foundByWords(context, asked), foundByMeaning(context, asked)]);
    const mode = byMeaning.because === null ? 'hybrid' : 'words';
    const lists = [
      { ids: byWords, weight: 1 },
      ...byMeaning.lists.map((list) => ({ ids: idsOf(list), weight: MEANING_WEIGHT })),
    ];
    const products = await shown(context, fused(lists).slice(0, asked.limit), new Set(byWords), byMeaning.lists);
    return { mode, because: byMeaning.because, products };
  },
});

export const productsByMeaning = defineQuery({
  name: 'products-by-meaning',
  summary:
    'Products that mean the like of what is asked for, the nearest first, whatever words they are described with.',
  parameters,
  async run(context, asked): Promise<SearchResult> {
    const { lists, because } = await foundByMeaning(context, asked);
    const ids = fused(lists.map((list) => ({ ids: idsOf(list), weight: 1 }))).slice(0, asked.limit);
    return { mode: 'meaning', because, products: await shown(context, ids, new Set(), lists) };
  },
});

async function foundByWords({ db, maxTimeMS }: QueryContext, { words, category }: Asked): Promise<string[]> {
  const score = { $meta: 'textScore' } as const;
  // A shopper's dash or quotation mark is no operator of the search.
  const filter = { $text: { $search: words.replace(/["-]/g, ' ') }, deleted: false };
  const found = await db
    .collection<{ product_id: string }>('products')
    .find(category === undefined ? filter : { ...filter, category_id: category }, {
      maxTimeMS,
      projection: { _id: 0, product_id: 1, score },
    })
    .sort({ score })
    .limit(LIST_LENGTH)
    .toArray();
  return found.map(({ product_id }) => product_id);
}

interface Near {
  readonly productId: string;
  readonly similarity: number;
}

/** A list for each model that made some of the vectors and can be asked here. */
async function foundByMeaning(
  context: QueryContext,
  asked: Asked,
): Promise<{ readonly lists: readonly (readonly Near[])[]; readonly because: string | null }> {
  const stored = await storedModels(context);
  const embedders = (context.embedders ?? [localEmbedder]).filter(({ model }) =>
    stored.some((name) => descriptionModelOf(name) === model),
  );
  if (embedders.length === 0) {
    const models = [...new Set(stored.map(descriptionModelOf))].join(', ');
    const because =
      stored.length === 0
        ? 'The products have no vectors: run `zava embeddings generate`.'
        : `The products’ vectors are of ${models}, which cannot be asked here: configure it, or run \`zava embeddings generate\`.`;
    return { lists: [], because };
  }
  try {
    const lists = await Promise.all(embedders.map((embedder) => nearest(context, asked, embedder, stored)));
    return { lists, because: null };
  } catch (error) {
    // A service that does not answer is no reason to find nothing.
    if (!(error instanceof EmbedderFault)) throw error;
    return { lists: [], because: error.message };
  }
}

class EmbedderFault extends Error {}

async function nearest(
  { db, maxTimeMS }: QueryContext,
  { words, category }: Asked,
  embedder: QueryEmbedder,
  stored: readonly string[],
): Promise<Near[]> {
  const queryVector = await embedder.embed(words).catch((cause: Error) => {
    throw new EmbedderFault(`${embedder.model} did not answer: ${cause.message}`, { cause });
  });
  const made = stored.filter((name) => descriptionModelOf(name) === embedder.model);
  const filter: Document = { embedding_model: { $in: made } };
  if (category !== undefined) {
    const ids = await db.collection('products').distinct('product_id', { category_id: category }, { maxTimeMS });
    filter['product_id'] = { $in: ids };
  }
  const found = await db
    .collection('product_embeddings')
    .aggregate<{ product_id: string; score: number }>(
      [
        {
          $vectorSearch: {
            index: DESCRIPTION_INDEX,
            path: 'description_embedding',
            queryVector: [...queryVector],
            numCandidates: LIST_LENGTH * 10,
            limit: LIST_LENGTH,
            filter,
          },
        },
        { $project: { _id: 0, product_id: 1, score: { $meta: 'vectorSearchScore' } } },
      ],
      { maxTimeMS },
    )
    .toArray();
  // The score of a cosine index is (1 + cosine) / 2.
  return found
    .map(({ product_id, score }) => ({ productId: product_id, similarity: Math.round((2 * score - 1) * 1000) / 1000 }))
    .filter(({ similarity }) => similarity >= SIMILARITY_MIN);
}

const idsOf = (list: readonly Near[]): readonly string[] => list.map(({ productId }) => productId);

/** Ids by reciprocal rank fusion of lists that have the best first. */
function fused(lists: readonly { readonly ids: readonly string[]; readonly weight: number }[]): string[] {
  const scores = new Map<string, number>();
  for (const { ids, weight } of lists) {
    for (const [rank, id] of ids.entries()) scores.set(id, (scores.get(id) ?? 0) + weight / (RANK_CONSTANT + rank + 1));
  }
  return [...scores].sort((one, other) => other[1] - one[1]).map(([id]) => id);
}

async function shown(
  context: QueryContext,
  ids: readonly string[],
  byWords: ReadonlySet<string>,
  lists: readonly (readonly Near[])[],
): Promise<SearchedProduct[]> {
  const { db, maxTimeMS } = context;
  const [products, { categories }] = await Promise.all([
    db
      .collection<Omit<SearchedProduct, 'category_name'> & { category_id: string }>('products')
      .find(
        { product_id: { $in: [...ids] }, deleted: false },
        {
          maxTimeMS,
          projection: {
            _id: 0,
            product_id: 1,
            sku: 1,
            product_name: 1,
            category_id: 1,
            product_description: 1,
            base_price: 1,
          },
        },
      )
      .toArray(),
    catalogue(context),
  ]);
  const byId = new Map(products.map((product) => [product.product_id, product]));
  const similarityOf = new Map(lists.flat().map(({ productId, similarity }) => [productId, similarity]));
  return ids.flatMap((id) => {
    const found = byId.get(id);
    if (found === undefined) return [];
    const { category_id, ...product } = found;
    const similarity = similarityOf.get(id) ?? null;
    const matchedBy = [
      ...(byWords.has(id) ? (['words'] as const) : []),
      ...(similarity === null ? [] : (['meaning'] as const)),
    ];
    return [
      { ...product, category_name: categories.get(category_id)?.category_name ?? category_id, matchedBy, similarity },
    ];
  });
}

const known = new WeakMap<object, { readonly atMs: number; readonly models: Promise<readonly string[]> }>();

async function storedModels({ db, maxTimeMS }: QueryContext): Promise<readonly string[]> {
  const before = known.get(db);
  if (before !== undefined && performance.now() - before.atMs < MODELS_FRESH_MS) return await before.models;
  const models = db
    .collection('product_embeddings')
    .distinct('embedding_model', { deleted: false }, { maxTimeMS })
    .then((names) => names as readonly string[]);
  known.set(db, { atMs: performance.now(), models });
  models.catch(() => known.delete(db));
  return await models;
}

/** Which products have vectors of a model, and which still need them. */
import { createHash } from 'node:crypto';
import type { Db } from 'mongodb';
import type { Category, Product, ProductEmbedding, ProductType } from '../../domain/index.ts';
import {
  descriptionModelOf,
  descriptionText,
  imageModelOf,
  isOriginal,
  ORIGINAL_DESCRIPTION_MODEL,
  pictureWords,
  wordModel,
} from '../../embeddings/index.ts';
import { DatabaseError } from '../errors.ts';

/** `{_id: product_id, text_sha256, model}`: of which text a vector was made. Bookkeeping of `zava embeddings generate`. */
export const EMBEDDING_SOURCES_COLLECTION = 'zava_embedding_sources';

export interface EmbeddingSource {
  readonly _id: string;
  readonly text_sha256: string;
  readonly model: string;
}

/**
 * `current`: of the model and of the product's text as it is now. `stale`: of the model, but of another text. `other`: of
 * another model. `original`: came with the catalogue. `missing`: there is none.
 */
export type VectorState = 'current' | 'stale' | 'other' | 'original' | 'missing';

export interface SurveyedProduct {
  readonly productId: string;
  readonly imageUrl: string;
  readonly text: string;
  readonly textSha256: string;
  readonly pictureWords: string;
  readonly state: VectorState;
  /** As the document says it; null where there is none. */
  readonly embeddingModel: string | null;
}

type Stored = Pick<ProductEmbedding, 'product_id' | 'embedding_model' | 'description_embedding'>;

/** The products that are not deleted, each with the state of its vectors as seen by `model`. Throws COLLECTIONS_MISSING. */
export async function surveyEmbeddings(db: Db, model: string): Promise<SurveyedProduct[]> {
  const [products, types, categories, vectors, sources] = await Promise.all([
    db.collection<Product>('products').find({ deleted: false }).sort({ product_id: 1 }).toArray(),
    db.collection<ProductType>('product_types').find().toArray(),
    db.collection<Category>('categories').find().toArray(),
    db
      .collection<Stored>('product_embeddings')
      .find({ deleted: false }, { projection: { product_id: 1, embedding_model: 1, description_embedding: 1 } })
      .toArray(),
    db.collection<EmbeddingSource>(EMBEDDING_SOURCES_COLLECTION).find().toArray(),
  ]);
  if (products.length === 0)
    throw new DatabaseError('COLLECTIONS_MISSING', `The database ${db.databaseName} holds no products.`);
  const typeNames = new Map(types.map(({ type_id, type_name }) => [type_id, type_name]));
  const categoryNames = new Map(categories.map(({ category_id, category_name }) => [category_id, category_name]));
  const stored = new Map(vectors.map((vector) => [vector.product_id, vector]));
  const sourceOf = new Map(sources.map((source) => [source._id, source]));
  return products.map((product) => {
    const words = {
      name: product.product_name,
      type: typeNames.get(product.type_id) ?? '',
      category: categoryNames.get(product.category_id) ?? '',
      description: product.product_description,
      specifications: product.specifications,
    };
    const text = descriptionText(words);
    const textSha256 = createHash('sha256').update(text).digest('hex');
    const vector = stored.get(product.product_id);
    return {
      productId: product.product_id,
      imageUrl: product.image_url,
      text,
      textSha256,
      pictureWords: pictureWords(words),
      state: stateOf(vector, sourceOf.get(product.product_id), { model, text, textSha256 }),
      embeddingModel: vector?.embedding_model ?? null,
    };
  });
}

interface Wanted {
  readonly model: string;
  readonly text: string;
  readonly textSha256: string;
}

function stateOf(vector: Stored | undefined, source: EmbeddingSource | undefined, wanted: Wanted): VectorState {
  if (vector === undefined) return 'missing';
  const made = descriptionModelOf(vector.embedding_model);
  if (isOriginal(vector.embedding_model) && made === ORIGINAL_DESCRIPTION_MODEL) return 'original';
  if (made !== wanted.model) return 'other';
  // The local model can be asked again what it would say; what another made of which text, only its record tells.
  if (made === wordModel().name)
    return sameNumbers(vector.description_embedding, wordModel().embedDescription(wanted.text)) ? 'current' : 'stale';
  return source === undefined || source.model !== made || source.text_sha256 === wanted.textSha256
    ? 'current'
    : 'stale';
}

const sameNumbers = (one: readonly number[], other: readonly number[]) =>
  one.length === other.length && one.every((value, at) => value === other[at]);

export interface EmbeddingStatus {
  readonly products: number;
  /** Of the descriptions and of the pictures: how many vectors each model made. */
  readonly descriptions: Readonly<Record<string, number>>;
  readonly pictures: Readonly<Record<string, number>>;
  readonly states: Readonly<Record<VectorState, number>>;
  readonly searchIndexes: readonly string[];
}

/** How the vectors of a database stand, as seen by `model`. */
export async function embeddingStatus(db: Db, model: string): Promise<EmbeddingStatus> {
  const surveyed = await surveyEmbeddings(db, model);
  const searchIndexes = await db
    .collection('product_embeddings')
    .listSearchIndexes()
    .toArray()
    // A MongoDB without Atlas Search has none.
    .catch(() => []);
  const names = surveyed.flatMap(({ embeddingModel }) => (embeddingModel === null ? [] : [embeddingModel]));
  const states: Record<VectorState, number> = { current: 0, stale: 0, other: 0, original: 0, missing: 0 };
  for (const { state } of surveyed) states[state]++;
  return {
    products: surveyed.length,
    descriptions: counted(names.map(descriptionModelOf)),
    pictures: counted(names.map(imageModelOf)),
    states,
    searchIndexes: searchIndexes.map(({ name }) => name).sort(),
  };
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

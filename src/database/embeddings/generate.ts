/** Makes the vectors that products lack, batch by batch: what a batch has made and paid for is kept before the next begins. */
import type { MongoClient } from 'mongodb';
import type { ProductEmbedding } from '../../domain/index.ts';
import {
  embeddingModelName,
  imageModelOf,
  isOriginal,
  ORIGINAL_IMAGE_MODEL,
  originalModelName,
  type TextEmbedder,
  wordModel,
} from '../../embeddings/index.ts';
import type { OnProgress } from '../progress.ts';
import {
  EMBEDDING_SOURCES_COLLECTION,
  type EmbeddingSource,
  type SurveyedProduct,
  surveyEmbeddings,
} from './survey.ts';

/** Small enough for the token limits of a small deployment, large enough that 424 products take nine calls. */
const BATCH_LENGTH = 50;
/** About so many characters make a token of English. Source: OpenAI's help pages on tokens. */
const CHARACTERS_PER_TOKEN = 4;

export interface EmbeddingPlan {
  /** What is to be made. */
  readonly products: readonly SurveyedProduct[];
  readonly current: number;
  readonly originals: number;
  /** A guess by the texts' length. */
  readonly tokensEstimated: number;
}

export interface PlanOptions {
  /** Also those that are current already. */
  readonly all?: boolean;
  /** Also the vectors that came with the catalogue. */
  readonly replaceOriginals?: boolean;
}

export async function planEmbeddings(
  client: MongoClient,
  database: string,
  model: string,
  { all = false, replaceOriginals = false }: PlanOptions = {},
): Promise<EmbeddingPlan> {
  const surveyed = await surveyEmbeddings(client.db(database), model);
  const products = surveyed.filter(({ state }) =>
    state === 'original' ? replaceOriginals : all || state !== 'current',
  );
  const characters = products.reduce((sum, { text }) => sum + text.length, 0);
  return {
    products,
    current: surveyed.filter(({ state }) => state === 'current').length,
    originals: surveyed.filter(({ state }) => state === 'original').length,
    tokensEstimated: Math.ceil(characters / CHARACTERS_PER_TOKEN),
  };
}

export interface MadeEmbeddings {
  readonly products: number;
  readonly calls: number;
  /** As the service counted them; 0 of the local model. */
  readonly tokens: number;
}

export interface GenerateEmbeddingsOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
  /** Told after each batch what is made so far, also if the next fails. */
  readonly onMade?: (made: MadeEmbeddings) => void;
}

/** Throws what the embedder throws; the batches before are kept then, and the next run goes on behind them. */
export async function generateEmbeddings(
  client: MongoClient,
  database: string,
  embedder: TextEmbedder,
  { products }: EmbeddingPlan,
  { signal, onProgress, onMade }: GenerateEmbeddingsOptions = {},
): Promise<MadeEmbeddings> {
  let made: MadeEmbeddings = { products: 0, calls: 0, tokens: 0 };
  await client.db(database).createCollection(EMBEDDING_SOURCES_COLLECTION).catch(ignoreExisting);
  for (let from = 0; from < products.length; from += BATCH_LENGTH) {
    signal?.throwIfAborted();
    const batch = products.slice(from, from + BATCH_LENGTH);
    const { vectors, tokens } = await embedder.embedTexts(
      batch.map(({ text }) => text),
      signal,
    );
    await keep(client, database, embedder.model, batch, vectors);
    made = { products: made.products + batch.length, calls: made.calls + 1, tokens: made.tokens + tokens };
    onMade?.(made);
    onProgress?.({ phase: 'embedding', done: made.products, total: products.length, unit: 'products' });
  }
  return made;
}

/** The vectors and the record of their texts, together or not at all. */
async function keep(
  client: MongoClient,
  database: string,
  model: string,
  batch: readonly SurveyedProduct[],
  vectors: readonly (readonly number[])[],
): Promise<void> {
  const db = client.db(database);
  const now = new Date().toISOString();
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await db.collection<ProductEmbedding>('product_embeddings').bulkWrite(
        batch.map((product, at) => {
          const { embeddingModel } = product;
          const keepsPicture = embeddingModel !== null && hasOriginalPicture(embeddingModel);
          const picture = keepsPicture
            ? {}
            : {
                image_embedding: wordModel().embedImage({ imageUrl: product.imageUrl, words: product.pictureWords }),
              };
          return {
            updateOne: {
              filter: { _id: product.productId },
              update: {
                $set: {
                  description_embedding: [...vectors[at]!],
                  ...picture,
                  embedding_model: keepsPicture
                    ? originalModelName(model, ORIGINAL_IMAGE_MODEL)
                    : embeddingModelName(model, wordModel().name),
                  image_url: product.imageUrl,
                  deleted: false,
                },
                $setOnInsert: { product_id: product.productId, created_at: now },
              },
              upsert: true,
            },
          };
        }),
        { session },
      );
      await db.collection<EmbeddingSource>(EMBEDDING_SOURCES_COLLECTION).bulkWrite(
        batch.map(({ productId, textSha256 }) => ({
          updateOne: {
            filter: { _id: productId },
            update: { $set: { text_sha256: textSha256, model } },
            upsert: true,
          },
        })),
        { session },
      );
    }),
  );
}

const hasOriginalPicture = (embeddingModel: string) =>
  isOriginal(embeddingModel) && imageModelOf(embeddingModel) === ORIGINAL_IMAGE_MODEL;

function ignoreExisting(error: { readonly codeName?: string }): void {
  if (error.codeName !== 'NamespaceExists') throw error;
}

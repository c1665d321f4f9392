/** The documents that come from the catalogue: categories, product types, products and their embeddings. */

import type { Category, Product, ProductEmbedding, ProductType } from '../domain/index.ts';
import { GROSS_MARGIN_PERCENT, moneyFromCents, seasonsFromList } from '../domain/index.ts';
import {
  descriptionText,
  type EmbeddingModel,
  ORIGINAL_DESCRIPTION_MODEL,
  ORIGINAL_IMAGE_MODEL,
  originalModelName,
  type ProductWords,
  pictureWords,
} from '../embeddings/index.ts';
import type { Assortment, AssortmentProduct } from './assortment.ts';
import { dateWindow, type GenerationConfig } from './config.ts';
import { IsoTimes } from './iso-time.ts';
import { RandomStream } from './random.ts';

const SECONDS_PER_DAY = 86_400;
const LISTED_DAYS_BEFORE_START_MAX = 720;
const UPDATED_WITHIN_DAYS = 365;

export function* categoryDocuments(assortment: Assortment): Generator<Category> {
  for (const [number, category] of assortment.categories.entries()) {
    const id = assortment.categoryIds[number]!;
    yield {
      _id: id,
      category_id: id,
      category_name: category.name,
      seasonal_multipliers: { ...seasonsFromList(assortment.seasons[number]!) },
      deleted: false,
    };
  }
}

export function* productTypeDocuments(assortment: Assortment): Generator<ProductType> {
  for (const type of assortment.types) {
    yield {
      _id: type.typeId,
      type_id: type.typeId,
      type_name: type.name,
      category_id: assortment.categoryIds[type.category]!,
      deleted: false,
    };
  }
}

export function* productDocuments(config: GenerationConfig, assortment: Assortment): Generator<Product> {
  for (const [number, product] of assortment.products.entries()) {
    const { fromCatalog } = product;
    const { createdAt, updatedAt } = listingTimes(config, number);
    yield {
      _id: product.productId,
      product_id: product.productId,
      sku: fromCatalog.sku,
      product_name: fromCatalog.name,
      category_id: assortment.categoryIds[product.category]!,
      type_id: assortment.types[product.type]!.typeId,
      cost: moneyFromCents(fromCatalog.costCents),
      base_price: moneyFromCents(product.basePriceCents),
      gross_margin_percent: GROSS_MARGIN_PERCENT,
      product_description: fromCatalog.description,
      image_url: fromCatalog.imageUrl,
      specifications: { ...fromCatalog.specifications },
      created_at: createdAt,
      updated_at: updatedAt,
      deleted: false,
    };
  }
}

export function* productEmbeddingDocuments(
  config: GenerationConfig,
  assortment: Assortment,
  model: EmbeddingModel,
): Generator<ProductEmbedding> {
  for (const [number, product] of assortment.products.entries()) {
    const { imageUrl, imageEmbedding, descriptionEmbedding } = product.fromCatalog;
    const words = wordsOfProduct(assortment, product);
    yield {
      _id: product.productId,
      product_id: product.productId,
      image_embedding:
        imageEmbedding === undefined ? model.embedImage({ imageUrl, words: pictureWords(words) }) : [...imageEmbedding],
      description_embedding:
        descriptionEmbedding === undefined ? model.embedDescription(descriptionText(words)) : [...descriptionEmbedding],
      embedding_model: modelNameOf(product, model),
      image_url: imageUrl,
      created_at: listingTimes(config, number).createdAt,
      deleted: false,
    };
  }
}

/** What made a product's vectors: the model, or for vectors of the catalogue itself their own models. */
export function modelNameOf({ fromCatalog }: AssortmentProduct, model: EmbeddingModel): string {
  const { imageEmbedding, descriptionEmbedding } = fromCatalog;
  if (imageEmbedding === undefined && descriptionEmbedding === undefined) return model.name;
  const description = descriptionEmbedding === undefined ? model.name : ORIGINAL_DESCRIPTION_MODEL;
  const image = imageEmbedding === undefined ? model.name : ORIGINAL_IMAGE_MODEL;
  return originalModelName(description, image);
}

function wordsOfProduct(assortment: Assortment, { fromCatalog, type, category }: AssortmentProduct): ProductWords {
  const { name, description, specifications } = fromCatalog;
  const [typeName, categoryName] = [assortment.types[type]!.name, assortment.categories[category]!.name];
  return { name, type: typeName, category: categoryName, description, specifications };
}

/** When a product was listed (before the first day) and last edited. By its number alone, so that two callers agree. */
function listingTimes(config: GenerationConfig, number: number): { createdAt: string; updatedAt: string } {
  const { startSeconds, todaySeconds } = dateWindow(config);
  const stream = new RandomStream(config.seed, `products.listed.${number}`);
  const times = new IsoTimes();
  const created = startSeconds - stream.between(1, LISTED_DAYS_BEFORE_START_MAX * SECONDS_PER_DAY);
  const updated = Math.max(created, todaySeconds - stream.below(UPDATED_WITHIN_DAYS * SECONDS_PER_DAY));
  return { createdAt: times.of(created), updatedAt: times.of(updated) };
}

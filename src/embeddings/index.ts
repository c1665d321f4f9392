/** The only door of the room of embeddings. */
export { type AzureEmbeddingOptions, azureEmbedder } from './azure.ts';
export { type EmbeddedTexts, localEmbedder, type QueryEmbedder, type TextEmbedder } from './embedder.ts';
export { EmbeddingsError, embeddingsErrors } from './errors.ts';
export {
  descriptionModelOf,
  type EmbeddingModel,
  embeddingModelName,
  imageModelOf,
  isOriginal,
  ORIGINAL_DESCRIPTION_MODEL,
  ORIGINAL_IMAGE_MODEL,
  originalModelName,
  type PictureToEmbed,
} from './model.ts';
export { descriptionText, type ProductWords, pictureWords } from './product-text.ts';
export { sumOfWords, WORD_MODEL_NAME, wordModel, wordModelOf, wordVectorsPath } from './word-model.ts';
export { readWordVectors, type WordVectors, type WordVectorsHeader, writeWordVectors } from './word-vectors.ts';
export { wordsOf } from './words-of.ts';

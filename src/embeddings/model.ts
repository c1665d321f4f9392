/** What there is to know of a picture. A model of words reads the words alone. */
export interface PictureToEmbed {
  readonly imageUrl: string;
  /** What the picture shows, in words. */
  readonly words: string;
}

/** A source of vectors that needs nobody else. Pure: the same input gives the same numbers, on every machine. */
export interface EmbeddingModel {
  /** Written to `embedding_model`. */
  readonly name: string;
  /** 1536 finite numbers, not all zero. For product descriptions and for what people search for. */
  embedDescription(text: string): number[];
  /** 512 finite numbers, not all zero. */
  embedImage(picture: PictureToEmbed): number[];
}

/** The names of the vectors that the original application's catalogue brings. */
export const ORIGINAL_DESCRIPTION_MODEL = 'text-embedding-3-small';
export const ORIGINAL_IMAGE_MODEL = 'clip-vit-b-32';
const ORIGINAL = 'original:';

/** What the vectors of a document are called: one model that made both, or the description's and the picture's. */
export const embeddingModelName = (description: string, image: string): string =>
  description === image ? description : `${description}+${image}`;

/** As {@link embeddingModelName}, of vectors that came with the catalogue. They stay as they are. */
export const originalModelName = (description: string, image: string): string => `${ORIGINAL}${description}+${image}`;

export const isOriginal = (embeddingModel: string): boolean => embeddingModel.startsWith(ORIGINAL);

/** What made the description's vector. Only vectors of the same model may be compared. */
export function descriptionModelOf(embeddingModel: string): string {
  const name = isOriginal(embeddingModel) ? embeddingModel.slice(ORIGINAL.length) : embeddingModel;
  return name.split('+')[0] ?? name;
}

/** What made the picture's vector. */
export function imageModelOf(embeddingModel: string): string {
  const name = isOriginal(embeddingModel) ? embeddingModel.slice(ORIGINAL.length) : embeddingModel;
  return name.split('+').at(-1) ?? name;
}

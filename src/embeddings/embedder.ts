import { WORD_MODEL_NAME, wordModel } from './word-model.ts';

/** Makes the vector of what somebody searches for, as a model made those of the descriptions. */
export interface QueryEmbedder {
  /** As `descriptionModelOf` names it. */
  readonly model: string;
  /** 1536 numbers. */
  embed(text: string, signal?: AbortSignal): Promise<readonly number[]>;
}

export interface EmbeddedTexts {
  /** One for each text, 1536 numbers each, in their order. */
  readonly vectors: readonly (readonly number[])[];
  /** What a service counted, and what it is paid for; 0 of a local model. */
  readonly tokens: number;
}

/** Makes the vectors of the descriptions too. */
export interface TextEmbedder extends QueryEmbedder {
  embedTexts(texts: readonly string[], signal?: AbortSignal): Promise<EmbeddedTexts>;
}

/** Always there: needs no network. */
export const localEmbedder: TextEmbedder = {
  model: WORD_MODEL_NAME,
  embed: (text) => Promise.resolve(wordModel().embedDescription(text)),
  embedTexts: (texts) =>
    Promise.resolve({ vectors: texts.map((text) => wordModel().embedDescription(text)), tokens: 0 }),
};

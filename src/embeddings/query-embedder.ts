import { WORD_MODEL_NAME, wordModel } from './word-model.ts';

/** Makes the vector of what somebody searches for, as a model made those of the descriptions. */
export interface QueryEmbedder {
  /** As `descriptionModelOf` names it. */
  readonly model: string;
  /** 1536 numbers. */
  embed(text: string, signal?: AbortSignal): Promise<readonly number[]>;
}

/** Always there: needs no network. */
export const localQueryEmbedder: QueryEmbedder = {
  model: WORD_MODEL_NAME,
  embed: (text) => Promise.resolve(wordModel().embedDescription(text)),
};

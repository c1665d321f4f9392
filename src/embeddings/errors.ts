import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const embeddingsErrors = {
  MODEL_FILE_MISSING: {
    fix: 'Install the package again, or make the file with `npx tsx scripts/build-word-vectors.ts`.',
  },
  MODEL_FILE_DAMAGED: {
    fix: 'Install the package again, or make the file with `npx tsx scripts/build-word-vectors.ts`.',
  },
  AZURE_REFUSED: {
    fix: 'Correct what the message names: AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY, AZURE_OPENAI_EMBEDDING_DEPLOYMENT or AZURE_OPENAI_API_VERSION. Without a key sign in with `az login`; the identity needs the role "Cognitive Services OpenAI User".',
  },
  AZURE_UNREACHABLE: {
    fix: 'Run the same command again: it goes on behind what is done. If it stays so, look at the address in AZURE_OPENAI_ENDPOINT, at the network and at the quota of the deployment, or use `--model local`.',
  },
  AZURE_ANSWER_UNFIT: {
    fix: 'Use a deployment of a model with 1,536 numbers (text-embedding-3-small, text-embedding-3-large, text-embedding-ada-002) and name that model in AZURE_OPENAI_EMBEDDING_MODEL.',
  },
} as const satisfies ErrorTable;

export type EmbeddingsErrorCode = keyof typeof embeddingsErrors;

export class EmbeddingsError extends defineErrors('EmbeddingsError', embeddingsErrors) {}

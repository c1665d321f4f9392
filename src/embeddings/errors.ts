import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const embeddingsErrors = {
  MODEL_FILE_MISSING: {
    fix: 'Install the package again, or make the file with `npx tsx scripts/build-word-vectors.ts`.',
  },
  MODEL_FILE_DAMAGED: {
    fix: 'Install the package again, or make the file with `npx tsx scripts/build-word-vectors.ts`.',
  },
} as const satisfies ErrorTable;

export type EmbeddingsErrorCode = keyof typeof embeddingsErrors;

export class EmbeddingsError extends defineErrors('EmbeddingsError', embeddingsErrors) {}

/** What makes vectors, by the settings: the local model always, Azure OpenAI where it is configured. */
import { azureEmbedder, localEmbedder, type QueryEmbedder, type TextEmbedder } from '../embeddings/index.ts';
import type { Settings } from './settings.ts';

export function azureEmbedderOf(settings: Settings): TextEmbedder | null {
  if (settings.AZURE_OPENAI_ENDPOINT === undefined) return null;
  return azureEmbedder({
    endpoint: settings.AZURE_OPENAI_ENDPOINT,
    apiKey: settings.AZURE_OPENAI_API_KEY,
    deployment: settings.AZURE_OPENAI_EMBEDDING_DEPLOYMENT,
    model: settings.AZURE_OPENAI_EMBEDDING_MODEL ?? settings.AZURE_OPENAI_EMBEDDING_DEPLOYMENT,
    apiVersion: settings.AZURE_OPENAI_API_VERSION,
  });
}

/** Each question is embedded by the model that made the stored vectors. */
export function queryEmbeddersOf(settings: Settings): readonly QueryEmbedder[] {
  const azure = azureEmbedderOf(settings);
  return azure === null ? [localEmbedder] : [localEmbedder, azure];
}

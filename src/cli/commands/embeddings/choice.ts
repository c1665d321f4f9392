import type { TextEmbedder } from '../../../embeddings/index.ts';
import { CliError } from '../../errors.ts';
import type { CliOption } from '../../options.ts';
import type { Settings } from '../../settings.ts';

const MODELS = ['azure', 'local'] as const;
type ModelChoice = (typeof MODELS)[number];

export const modelOption: CliOption<ModelChoice | undefined> = {
  help: 'What makes the vectors: `azure` or `local`. Default: Azure OpenAI where AZURE_OPENAI_ENDPOINT is set, else the local model.',
  valueName: 'MODEL',
  parse: (text) => {
    const model = MODELS.find((one) => one === text);
    if (model === undefined)
      throw new CliError('BAD_USAGE', `One of ${MODELS.join(', ')} was expected; "${text}" came.`);
    return model;
  },
};

/** Throws SETTINGS_MISSING. */
export async function embedderOf(choice: ModelChoice | undefined, settings: Settings): Promise<TextEmbedder> {
  const [{ azureEmbedderOf }, { localEmbedder }] = await Promise.all([
    import('../../embedders.ts'),
    import('../../../embeddings/index.ts'),
  ]);
  if (choice === 'local') return localEmbedder;
  const azure = azureEmbedderOf(settings);
  if (azure === null && choice === 'azure')
    throw new CliError('SETTINGS_MISSING', 'Embedding by Azure OpenAI needs AZURE_OPENAI_ENDPOINT.');
  return azure ?? localEmbedder;
}

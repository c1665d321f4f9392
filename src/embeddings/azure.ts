/**
 * Vectors of descriptions by Azure OpenAI, for whoever has a deployment there. The client library asks again, later, where
 * the service is busy or fails; what it is refused for is told without the key.
 */
import type { AzureOpenAI } from 'openai';
import { DESCRIPTION_EMBEDDING_LENGTH } from '../domain/index.ts';
import type { EmbeddedTexts, TextEmbedder } from './embedder.ts';
import { EmbeddingsError } from './errors.ts';

const TIMEOUT_MS = 30_000;
const RETRIES_MAX = 6;
const ENTRA_SCOPE = 'https://cognitiveservices.azure.com/.default';

export interface AzureEmbeddingOptions {
  /** `https://….openai.azure.com` */
  readonly endpoint: string;
  /** Without it the identity of the machine or its user is shown to Entra. */
  readonly apiKey?: string | undefined;
  readonly deployment: string;
  /** What the deployment serves. Written to `embedding_model`. */
  readonly model: string;
  readonly apiVersion: string;
  /** How often a busy or failing service is asked again. */
  readonly retriesMax?: number;
}

/** Its `embedTexts` throws AZURE_REFUSED, AZURE_UNREACHABLE, AZURE_ANSWER_UNFIT. */
export function azureEmbedder(options: AzureEmbeddingOptions): TextEmbedder {
  let client: Promise<AzureOpenAI> | undefined;
  const embedTexts: TextEmbedder['embedTexts'] = async (texts, signal) => {
    client ??= openClient(options);
    const answer = await (await client).embeddings
      .create(
        {
          model: options.deployment,
          input: [...texts],
          encoding_format: 'float',
          // Older models have one length only, and refuse to be told it.
          ...(options.model.startsWith('text-embedding-3') ? { dimensions: DESCRIPTION_EMBEDDING_LENGTH } : {}),
        },
        signal === undefined ? {} : { signal },
      )
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw faultFrom(cause, options);
      });
    return textsFrom(answer, texts.length, options);
  };
  return {
    model: options.model,
    embedTexts,
    embed: async (text, signal) => (await embedTexts([text], signal)).vectors[0]!,
  };
}

async function openClient({ endpoint, apiKey, apiVersion, deployment, retriesMax }: AzureEmbeddingOptions) {
  const { AzureOpenAI } = await import('openai');
  const shared = { endpoint, apiVersion, deployment, timeout: TIMEOUT_MS, maxRetries: retriesMax ?? RETRIES_MAX };
  if (apiKey !== undefined) return new AzureOpenAI({ ...shared, apiKey });
  const { DefaultAzureCredential, getBearerTokenProvider } = await import('@azure/identity');
  return new AzureOpenAI({
    ...shared,
    azureADTokenProvider: getBearerTokenProvider(new DefaultAzureCredential(), ENTRA_SCOPE),
  });
}

interface Answer {
  readonly model?: string;
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[];
  readonly usage?: { readonly total_tokens?: number };
}

function textsFrom(answer: Answer, count: number, { deployment, model }: AzureEmbeddingOptions): EmbeddedTexts {
  const unfit = (what: string) =>
    new EmbeddingsError('AZURE_ANSWER_UNFIT', `The deployment ${deployment} of Azure OpenAI answered ${what}.`);
  if (answer.model !== undefined && !answer.model.startsWith(model))
    throw unfit(`with vectors of ${answer.model}, where ${model} was expected`);
  const vectors: (readonly number[])[] = [];
  for (const { index, embedding } of answer.data) vectors[index] = embedding;
  if (answer.data.length !== count || vectors.length !== count)
    throw unfit(`with ${answer.data.length} vectors to ${count} texts`);
  for (const vector of vectors) {
    if (vector.length !== DESCRIPTION_EMBEDDING_LENGTH)
      throw unfit(`with vectors of ${vector.length} numbers, where ${DESCRIPTION_EMBEDDING_LENGTH} were expected`);
    if (!vector.every(Number.isFinite) || vector.every((value) => value === 0))
      throw unfit('with a vector that has no direction');
  }
  return { vectors, tokens: answer.usage?.total_tokens ?? 0 };
}

/** The service's own words may quote a part of the key: only its status and code are told. */
function faultFrom(cause: unknown, { endpoint, deployment, apiKey }: AzureEmbeddingOptions): EmbeddingsError {
  const chain = causesOf(cause);
  const { status, code } = (chain[0] ?? {}) as { status?: number; code?: string | null };
  const host = new URL(endpoint).host;
  if (
    apiKey === undefined &&
    chain.some(({ name, message }) => /Authentication|Credential|TokenProvider/.test(`${name} ${message}`))
  )
    return new EmbeddingsError('AZURE_REFUSED', 'There is no key, and no identity that Entra knows on this machine.');
  if (status === undefined)
    return new EmbeddingsError(
      'AZURE_UNREACHABLE',
      `Azure OpenAI at ${host} did not answer (${chain.map((one) => (one as { code?: string }).code).find((one) => one !== undefined) ?? 'the line was cut'}).`,
    );
  const said = `Azure OpenAI at ${host}, deployment ${deployment}, answered ${status}${code == null ? '' : ` (${code})`}`;
  if (status === 429 || status >= 500) return new EmbeddingsError('AZURE_UNREACHABLE', `${said}, time and again.`);
  const who = apiKey === undefined ? 'Entra identity' : 'AZURE_OPENAI_API_KEY';
  const reason: Record<number, string> = {
    401: `it does not know the ${who}`,
    403: `the ${who} may not use it`,
    404: 'there is no such deployment or API version',
  };
  return new EmbeddingsError('AZURE_REFUSED', `${said}${status in reason ? `: ${reason[status]}` : ''}.`);
}

/** An error and what it was caused by, to the last. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && !chain.includes(at); at = at.cause) chain.push(at);
  return chain;
}

/**
 * Products by their meaning, from headquarters: only it has the vectors. It is asked at the gates by which the device comes in,
 * with the same token, and has a second; without an answer the device's own index is what there is, and nobody waits.
 */
import { z } from 'zod';
import type { MeaningAnswer } from './api.ts';

const ANSWER_MS_MAX = 1_000;
const ANSWER_BYTES_MAX = 64 * 1024;

const answerSchema = z.object({
  because: z.string().max(1_000).nullable(),
  productIds: z.array(z.string().max(200)).max(100),
});

export interface HeadquartersToAsk {
  /** As the device syncs by them: `wss://hq.example.com/sync`. */
  readonly gatewayUris: readonly string[];
  readonly token: () => Promise<string> | string;
  readonly question: string;
  readonly limit: number;
}

/** Of the first gate that answers. Never throws. */
export async function searchAtHeadquarters(asked: HeadquartersToAsk): Promise<MeaningAnswer> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  let because = 'No address of headquarters is known.';
  for (const gatewayUri of asked.gatewayUris) {
    try {
      return await askOne(searchAddressOf(gatewayUri, asked), await asked.token(), signal);
    } catch (error) {
      because = signal.aborted
        ? `Headquarters did not answer within ${ANSWER_MS_MAX / 1_000} s.`
        : `Headquarters did not answer: ${(error as Error).message}`;
    }
    if (signal.aborted) break;
  }
  return { productIds: [], because };
}

function searchAddressOf(gatewayUri: string, { question, limit }: HeadquartersToAsk): URL {
  const address = new URL(gatewayUri.replace(/^ws/, 'http'));
  address.pathname = `${address.pathname.replace(/\/$/, '')}/search`;
  address.search = new URLSearchParams({ q: question, limit: String(limit) }).toString();
  return address;
}

async function askOne(address: URL, token: string, signal: AbortSignal): Promise<MeaningAnswer> {
  const headers = { authorization: `Bearer ${token}` };
  // A token goes to no other address than the one that it is meant for.
  const response = await fetch(address, { headers, signal, redirect: 'error' });
  const text = await response.text();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  if (text.length > ANSWER_BYTES_MAX) throw new Error('its answer is too long');
  return answerSchema.parse(JSON.parse(text));
}

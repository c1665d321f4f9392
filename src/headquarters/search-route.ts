/**
 * Search by meaning for devices, beside the gate by which they come in and with the token that opens it: a device has the
 * catalogue, but no vectors. What it is told are ids; the products it has already.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { queryOf } from '../database/index.ts';
import { readAccess, type SearchResult } from '../domain/index.ts';
import type { QueryEmbedder } from '../embeddings/index.ts';
import type { ApplyContext, SigningKey } from '../gateway/index.ts';
import type { ProductsByMeaning } from './api.ts';
import { factsOfBearer } from './bearer.ts';
import { HeadquartersError } from './errors.ts';

/** Whoever asks waits for a second at most. */
const MAX_TIME_MS = 1_500;

const askedSchema = z.strictObject({
  q: z.string().trim().min(1).max(200),
  limit: z.coerce.number().int().min(1).max(50).default(12),
});

export interface SearchRouteOptions {
  /** Null until the company is open. */
  readonly sync: () => ApplyContext | null;
  readonly signingKey: SigningKey | undefined;
  readonly embedders: readonly QueryEmbedder[];
}

export function searchRoute(app: FastifyInstance, { sync, signingKey, embedders }: SearchRouteOptions): void {
  app.get('/sync/search', async (request): Promise<ProductsByMeaning> => {
    const context = sync();
    if (context === null) throw new HeadquartersError('NOT_OPEN_YET', 'The company is still being opened.');
    const { principal } = await factsOfBearer(request, context.db, signingKey);
    if (readAccess(context.permissions, principal, 'products') === null)
      throw new HeadquartersError('NOT_ALLOWED', `A ${principal.role} may not read products.`);
    const asked = askedSchema.safeParse(request.query);
    if (!asked.success)
      throw new HeadquartersError('REQUEST_INVALID', 'Expected q, a text, and limit, a number up to 50.');
    const { q, limit } = asked.data;
    // By meaning alone: the device knows the words itself.
    const query = queryOf('products-by-meaning');
    if (query === undefined) throw new Error('The query library has no products-by-meaning.');
    const { because, products } = (await query.run(
      { db: context.db, principal, maxTimeMS: MAX_TIME_MS, embedders },
      query.parameters.parse({ words: q, limit }),
    )) as SearchResult;
    return { because, productIds: products.map(({ product_id }) => product_id) };
  });
}

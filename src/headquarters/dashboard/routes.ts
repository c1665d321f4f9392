/** The dashboard's API: the query library by name, sync health, the inbox, questions of one's own, price changes, and what changes. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { allowedStages, DatabaseError, type Query, queries, queryOf } from '../../database/index.ts';
import { isMoney, type Product, productId } from '../../domain/index.ts';
import type { QueryEmbedder } from '../../embeddings/index.ts';
import { type ApplyContext, readSyncStatus } from '../../gateway/index.ts';
import type { DevicesHealth, QueryAnswer, SavedQuery } from '../api.ts';
import { HeadquartersError } from '../errors.ts';
import { principalOf } from '../sign-in.ts';
import { sendCsv } from './csv.ts';
import { explore, exploreSchema } from './explore.ts';
import { inboxRoutes } from './inbox-routes.ts';
import { LiveTopics } from './live-topics.ts';
import { SharedAnswers } from './shared-answers.ts';

const QUERY_MAX_TIME_MS = 20_000;

const priceSchema = z.strictObject({
  base_price: z.number().positive().max(100_000).refine(isMoney, 'expected an amount with two decimals'),
});

export interface DashboardOptions {
  /** Null until the company is open. */
  readonly sync: () => ApplyContext | null;
  readonly now: () => Date;
  readonly embedders: readonly QueryEmbedder[];
}

export function dashboardRoutes(app: FastifyInstance, options: DashboardOptions): void {
  const open = (): ApplyContext => {
    const context = options.sync();
    if (context === null) throw new HeadquartersError('NOT_OPEN_YET', 'The company is still being opened.');
    return context;
  };
  const answers = new SharedAnswers(options.now);
  const topics = new LiveTopics(() => options.sync()?.db ?? null);
  app.addHook('onClose', () => topics.close());

  app.get('/api/dashboard/queries', (): { queries: readonly SavedQuery[]; stages: readonly string[] } => ({
    queries: queries.map(({ name, summary, parameters }) => ({
      name,
      summary,
      parameters: z.toJSONSchema(parameters, { io: 'input' }) as SavedQuery['parameters'],
    })),
    stages: Object.keys(allowedStages),
  }));

  app.get<{ Params: { name: string } }>('/api/dashboard/queries/:name', async (request, reply) => {
    const query = queryOf(request.params.name);
    if (query === undefined) {
      throw new HeadquartersError('NO_SUCH_ADDRESS', `There is no query '${request.params.name}'.`);
    }
    const { format, ...asked } = request.query as Record<string, string>;
    const answer = await ask(request, query, asked);
    return format === 'csv' ? sendCsv(reply, query.name, rowsOf(answer.value)) : answer;
  });

  app.get('/api/dashboard/devices', async (request, reply) => {
    const principal = principalOf(request);
    const status = await readSyncStatus(open().db);
    const sees = (stores: 'all' | readonly string[]) =>
      principal.stores === 'all' || (stores !== 'all' && stores.every((store) => principal.stores.includes(store)));
    const devices = status.devices.filter(({ stores }) => sees(stores));
    if ((request.query as { format?: string }).format === 'csv') return sendCsv(reply, 'devices', devices);
    const health: DevicesHealth = JSON.parse(JSON.stringify({ ...status, devices }));
    return health;
  });

  app.post('/api/dashboard/explore', async (request, reply) => {
    const principal = principalOf(request);
    const { db, permissions } = open();
    const asked = parsed(exploreSchema, request.body);
    const answer = await explore({ db, principal, maxTimeMS: QUERY_MAX_TIME_MS }, permissions, asked);
    const isCsv = (request.query as { format?: string }).format === 'csv';
    return isCsv ? sendCsv(reply, asked.collection, answer.rows) : answer;
  });

  app.post<{ Params: { id: string } }>('/api/products/:id/price', async (request) => {
    const principal = principalOf(request);
    if (principal.role !== 'headquarters') {
      throw new HeadquartersError('NOT_ALLOWED', 'Prices are headquarters’ to change.');
    }
    const { base_price } = parsed(priceSchema, request.body);
    return { product: await changePrice(open(), parsed(productId, request.params.id), base_price, options.now()) };
  });

  app.get('/api/dashboard/events', { sse: { kind: 'only' } }, async (request, reply) => {
    principalOf(request);
    reply.sse.keepAlive();
    await reply.sse.send({ event: 'changed', data: { topics: [] } });
    const stop = topics.subscribe((changed) => {
      answers.forget();
      if (reply.sse.isConnected) void reply.sse.send({ event: 'changed', data: { topics: changed } });
    });
    reply.sse.onClose(stop);
  });

  inboxRoutes(app, open);

  async function ask(request: FastifyRequest, query: Query, asked: Record<string, string>): Promise<QueryAnswer> {
    const principal = principalOf(request);
    const parameters = parsed(query.parameters, asked);
    const { db } = open();
    const key = JSON.stringify([query.name, principal.role, principal.stores, parameters]);
    try {
      return await answers.get(key, () =>
        query.run({ db, principal, maxTimeMS: QUERY_MAX_TIME_MS, embedders: options.embedders }, parameters),
      );
    } catch (cause) {
      if (
        cause instanceof DatabaseError &&
        (cause.code === 'STORE_NOT_YOURS' || cause.code === 'CUSTOMERS_NOT_YOURS')
      ) {
        throw new HeadquartersError('NOT_ALLOWED', cause.message, { cause });
      }
      if (cause instanceof HeadquartersError) throw cause;
      throw new HeadquartersError('DATABASE_UNREACHABLE', 'The database did not answer.', { cause });
    }
  }
}

/** Written as a back-office tool would: the gateway stamps it, and every device hears of it. */
async function changePrice({ db }: ApplyContext, id: string, base_price: number, now: Date): Promise<Product> {
  const products = db.collection<Product>('products');
  const product = await products.findOne({ product_id: id, deleted: false });
  if (product === null) throw new HeadquartersError('NO_SUCH_ADDRESS', `There is no product '${id}'.`);
  const gross_margin_percent = Math.round(((base_price - product.cost) / base_price) * 10_000) / 100;
  const updated_at = `${now.toISOString().slice(0, 19)}Z`;
  await products.updateOne({ _id: product._id }, { $set: { base_price, gross_margin_percent, updated_at } });
  return { ...product, base_price, gross_margin_percent, updated_at };
}

/** The rows of an answer; of one that has several lists, each row says of which it is. */
function rowsOf(value: unknown): readonly object[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return [];
  const lists = Object.entries(value).filter((entry): entry is [string, object[]] => Array.isArray(entry[1]));
  return lists.length === 0 ? [value] : lists.flatMap(([list, rows]) => rows.map((row) => ({ list, ...row })));
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new HeadquartersError('REQUEST_INVALID', `At '${first?.path.join('.') ?? ''}': ${first?.message ?? ''}`);
}

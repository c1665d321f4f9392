import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import fastifySse from '@fastify/sse';
import Fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Db } from 'mongodb';
import { CodedError, type Principal } from '../domain/index.ts';
import { localEmbedder, type QueryEmbedder } from '../embeddings/index.ts';
import type { ApplyContext, SigningKey } from '../gateway/index.ts';
import { guardHost, servePages } from '../pages/index.ts';
import type { CompanyOverview, DatabaseDescription, OpeningPage, OpeningState, ValidationSummary } from './api.ts';
import { readCompanyOverview } from './company.ts';
import { dashboardRoutes } from './dashboard/routes.ts';
import { deviceRoutes } from './device-routes.ts';
import { HeadquartersError } from './errors.ts';
import type { Fleet } from './fleet.ts';
import { type McpAtHeadquarters, mcpRoutes } from './mcp-routes.ts';
import type { Opening } from './opening.ts';
import { searchRoute } from './search-route.ts';
import { principalOf, signInRoutes } from './sign-in.ts';

/** Reached from this machine alone. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
/** How old an overview may be before a request has it computed anew, in milliseconds. */
const OVERVIEW_FRESH_MS = 10_000;
const OVERVIEW_MAX_TIME_MS = 30_000;
/** Often enough to look alive, seldom enough to cost nothing: progress events per second at most. */
const PROGRESS_EVENTS_PER_SECOND = 8;

export interface HeadquartersOptions {
  readonly port: number;
  readonly host?: string;
  /** The folder of the built pages. */
  readonly webRoot: string;
  readonly opening: Opening;
  /** Null until the database is there. */
  readonly database: () => { readonly db: Db; readonly description: DatabaseDescription } | null;
  /** The last validation: its summary for the page, and the file of the self-contained HTML report. */
  readonly validation: () => { readonly summary: ValidationSummary; readonly htmlFile: string } | null;
  /** The picture of a product type as SVG, by the slug in `image_url`; null where there is none. */
  readonly picture: (slug: string) => string | null;
  /** Takes a WebSocket that wants in, as the sync gateway does; false where it is for nobody here, or too early. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  /** The devices that were started with the company; null until they are, or where there are none. */
  readonly fleet?: () => Fleet | null;
  /** What settles the inbox and tells of devices; null until the company is open. */
  readonly sync?: () => ApplyContext | null;
  /** Of the data directory: who signs tokens that open these pages. */
  readonly signingKey?: SigningKey;
  /** Throws ACCESS_REFUSED where a token was withdrawn. */
  readonly checkWithdrawn?: (tokenId: string) => Promise<void>;
  /** What the MCP servers are given beside the database. Without it they are not served. */
  readonly mcp?: McpAtHeadquarters;
  /** What makes vectors of a question. Default: the local model alone. */
  readonly embedders?: readonly QueryEmbedder[];
  readonly now?: () => Date;
}

export interface Headquarters {
  readonly url: string;
  readonly port: number;
  /** Reached from this machine alone: nobody has to sign in. */
  readonly isLaptop: boolean;
  close(): Promise<void>;
}

/**
 * Serves the first page and its API on the loopback address (or `host`): `/api/opening` (state, and events while it
 * changes), `/api/company`, `/validation` (the report), `/health`.
 * Throws PORT_IN_USE.
 */
export async function startHeadquarters(options: HeadquartersOptions): Promise<Headquarters> {
  const host = options.host ?? '127.0.0.1';
  const isLaptop = LOOPBACK.has(host);
  const app = Fastify({ forceCloseConnections: true });
  // Its types describe the unwrapped plugin; the module itself is the one that reaches the routes outside it.
  await app.register(fastifySse as unknown as FastifyPluginAsync);
  // Before the routes: each keeps the handler that was there when it came.
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    const isRequests = status < 500 && !(error instanceof CodedError);
    const message = error instanceof Error ? error.message : String(error);
    return sendProblem(reply, status, isRequests ? new HeadquartersError('REQUEST_INVALID', message) : error);
  });
  // JSON alone: a form of another site sends anything but that without asking first.
  app.removeContentTypeParser('text/plain');
  guardHost(app, isLaptop ? host : null, (message) => new HeadquartersError('HOST_REFUSED', message));
  signInRoutes(app, { ...options, isLaptop });
  routes(app, options);
  deviceRoutes(app, options.fleet ?? (() => null));
  const sync = options.sync ?? (() => null);
  const embedders = options.embedders ?? [localEmbedder];
  mcpRoutes(app, {
    sync,
    signingKey: options.signingKey,
    ...(options.mcp === undefined ? {} : { mcp: { embedders, ...options.mcp } }),
  });
  searchRoute(app, { sync, signingKey: options.signingKey, embedders });
  dashboardRoutes(app, { sync, now: options.now ?? (() => new Date()), embedders });
  await servePages(app, {
    webRoot: options.webRoot,
    page: 'index.html',
    picture: options.picture,
    notFound: sendNotFound,
  });
  app.server.on('upgrade', (request, socket, head) => {
    if (options.upgrade?.(request, socket, head) === true) return;
    socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\r\n');
  });

  try {
    await app.listen({ port: options.port, host });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new HeadquartersError('PORT_IN_USE', `Port ${options.port} on ${host} is already in use.`, {
      cause: error,
      data: { port: options.port, host },
    });
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { url, port, isLaptop, close: () => app.close() };
}

function routes(app: FastifyInstance, options: HeadquartersOptions): void {
  const { opening } = options;
  const now = options.now ?? (() => new Date());
  // One for each set of stores that somebody may see: all of them, or one.
  const overviews = new Map<string, FreshValue<CompanyOverview>>();
  const overviewFor = ({ stores }: Principal, db: Db): Promise<CompanyOverview> => {
    const key = stores === 'all' ? stores : [...stores].sort().join(' ');
    const overview = overviews.get(key) ?? new FreshValue<CompanyOverview>(OVERVIEW_FRESH_MS, now);
    overviews.set(key, overview);
    return overview.get(() => readCompanyOverview(db, { maxTimeMS: OVERVIEW_MAX_TIME_MS, now: now(), stores }));
  };

  const page = (state: OpeningState): OpeningPage => ({
    ...state,
    database: options.database()?.description ?? null,
    validation: options.validation()?.summary ?? null,
  });

  app.get('/health', (_request, reply) => {
    const { state } = opening.state;
    return reply.code(state === 'failed' ? 503 : 200).send({ state });
  });

  app.get('/api/opening', () => page(opening.state));

  app.get('/api/opening/events', { sse: { kind: 'only' } }, async (_request, reply) => {
    reply.sse.keepAlive();
    await reply.sse.send({ event: 'opening', data: page(opening.state) });
    let latest: OpeningState | null = null;
    let timer: NodeJS.Timeout | null = null;
    const send = () => {
      timer = null;
      if (latest === null || !reply.sse.isConnected) return;
      const state = latest;
      latest = null;
      void reply.sse.send({ event: 'opening', data: page(state) });
    };
    const unsubscribe = opening.subscribe((state) => {
      latest = state;
      timer ??= setTimeout(send, 1000 / PROGRESS_EVENTS_PER_SECOND);
    });
    reply.sse.onClose(() => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    });
  });

  app.get('/api/company', async (request, reply) => {
    const database = options.database();
    if (database === null || opening.state.state !== 'open') {
      return sendProblem(reply, 503, new HeadquartersError('NOT_OPEN_YET', 'The company is still being opened.'));
    }
    try {
      return await overviewFor(principalOf(request), database.db);
    } catch (error) {
      const problem = new HeadquartersError('DATABASE_UNREACHABLE', 'The database did not answer.', { cause: error });
      return sendProblem(reply, 503, problem);
    }
  });

  app.get('/validation', async (request, reply) => {
    principalOf(request);
    const file = options.validation()?.htmlFile ?? null;
    if (file === null || !existsSync(file)) return reply.redirect('/');
    // One file with its own scripts in it, made by this program.
    return reply
      .header(
        'content-security-policy',
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
      )
      .type('text/html; charset=utf-8')
      .send(await readFile(file));
  });
}

/** A value that is computed when asked for, shared by all who ask meanwhile, and kept for a while. */
class FreshValue<Value> {
  #pending: { readonly atMs: number; readonly value: Promise<Value> } | null = null;
  readonly #freshMs: number;
  readonly #now: () => Date;

  constructor(freshMs: number, now: () => Date) {
    this.#freshMs = freshMs;
    this.#now = now;
  }

  get(compute: () => Promise<Value>): Promise<Value> {
    const atMs = this.#now().getTime();
    if (this.#pending === null || atMs - this.#pending.atMs > this.#freshMs) {
      const value = compute();
      this.#pending = { atMs, value };
      value.catch(() => {
        this.#pending = null;
      });
    }
    return this.#pending.value;
  }
}

const sendNotFound = (request: FastifyRequest, reply: FastifyReply) =>
  sendProblem(reply, 404, new HeadquartersError('NO_SUCH_ADDRESS', `Nothing answers at ${request.url}.`));

const STATUS: Partial<Record<string, number>> = {
  HOST_REFUSED: 403,
  NO_SUCH_DEVICE: 404,
  REQUEST_INVALID: 400,
  DEVICE_UNREACHABLE: 503,
  SIGN_IN_NEEDED: 401,
  TOKEN_REFUSED: 401,
  ROLE_REFUSED: 403,
  MCP_SESSION_UNKNOWN: 404,
  MCP_BUSY: 503,
  NOT_ALLOWED: 403,
  NOT_OPEN_YET: 503,
  DATABASE_UNREACHABLE: 503,
  NO_SUCH_ADDRESS: 404,
  INBOX_ENTRY_UNKNOWN: 404,
  NOT_SETTLED: 409,
  QUESTION_REFUSED: 400,
};

/** Of our own errors; Fastify's own faults of a request (a body that is no JSON) are the request's. */
function statusOf(error: unknown): number {
  if (error instanceof CodedError) return STATUS[error.code] ?? 500;
  const { statusCode } = error as { statusCode?: number };
  return statusCode !== undefined && statusCode < 500 ? statusCode : 500;
}

function sendProblem(reply: FastifyReply, status: number, error: unknown): FastifyReply {
  if (error instanceof CodedError) {
    return reply.code(status).send({ code: error.code, message: error.message, fix: error.fix });
  }
  reply.log.error(error);
  return reply.code(status).send({
    code: 'INTERNAL',
    message: error instanceof Error ? error.message : 'An unexpected fault.',
    fix: 'This is a fault of ours: please report it with what you did before.',
  });
}

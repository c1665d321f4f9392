/**
 * The MCP servers over streamable HTTP: `/mcp/customer-sales` and `/mcp/sales-analysis`. A token in the header says who asks,
 * on this machine too, and is looked at with every request; a session belongs to the token that opened it.
 */
import { randomUUID } from 'node:crypto';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { QueryEmbedder } from '../embeddings/index.ts';
import type { ApplyContext, SigningKey, TokenFacts } from '../gateway/index.ts';
import { createMcpServer, type McpHost, type McpServerName } from '../mcp/index.ts';
import { factsOfBearer } from './bearer.ts';
import { HeadquartersError } from './errors.ts';

const SERVERS: readonly McpServerName[] = ['customer-sales', 'sales-analysis'];
const SESSIONS_MAX = 200;
/** Of one token: who opens more and more of them shuts nobody else out. */
const SESSIONS_OF_TOKEN_MAX = 20;
const IDLE_MS_MAX = 30 * 60_000;
const SWEEP_MS = 60_000;
const BODY_BYTES_MAX = 1_000_000;

export interface McpAtHeadquarters {
  readonly version: string;
  readonly audit: McpHost['audit'];
  readonly onFault?: McpHost['onFault'];
  readonly embedders?: readonly QueryEmbedder[];
  /** After so long the database gives up on a call, in milliseconds. */
  readonly maxTimeMS?: number;
}

export interface McpRoutesOptions {
  /** Null until the company is open. */
  readonly sync: () => ApplyContext | null;
  readonly signingKey: SigningKey | undefined;
  readonly mcp?: McpAtHeadquarters;
}

interface Session {
  readonly server: McpServer;
  readonly transport: StreamableHTTPServerTransport;
  readonly name: McpServerName;
  readonly owner: string;
  usedMs: number;
}

export function mcpRoutes(app: FastifyInstance, { sync, signingKey, mcp }: McpRoutesOptions): void {
  if (mcp === undefined) return;
  const sessions = new Map<string, Session>();
  const sweep = setInterval(() => {
    for (const [id, { usedMs, server }] of sessions) {
      if (performance.now() - usedMs < IDLE_MS_MAX) continue;
      sessions.delete(id);
      void server.close();
    }
  }, SWEEP_MS);
  sweep.unref();
  app.addHook('onClose', async () => {
    clearInterval(sweep);
    await Promise.all([...sessions.values()].map(({ server }) => server.close()));
  });

  const open = (): ApplyContext => {
    const context = sync();
    if (context === null) throw new HeadquartersError('NOT_OPEN_YET', 'The company is still being opened.');
    return context;
  };

  const begin = async (name: McpServerName, { principal, tokenId }: TokenFacts): Promise<Session> => {
    if (sessions.size >= SESSIONS_MAX)
      throw new HeadquartersError('MCP_BUSY', `${SESSIONS_MAX} sessions are open already.`);
    const owner = ownerOf(principal, tokenId);
    if ([...sessions.values()].filter((session) => session.owner === owner).length >= SESSIONS_OF_TOKEN_MAX)
      throw new HeadquartersError('MCP_BUSY', `${SESSIONS_OF_TOKEN_MAX} sessions of this token are open already.`);
    const { db, permissions } = open();
    const { version, ...given } = mcp;
    const server = createMcpServer(name, { db, principal, permissions, ...given }, version);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, session),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    const session: Session = { server, transport, name, owner, usedMs: performance.now() };
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId);
    };
    // Its types do without what exactOptionalPropertyTypes asks for.
    await server.connect(transport as Parameters<McpServer['connect']>[0]);
    return session;
  };

  const sessionOf = async (name: McpServerName, request: FastifyRequest, facts: TokenFacts): Promise<Session> => {
    const id = request.headers['mcp-session-id'];
    if (id === undefined && request.method === 'POST' && isInitializeRequest(request.body))
      return await begin(name, facts);
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (known === undefined || known.name !== name || known.owner !== ownerOf(facts.principal, facts.tokenId))
      throw new HeadquartersError('MCP_SESSION_UNKNOWN', 'There is no such session for this token.');
    known.usedMs = performance.now();
    return known;
  };

  for (const name of SERVERS) {
    app.route({
      method: ['POST', 'GET', 'DELETE'],
      url: `/mcp/${name}`,
      bodyLimit: BODY_BYTES_MAX,
      async handler(request: FastifyRequest, reply: FastifyReply) {
        const facts = await factsOfBearer(request, open().db, signingKey).catch((error: unknown) => {
          reply.header('www-authenticate', 'Bearer realm="zava"');
          throw error;
        });
        const { transport } = await sessionOf(name, request, facts);
        reply.hijack();
        await transport.handleRequest(request.raw, reply.raw, request.body);
      },
    });
  }
}

const ownerOf = (principal: TokenFacts['principal'], tokenId: string | null): string =>
  JSON.stringify([principal.role, principal.userId, principal.stores, tokenId]);

/** A small company, and real MCP clients of its servers: over HTTP at headquarters, and over stdio. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { createIndexes } from '../../src/database/index.ts';
import type { Principal } from '../../src/domain/index.ts';
import { permissions } from '../../src/edge/retail/device.fixture.ts';
import { signingKeyOf, signToken } from '../../src/gateway/index.ts';
import { type Headquarters, Opening, startHeadquarters } from '../../src/headquarters/index.ts';
import type { AuditEntry } from '../../src/mcp/index.ts';
import { makeTestFolder, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { SmallDataSet } from '../support/small-data-set.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const program =
  process.env['ZAVA_TESTS_USE_BUILD'] === '1'
    ? [path.join(repository, 'bin', 'zava.js')]
    : [
        '--import',
        path.join(repository, 'node_modules/tsx/dist/esm/index.mjs'),
        path.join(repository, 'src/cli/main.ts'),
      ];

export type Server = 'customer-sales' | 'sales-analysis';

export const AGENT: Principal = { role: 'agent', userId: 'agent-1', stores: ['store_seattle'] };
export const CHAIN_AGENT: Principal = { role: 'agent', userId: 'agent-2', stores: 'all' };
export const MANAGER: Principal = { role: 'store_manager', userId: 'manager-1', stores: ['store_seattle'] };
export const HEADQUARTERS: Principal = { role: 'headquarters', userId: 'hq', stores: 'all' };
export const WORKER: Principal = { role: 'worker', userId: 'worker-1', stores: ['store_seattle'] };

interface CompanyOptions {
  readonly documents?: Iterable<readonly [collection: string, documents: readonly unknown[]]>;
  readonly maxTimeMS?: number;
}

export interface McpCompany extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly small: SmallDataSet;
  readonly url: string;
  readonly audited: AuditEntry[];
  readonly dataDir: string;
  token(principal: Principal, days?: number): Promise<string>;
  /** Over streamable HTTP. */
  connect(server: Server, principal: Principal | { readonly token: string }): Promise<Client>;
  /** Over stdio, as a process of its own. */
  start(server: Server, token: string): Promise<Client>;
  /** The same by words of the command line, in a folder and with nothing else said. */
  startAs(words: readonly string[], cwd: string): Promise<Client>;
}

/** With documents of its own in place of a generated company, where they are given. */
export async function openMcpCompany({ documents, maxTimeMS }: CompanyOptions = {}): Promise<McpCompany> {
  const database = await openTestDatabase();
  const folder = await makeTestFolder();
  const { db, client } = database;
  const small = SmallDataSet.generate({ numCustomers: 150, numOrders: 600 });
  for (const [name, each] of documents ?? small.entries())
    await db.collection<{ _id: string }>(name).insertMany(each as never);
  await createIndexes(db);
  const signingKey = await signingKeyOf(folder.path);
  const audited: AuditEntry[] = [];
  const headquarters: Headquarters = await startHeadquarters({
    port: 0,
    webRoot: folder.path,
    opening: new Opening([]),
    database: () => null,
    validation: () => null,
    picture: () => null,
    sync: () => ({ client, db, permissions, wallClockMs: Date.now }),
    signingKey,
    mcp: {
      version: '0.0.1',
      audit: (entry) => void audited.push(entry),
      ...(maxTimeMS === undefined ? {} : { maxTimeMS }),
    },
  });
  const opened: Client[] = [];
  const clientOf = () => {
    const one = new Client({ name: 'test', version: '1' });
    opened.push(one);
    return one;
  };
  const startWith = async (words: readonly string[], cwd: string, settings: Record<string, string> = {}) => {
    const client = clientOf();
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder.path, ...settings };
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [...program, ...words], cwd, stderr: 'ignore', env }),
    );
    return client;
  };
  const token = (principal: Principal, days = 1) => signToken(signingKey, { principal }, days);
  return {
    database,
    small,
    url: headquarters.url,
    audited,
    dataDir: folder.path,
    token,
    async connect(server, who) {
      const bearer = 'token' in who ? who.token : await token(who);
      const headers = { authorization: `Bearer ${bearer}` };
      const client = clientOf();
      const address = new URL(`${headquarters.url}/mcp/${server}`);
      await client.connect(new StreamableHTTPClientTransport(address, { requestInit: { headers } }) as never);
      return client;
    },
    start: (server, bearer) =>
      startWith(['mcp', server], folder.path, {
        MONGODB_CONNECTION_STRING: database.uri,
        MONGODB_DATABASE: database.name,
        ZAVA_DATA_DIR: folder.path,
        ZAVA_TOKEN: bearer,
      }),
    startAs: (words, cwd) => startWith(words, cwd),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((one) => one.close().catch(() => undefined)));
      await headquarters.close();
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Calls a tool. The client itself holds the answer against the tool's output schema, once it has listed the tools. */
export async function call(client: Client, name: string, given: Record<string, unknown> = {}): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: given })) as CallToolResult;
}

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of an answer.
export async function answerOf(client: Client, name: string, given: Record<string, unknown> = {}): Promise<any> {
  const result = await call(client, name, given);
  if (result.isError) throw new Error(JSON.stringify(result.content));
  return result.structuredContent;
}

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of an error.
export async function errorOf(client: Client, name: string, given: Record<string, unknown> = {}): Promise<any> {
  const result = await call(client, name, given);
  if (result.isError !== true) throw new Error(`No error came, but ${JSON.stringify(result).slice(0, 300)}`);
  const [content] = result.content;
  return JSON.parse(content?.type === 'text' ? content.text : '{}').error;
}

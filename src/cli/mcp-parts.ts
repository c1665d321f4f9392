/** Who asks an MCP server on stdio, and what the server is given. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Db } from 'mongodb';
import type { TokenFacts } from '../gateway/index.ts';
import type { McpHost, McpServerName } from '../mcp/index.ts';
import { CliError } from './errors.ts';
import type { Settings } from './settings.ts';

/** How long a look at the withdrawn tokens is good, in milliseconds. */
const LOOKED_MS = 5_000;

export const mcpServerNames = ['customer-sales', 'sales-analysis'] as const satisfies readonly McpServerName[];

/** Of `--token-file`, else of ZAVA_TOKEN. Throws TOKEN_MISSING. */
export async function mcpTokenOf(tokenFile: string | undefined, settings: Settings): Promise<string> {
  const { McpError } = await import('../mcp/index.ts');
  if (tokenFile !== undefined) {
    const token = await readFile(tokenFile, 'utf8').catch((cause: Error) => {
      throw new CliError('FILE_UNREADABLE', `${tokenFile} cannot be read: ${cause.message}`, { cause });
    });
    if (token.trim() !== '') return token.trim();
    throw new McpError('TOKEN_MISSING', `${tokenFile} is empty.`);
  }
  if (settings.ZAVA_TOKEN !== undefined) return settings.ZAVA_TOKEN;
  throw new McpError('TOKEN_MISSING', 'Nobody said who asks: there is neither ZAVA_TOKEN nor --token-file.');
}

/** Throws ACCESS_REFUSED, at the start and with every call: a token may run out, or be withdrawn, while a client is there. */
export async function mcpHostOf(
  db: Db,
  token: string,
  settings: Settings,
  note: (line: string) => void,
): Promise<McpHost> {
  const [
    { queryEmbeddersOf },
    { permissionsOf },
    { readWithdrawn, signingKeyOf, verifyToken, GatewayError },
    { auditLog },
  ] = await Promise.all([
    import('./embedders.ts'),
    import('./gateway-parts.ts'),
    import('../gateway/index.ts'),
    import('../mcp/index.ts'),
  ]);
  const permissions = await permissionsOf();
  const key = await signingKeyOf(settings.ZAVA_DATA_DIR);
  let lookedMs = Number.NEGATIVE_INFINITY;
  const check = async (): Promise<TokenFacts> => {
    const facts = await verifyToken(key, token);
    if (performance.now() - lookedMs > LOOKED_MS) {
      const withdrawn = await readWithdrawn(db);
      const because =
        withdrawn.tokens.get(facts.tokenId ?? '') ??
        (facts.deviceId === undefined ? undefined : withdrawn.devices.get(facts.deviceId));
      if (because !== undefined) throw new GatewayError('ACCESS_REFUSED', because);
      lookedMs = performance.now();
    }
    return facts;
  };
  const { principal } = await check();
  return {
    db,
    principal,
    permissions,
    embedders: queryEmbeddersOf(settings),
    audit: auditLog(path.resolve(settings.ZAVA_DATA_DIR)),
    stillAllowed: async () => void (await check()),
    onFault: (callId, error) => note(`${callId}  ${(error as Error).stack ?? String(error)}`),
  };
}

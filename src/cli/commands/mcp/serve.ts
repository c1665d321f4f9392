import { defineCliCommand } from '../../frame.ts';
import { mcpHostOf, mcpTokenOf } from '../../mcp-parts.ts';
import { databaseOptions, pathOption } from '../../options.ts';
import { programVersion } from '../../package-file.ts';

const WHO =
  'Speaks the Model Context Protocol on stdin and stdout; a client starts it. Who asks is said by a token of `zava token issue`, in ZAVA_TOKEN or a file: without one it refuses to start. Every call is written to the audit log of the data directory. Over HTTP the same server is at headquarters, /mcp/';

const serving = (name: 'customer-sales' | 'sales-analysis', summary: string, example: string) =>
  defineCliCommand({
    summary,
    description: `${WHO}${name}.`,
    examples: [
      [`ZAVA_TOKEN=… zava mcp ${name}`, example],
      [`zava mcp ${name} --token-file agent.token`, 'with the token in a file that nobody else may read'],
    ],
    options: {
      ...databaseOptions,
      envFile: pathOption('Settings from this file, instead of `.env` in the working directory.', {
        valueName: 'FILE',
      }),
      tokenFile: pathOption('A file with the token of who asks.', { valueName: 'FILE' }),
    },
    async run({ tokenFile }, context) {
      const token = await mcpTokenOf(tokenFile, context.settings);
      const [{ createMcpServer }, { StdioServerTransport }] = await Promise.all([
        import('../../../mcp/index.ts'),
        import('@modelcontextprotocol/sdk/server/stdio.js'),
      ]);
      await using opened = await context.openDatabase();
      const host = await mcpHostOf(opened.db, token, context.settings, context.note);
      const server = createMcpServer(name, host, programVersion());
      const closed = new Promise<void>((resolve) => {
        server.server.onclose = resolve;
        // The transport does not say when its client has gone.
        process.stdin.once('end', resolve);
        context.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await server.connect(new StdioServerTransport());
      const { role, stores } = host.principal;
      context.note(`${name} is ready for the ${role} of ${stores === 'all' ? 'all stores' : stores.join(', ')}.`);
      await closed;
      await server.close();
      return undefined;
    },
  });

export const customerSales = serving(
  'customer-sales',
  'The MCP server of products and where they are in stock.',
  'for an assistant of shoppers',
);

export const salesAnalysis = serving(
  'sales-analysis',
  'The MCP server of sales: schemas, typed queries, checked aggregations, charts.',
  'for an analyst’s assistant',
);

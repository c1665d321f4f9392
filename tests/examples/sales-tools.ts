/**
 * A small MCP server over stdio for tests of the agent's loop: real tools on a real database. The stores that it shows stand
 * in its token.
 */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { type Document, MongoClient } from 'mongodb';
import { z } from 'zod';

const { MONGODB_CONNECTION_STRING = '', ZAVA_TOKEN = '' } = process.env;
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const client = await MongoClient.connect(MONGODB_CONNECTION_STRING);
const server = new McpServer(
  { name: 'sales-tools', version: '1.0.0' },
  { instructions: 'The year begins on 1 January.' },
);

server.registerTool('get_current_utc_date', { description: 'Now, in UTC.' }, async () => ({
  content: [{ type: 'text', text: new Date().toISOString() }],
}));

server.registerTool(
  'run_aggregation',
  {
    description: 'Runs a pipeline over a collection.',
    inputSchema: { collection: z.string(), pipeline: z.array(z.record(z.string(), z.unknown())) },
    outputSchema: { rows: z.array(z.record(z.string(), z.unknown())) },
  },
  async ({ collection, pipeline }) => {
    const scope: Document = { $match: { store_id: { $in: ZAVA_TOKEN.split(',') } } };
    const rows = await client
      .db()
      .collection(collection)
      .aggregate([scope, ...pipeline])
      .toArray();
    return { content: [{ type: 'text', text: `${rows.length} rows` }], structuredContent: { rows } };
  },
);

server.registerTool(
  'draw_chart',
  {
    description: 'Draws rows.',
    inputSchema: { kind: z.string(), title: z.string(), rows: z.array(z.unknown()).min(1) },
  },
  async () => ({ content: [{ type: 'image', mimeType: 'image/png', data: PIXEL }] }),
);

await server.connect(new StdioServerTransport());
process.stdin.once('end', () => client.close());

/** The tools of sales analysis over stdio, for a caller whose token is the list of its stores: who asks is not tested here. */
import { readFile } from 'node:fs/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { MongoClient } from 'mongodb';
import { permissionsSchema, storeId } from '../../src/domain/index.ts';
import { createMcpServer } from '../../src/mcp/index.ts';

const { MONGODB_CONNECTION_STRING = '', ZAVA_TOKEN = '' } = process.env;
const rules = await readFile(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8');
const client = await MongoClient.connect(MONGODB_CONNECTION_STRING);
const server = createMcpServer(
  'sales-analysis',
  {
    db: client.db(),
    principal: { role: 'agent', userId: 'agent', stores: ZAVA_TOKEN.split(',').map((id) => storeId.parse(id)) },
    permissions: permissionsSchema.parse(JSON.parse(rules)),
    audit: () => undefined,
  },
  '1.0.0',
);
await server.connect(new StdioServerTransport());
process.stdin.once('end', () => client.close());

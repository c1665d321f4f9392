/** What a client may read without asking a question: the schemas, the data dictionary, the list of queries. */
import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { ReadResourceResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { queries } from '../database/index.ts';
import type { CollectionName } from '../domain/index.ts';
import { auditable } from './audit-log.ts';
import { collectionsFor, factsOf } from './collection-facts.ts';
import { McpError } from './errors.ts';
import { recorded } from './recorded.ts';
import type { McpHost, McpServerName } from './tool.ts';
import { isQueryFor, toolNameOf } from './tools/library-tools.ts';

const JSON_TYPE = 'application/json';
const SCHEMAS = 'zava://schemas';
const MARKDOWN = 'text/markdown';

export function addResources(server: McpServer, name: McpServerName, host: McpHost): void {
  const readable = collectionsFor(host);
  /** As with a tool's call: the token is looked at again, and the reading is in the audit log. */
  const read = (uri: URL, mimeType: string, words: () => string, collection?: string): Promise<ReadResourceResult> =>
    recorded(
      host,
      {
        server: name,
        tool: collection === undefined ? uri.href : SCHEMAS,
        arguments: collection === undefined ? {} : auditable({ collection }, z.object({ collection: z.string() })),
      },
      async () => {
        await host.stillAllowed?.();
        return { result: { contents: [{ uri: uri.href, mimeType, text: words() }] } };
      },
    );
  server.registerResource(
    'data-dictionary',
    'zava://data-dictionary',
    {
      title: 'Data dictionary',
      description: 'Every collection that you may see, with its fields.',
      mimeType: MARKDOWN,
    },
    (uri) => read(uri, MARKDOWN, () => dictionaryOf(host, readable)),
  );
  server.registerResource(
    'collection-schema',
    new ResourceTemplate(`${SCHEMAS}/{collection}`, {
      list: () => ({
        resources: readable.map((collection) => ({
          uri: `${SCHEMAS}/${collection}`,
          name: collection,
          title: `Schema of ${collection}`,
          mimeType: JSON_TYPE,
        })),
      }),
      complete: { collection: (begun) => readable.filter((collection) => collection.startsWith(begun)) },
    }),
    { title: 'Schema of a collection', description: 'Fields, types and relations.', mimeType: JSON_TYPE },
    (uri, { collection }) =>
      read(
        uri,
        JSON_TYPE,
        () => {
          const known = readable.find((one) => one === collection);
          if (known === undefined)
            throw new McpError('ARGUMENTS_INVALID', `collection: one of ${readable.join(', ')} was expected`);
          return JSON.stringify(factsOf(host, known), undefined, 2);
        },
        String(collection),
      ),
  );
  if (name !== 'sales-analysis') return;
  server.registerResource(
    'queries',
    'zava://queries',
    { title: 'The typed queries', description: 'What each of the query tools answers.', mimeType: MARKDOWN },
    (uri) =>
      read(uri, MARKDOWN, () =>
        queries
          .filter((query) => isQueryFor(query, host.principal))
          .map((query) => `- \`${toolNameOf(query.name)}\`: ${query.summary}`)
          .join('\n'),
      ),
  );
}

function dictionaryOf(host: McpHost, readable: readonly CollectionName[]): string {
  return readable
    .map((name) => {
      const { summary, id_field, fields } = factsOf(host, name);
      const rows = fields.map(({ name: field, type, refers_to }) => `| ${field} | ${type} | ${refers_to ?? ''} |`);
      return [
        `## ${name}`,
        `${summary} Its id is \`${id_field}\`.`,
        '',
        '| field | type | refers to |',
        '|---|---|---|',
        ...rows,
      ].join('\n');
    })
    .join('\n\n');
}

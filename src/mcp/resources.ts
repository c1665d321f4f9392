/** What a client may read without asking a question: the schemas, the data dictionary, the list of queries. */
import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { queries } from '../database/index.ts';
import type { CollectionName } from '../domain/index.ts';
import { collectionsFor, factsOf } from './collection-facts.ts';
import { McpError } from './errors.ts';
import type { McpHost, McpServerName } from './tool.ts';
import { toolNameOf } from './tools/library-tools.ts';

const JSON_TYPE = 'application/json';
const MARKDOWN = 'text/markdown';

export function addResources(server: McpServer, name: McpServerName, host: McpHost): void {
  const readable = collectionsFor(host);
  const text = (uri: URL, mimeType: string, words: string) => ({
    contents: [{ uri: uri.href, mimeType, text: words }],
  });
  server.registerResource(
    'data-dictionary',
    'zava://data-dictionary',
    {
      title: 'Data dictionary',
      description: 'Every collection that you may see, with its fields.',
      mimeType: MARKDOWN,
    },
    (uri) => text(uri, MARKDOWN, dictionaryOf(host, readable)),
  );
  server.registerResource(
    'collection-schema',
    new ResourceTemplate('zava://schemas/{collection}', {
      list: () => ({
        resources: readable.map((collection) => ({
          uri: `zava://schemas/${collection}`,
          name: collection,
          title: `Schema of ${collection}`,
          mimeType: JSON_TYPE,
        })),
      }),
      complete: { collection: (begun) => readable.filter((collection) => collection.startsWith(begun)) },
    }),
    { title: 'Schema of a collection', description: 'Fields, types and relations.', mimeType: JSON_TYPE },
    (uri, { collection }) => {
      const known = readable.find((one) => one === collection);
      if (known === undefined)
        throw new McpError('ARGUMENTS_INVALID', `collection: one of ${readable.join(', ')} was expected`);
      return text(uri, JSON_TYPE, JSON.stringify(factsOf(host, known), undefined, 2));
    },
  );
  if (name !== 'sales-analysis') return;
  server.registerResource(
    'queries',
    'zava://queries',
    { title: 'The typed queries', description: 'What each of the query tools answers.', mimeType: MARKDOWN },
    (uri) =>
      text(uri, MARKDOWN, queries.map((query) => `- \`${toolNameOf(query.name)}\`: ${query.summary}`).join('\n')),
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

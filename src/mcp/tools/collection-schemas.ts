import { z } from 'zod';
import type { CollectionName } from '../../domain/index.ts';
import { collectionsFor, factsOf, valuesOf } from '../collection-facts.ts';
import { McpError } from '../errors.ts';
import { about, answered, defineTool } from '../tool.ts';

export const getCollectionSchemas = defineTool({
  name: 'get_collection_schemas',
  title: 'Schemas of several collections',
  description:
    'Fields with their types and relations, valid values, examples and row counts of the collections named, as far as you may see them. Ask once, before the first aggregation, for all collections that it needs.',
  input: z.strictObject({
    collections: z.array(z.string().min(1).max(60)).min(1).max(20).describe('Such as ["orders", "stores"].'),
  }),
  output: z.object({
    ...answered,
    schemas: z.array(
      z.object({
        collection: z.string(),
        summary: z.string(),
        id_field: z.string(),
        row_count: z.int().describe('Documents that you may see.'),
        fields: z.array(
          z.object({
            name: z.string(),
            type: z.string(),
            required: z.boolean(),
            refers_to: z.string().nullable().describe('The collection that it points into.'),
            values: z.array(z.unknown()).nullable().describe('All that it may be.'),
          }),
        ),
        valid_values: z.object({ field: z.string(), values: z.array(z.unknown()) }).nullable(),
        examples: z.array(z.unknown()),
      }),
    ),
  }),
  async run(call, { collections }) {
    const readable = collectionsFor(call.host);
    const unknown = collections.filter((name) => !readable.includes(name as CollectionName));
    if (unknown.length > 0) {
      throw new McpError(
        'ARGUMENTS_INVALID',
        `collections: ${unknown.join(', ').slice(0, 200)} can't be read; there are ${readable.join(', ')}`,
        { data: { nextCall: { tool: 'get_collection_schemas', arguments: { collections: readable } } } },
      );
    }
    const names = [...new Set(collections)] as CollectionName[];
    const schemas = [];
    for (const [done, name] of names.entries()) {
      await call.progress(done, names.length, name);
      const facts = factsOf(call.host, name);
      const fields = facts.fields.map(({ values, ...field }) => ({
        ...field,
        values: values === null ? null : [...values],
      }));
      schemas.push({ ...facts, fields, ...(await valuesOf(call, name)) });
    }
    return {
      structured: { ...about(call), schemas },
      text: `Schemas of ${names.join(', ')}.`,
      rows: schemas.length,
    };
  },
});

import { z } from 'zod';
import { allowedStages, runCheckedAggregation } from '../../database/index.ts';
import { about, answered, defineTool } from '../tool.ts';

const ROWS_MAX = 1_000;

export const runAggregation = defineTool({
  name: 'run_aggregation',
  title: 'A read-only aggregation of your own',
  description: `Runs an aggregation pipeline of MongoDB over one collection, read-only. Read get_collection_schemas first. Only documents and fields that you may see take part, in joined collections too. Stages: ${Object.keys(allowedStages).join(', ')}. End with $limit; an answer that was cut says so. Dates are ISO texts in UTC, so ranges compare as text; money is in US dollars; leave out cancelled orders with {"status": {"$ne": "cancelled"}} when you count sales.`,
  input: z.strictObject({
    collection: z.string().min(1).max(60).describe('The collection that the pipeline begins with.'),
    pipeline: z.array(z.record(z.string(), z.unknown())).max(50).describe('The stages, as MongoDB takes them.'),
    max_rows: z.int().min(1).max(ROWS_MAX).default(100).describe('Rows of the answer at most.'),
  }),
  output: z.object({
    ...answered,
    rows: z.array(z.unknown()),
    row_count: z.int(),
    truncated: z
      .object({ by: z.enum(['rows', 'bytes']), limit: z.int() })
      .nullable()
      .describe('By which limit the answer was cut; null where it is whole.'),
    collections: z.array(z.string()).describe('The collections that took part.'),
    ms: z.int(),
  }),
  async run(call, { collection, pipeline, max_rows }) {
    await call.progress(0, 1, `Asking ${collection}`);
    const { rows, row_count, truncated, collections, ms } = await runCheckedAggregation(call, call.host.permissions, {
      collection,
      pipeline,
      limit: max_rows,
      signal: call.signal,
    });
    await call.progress(1, 1, `${row_count} rows`);
    const cut = truncated === null ? '' : `, cut at ${truncated.limit} ${truncated.by}`;
    return {
      structured: { ...about(call), rows: [...rows], row_count, truncated, collections: [...collections], ms },
      text: `${row_count} rows in ${ms} ms${cut}.`,
      rows: row_count,
    };
  },
});

/** The query library as tools: a new query is a new tool, with its own parameters. */
import { z } from 'zod';
import { type Query, queries } from '../../database/index.ts';
import { maySeeCustomers, type Principal } from '../../domain/index.ts';
import { paged, pageFacts, pageOf } from '../paging.ts';
import { about, answered, defineTool, type Tool } from '../tool.ts';

/** Queries without a limit of their own give a few hundred rows at most. */
const ROWS_MAX = 1_000;

const row = z.record(z.string(), z.unknown());

export const isQueryFor = ({ isOfCustomers = false }: Query, principal: Principal): boolean =>
  !isOfCustomers || maySeeCustomers(principal);

export const libraryTools: readonly Tool[] = queries.map(toolOf);

export function toolNameOf(query: string): string {
  return `query_${query.replaceAll('-', '_')}`;
}

function toolOf(query: Query): Tool {
  const { name, summary } = query;
  const parameters = query.parameters as unknown as z.ZodObject;
  return defineTool({
    name: toolNameOf(name),
    title: titleOf(name),
    description: `${summary} Money is in US dollars, days are UTC; cancelled orders don't count as sales. A list comes in pages.`,
    input: parameters.extend(paged),
    output: z.object({
      ...answered,
      ...pageFacts,
      rows: z.array(row).describe('The rows of a list, or the one answer.'),
      cut_at: z.int().nullable().describe('So many rows at most were looked at; null where that were all.'),
    }),
    isFor: (principal) => isQueryFor(query, principal),
    async run(call, { page_size, cursor, ...asked }) {
      const found = await query.run(call, asked);
      const all = (Array.isArray(found) ? found : found === null ? [] : [found]) as Record<string, unknown>[];
      const { page, facts } = pageOf(
        all.slice(0, ROWS_MAX),
        { name, asked },
        {
          page_size: page_size as number,
          cursor: cursor as string | undefined,
        },
      );
      const cut_at = all.length > ROWS_MAX ? ROWS_MAX : null;
      return {
        structured: { ...about(call), ...facts, rows: page, cut_at },
        text: `${titleOf(name)}: ${facts.total_rows} rows${facts.next_cursor === null ? '' : `, ${page.length} of them here`}.`,
        rows: page.length,
      };
    },
  });
}

function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}

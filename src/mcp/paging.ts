import { createHash } from 'node:crypto';
import { z } from 'zod';
import { McpError } from './errors.ts';

/** What a tool takes whose answer may be longer than a page. */
export const paged = {
  page_size: z.int().min(1).max(200).default(50).describe('Rows of a page.'),
  cursor: z.string().max(200).optional().describe('`next_cursor` of the page before; leave it out for the first one.'),
};

export const pageFacts = {
  row_count: z.int().describe('Rows of this page.'),
  total_rows: z.int().describe('Rows of all pages together; where the question has a limit, no more than that.'),
  next_cursor: z.string().nullable().describe('Call again with it for the next page; null where this is the last one.'),
};

/** Cuts a page out. A cursor belongs to the question that it came from. Throws CURSOR_INVALID. */
export function pageOf<Row>(
  rows: readonly Row[],
  question: unknown,
  { page_size, cursor }: { readonly page_size: number; readonly cursor?: string | undefined },
) {
  const digest = createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 12);
  let from = 0;
  if (cursor !== undefined) {
    const [offset = '', of] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
    if (of !== digest || !/^\d{1,9}$/.test(offset))
      throw new McpError('CURSOR_INVALID', 'The cursor is not of this question.');
    from = Number(offset);
  }
  const page = rows.slice(from, from + page_size);
  const next = from + page.length;
  return {
    page,
    facts: {
      row_count: page.length,
      total_rows: rows.length,
      next_cursor: next < rows.length ? Buffer.from(`${next}.${digest}`).toString('base64url') : null,
    },
  };
}

import type { FastifyReply } from 'fastify';

type Cell = string | number | boolean | null | undefined;

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Rows as CSV (RFC 4180), with the names of their fields first; nested fields as JSON. */
export function csvOf(rows: readonly object[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) =>
    names.map((name) => quoted(cellOf((row as Record<string, unknown>)[name]))).join(','),
  );
  return [names.map(quoted).join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/** As a file that the browser saves: `zava-<name>.csv`. */
export function sendCsv(reply: FastifyReply, name: string, rows: readonly object[]): FastifyReply {
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="zava-${name}.csv"`)
    .send(csvOf(rows));
}

const cellOf = (value: unknown): Cell =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell);

function quoted(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

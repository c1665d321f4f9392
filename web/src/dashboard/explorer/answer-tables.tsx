import { SearchX } from 'lucide-react';
import { DataTable } from '../../shared/components/data-table.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { formatCount } from '../../shared/format.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { titleOf } from './query-list.tsx';

const { explorer: words } = dashboardWords;
const COLUMNS_MAX = 12;

type Row = Readonly<Record<string, unknown>>;

/** Whatever a query answers: a list as a table, several lists as tables with their names, single values above them. */
export function AnswerTables({ value }: { value: unknown }) {
  const tables = tablesOf(value);
  if (tables.every(({ rows }) => rows.length === 0)) return <EmptyState icon={SearchX} title={words.nothing} />;
  return (
    <div className="space-y-6">
      {tables.map(({ name, rows }) => (
        <section key={name}>
          <h3 className="tabular mb-2 text-sm text-quiet">
            {name === '' ? words.rows(formatCount(rows.length)) : `${titleOf(name)} · ${formatCount(rows.length)}`}
          </h3>
          {rows.length > 0 && <RowsTable label={name === '' ? words.table : titleOf(name)} rows={rows} />}
        </section>
      ))}
    </div>
  );
}

export function RowsTable({ label, rows }: { label: string; rows: readonly Row[] }) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, COLUMNS_MAX);
  return (
    <DataTable
      label={label}
      rows={rows.map((row, index) => ({ row, index }))}
      keyOf={({ index }) => String(index)}
      columns={names.map((name) => ({
        name,
        show: ({ row }: { row: Row }) => textOf(row[name]),
        isNumber: rows.every((row) => typeof row[name] === 'number'),
      }))}
    />
  );
}

function tablesOf(value: unknown): { readonly name: string; readonly rows: readonly Row[] }[] {
  if (Array.isArray(value)) return [{ name: '', rows: value.map(rowOf) }];
  if (typeof value !== 'object' || value === null) return [{ name: '', rows: value === null ? [] : [rowOf(value)] }];
  const entries = Object.entries(value);
  const lists = entries.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const single = Object.fromEntries(entries.filter(([, one]) => !Array.isArray(one)));
  return [
    ...(Object.keys(single).length === 0 ? [] : [{ name: '', rows: [single] }]),
    ...lists.map(([name, rows]) => ({ name, rows: rows.map(rowOf) })),
  ];
}

const rowOf = (value: unknown): Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : { value };

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

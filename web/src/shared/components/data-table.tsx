import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly show: (row: Row) => ReactNode;
  /** Numbers stand at the right, in figures of equal width. */
  readonly isNumber?: boolean;
  /** Left out on phones. */
  readonly isSecondary?: boolean;
  /** From 0 to 1: a bar behind the number. */
  readonly share?: (row: Row) => number;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
}

/** Rows as a table, the first column as their name. */
export function DataTable<Row>({ label, rows, columns, keyOf }: DataTableProps<Row>) {
  const place = ({ isNumber, isSecondary }: Column<Row>) =>
    `${isNumber ? 'text-right tabular' : 'text-left'} ${isSecondary ? 'hidden sm:table-cell' : ''}`;
  return (
    // Wide tables scroll by themselves, and by the keyboard too.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section aria-label={label} tabIndex={0} className="relative max-h-[28rem] overflow-auto">
      <table className="w-full text-sm">
        <thead className="sticky top-0 bg-panel text-quiet">
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" className={`px-2 py-2 font-medium whitespace-nowrap ${place(column)}`}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column, index) => (
                <Cell key={column.name} column={column} row={row} isFirst={index === 0} className={place(column)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell<Row>(props: { column: Column<Row>; row: Row; isFirst: boolean; className: string }) {
  const { column, row, isFirst, className } = props;
  if (isFirst) {
    return (
      <th scope="row" className={`px-2 py-2 font-normal ${className}`}>
        {column.show(row)}
      </th>
    );
  }
  return (
    <td className={`px-2 py-2 ${className}`}>
      {column.show(row)}
      {column.share !== undefined && (
        <div aria-hidden className="mt-1 ml-auto h-1 w-full max-w-28 rounded-full bg-sunken">
          <div
            className="ml-auto h-full rounded-full bg-brand"
            style={{ width: `${100 * Math.min(1, Math.max(0, column.share(row)))}%` }}
          />
        </div>
      )}
    </td>
  );
}

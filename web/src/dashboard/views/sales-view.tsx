import { useMemo } from 'react';
import type { CategorySalesRow, SalesRow } from '../../../../src/domain/index.ts';
import { BarChart } from '../../shared/charts/bar-chart.tsx';
import { type Column, DataTable } from '../../shared/components/data-table.tsx';
import {
  formatAxisDollars,
  formatCount,
  formatDay,
  formatDollars,
  formatMonth,
  formatShortDollars,
} from '../../shared/format.ts';
import { useTheme } from '../../shared/theme.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useLibrary } from '../ask.ts';
import { Answer, AskedPanel, AsTable, WAITING } from '../asked-panel.tsx';
import { DayFilter, StoreFilter, useFilters } from '../filters.tsx';
import { PeriodFilter } from '../period-filter.tsx';
import { shortStoreName } from '../store-name.ts';

const { sales: words, columns } = dashboardWords;

const dayOr = (day: string | undefined, month: string): string =>
  day === undefined ? formatMonth(month) : formatDay(day);

/** Sales over any days: by month, store, category and hour. */
export function SalesView() {
  const { filters, set, setAll } = useFilters('store', 'from', 'to');
  const months = useLibrary<readonly SalesRow[]>('sales-by-month', filters);
  const stores = useLibrary<readonly SalesRow[]>('sales-by-store', filters);
  const categories = useLibrary<readonly CategorySalesRow[]>('sales-by-category', filters);
  const hours = useLibrary<readonly SalesRow[]>('sales-by-hour', filters);
  const total = months.state === 'ready' ? months.value.reduce((sum, { sales }) => sum + sales, 0) : null;
  const first = months.state === 'ready' ? months.value[0]?.key : undefined;
  const last = months.state === 'ready' ? months.value.at(-1)?.key : undefined;
  return (
    <>
      <Answer
        {...(first === undefined || last === undefined
          ? {}
          : { detail: words.inDays(dayOr(filters.from, first), dayOr(filters.to, last)) })}
      >
        {total === null ? WAITING : words.answer(formatShortDollars(total))}
      </Answer>
      <fieldset className="mb-6 flex flex-wrap gap-4">
        <legend className="sr-only">{dashboardWords.filters}</legend>
        <StoreFilter value={filters.store} onChange={(store) => set('store', store)} />
        <PeriodFilter from={filters.from} to={filters.to} onChange={setAll} />
        <DayFilter label={dashboardWords.from} value={filters.from} onChange={(day) => set('from', day)} />
        <DayFilter label={dashboardWords.to} value={filters.to} onChange={(day) => set('to', day)} />
      </fieldset>
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-2">
        <AskedPanel
          title={words.months}
          asked={months}
          csv={{ path: 'queries/sales-by-month', filters }}
          waitingRows={6}
          isEmpty={isEmpty}
          className="xl:col-span-2"
        >
          {(rows) => <Months rows={rows} isOpenEnd={filters.to === undefined} />}
        </AskedPanel>
        <AskedPanel
          title={words.stores}
          asked={stores}
          csv={{ path: 'queries/sales-by-store', filters }}
          isEmpty={isEmpty}
        >
          {(rows) => <Ranking rows={rows} label={words.stores} name={columns.store} />}
        </AskedPanel>
        <AskedPanel
          title={words.categories}
          asked={categories}
          csv={{ path: 'queries/sales-by-category', filters }}
          isEmpty={isEmpty}
        >
          {(rows) => <Categories rows={rows} />}
        </AskedPanel>
        <AskedPanel
          title={words.hours}
          asked={hours}
          csv={{ path: 'queries/sales-by-hour', filters }}
          isEmpty={isEmpty}
          className="xl:col-span-2"
        >
          {(rows) => <HoursOfDay rows={rows} />}
        </AskedPanel>
      </div>
    </>
  );
}

const isEmpty = (rows: readonly unknown[]) => rows.length === 0;

function Months({ rows, isOpenEnd }: { rows: readonly SalesRow[]; isOpenEnd: boolean }) {
  const { theme } = useTheme();
  const labels = useMemo(() => rows.map(({ key }) => key), [rows]);
  const series = useMemo(() => {
    const isPartial = (index: number) => isOpenEnd && index === rows.length - 1;
    return [
      {
        label: words.whole,
        values: rows.map(({ sales }, index) => (isPartial(index) ? null : sales)),
        colour: '--brand',
      },
      {
        label: words.partial,
        values: rows.map(({ sales }, index) => (isPartial(index) ? sales : null)),
        colour: '--brand-partial',
      },
    ];
  }, [rows, isOpenEnd]);
  return (
    <>
      <BarChart
        key={theme}
        name={columns.month}
        labels={labels}
        series={series}
        labelName={columns.month}
        labelEvery={Math.max(1, Math.ceil(rows.length / 12))}
        formatTick={formatAxisDollars}
        formatValue={formatDollars}
      />
      <AsTable>
        <Ranking rows={rows.toReversed()} label={words.months} name={columns.month} />
      </AsTable>
    </>
  );
}

function HoursOfDay({ rows }: { rows: readonly SalesRow[] }) {
  const { theme } = useTheme();
  const labels = useMemo(() => rows.map(({ name }) => name), [rows]);
  const series = useMemo(
    () => [{ label: columns.sales, values: rows.map(({ sales }) => sales), colour: '--brand' }],
    [rows],
  );
  return (
    <>
      <BarChart
        key={theme}
        name={columns.hour}
        labels={labels}
        series={series}
        labelName={columns.hour}
        labelEvery={4}
        heightPixels={180}
        formatTick={formatAxisDollars}
        formatValue={formatDollars}
      />
      <AsTable>
        <Ranking rows={rows} label={words.hours} name={columns.hour} />
      </AsTable>
    </>
  );
}

function Ranking({ rows, label, name }: { rows: readonly SalesRow[]; label: string; name: string }) {
  const most = Math.max(1, ...rows.map(({ sales }) => sales));
  return (
    <DataTable
      label={label}
      rows={rows}
      keyOf={({ key }) => key}
      columns={[
        { name, show: (row) => shortStoreName(row.name) },
        { name: columns.orders, show: ({ orders }) => formatCount(orders), isNumber: true },
        {
          name: columns.sales,
          show: ({ sales }) => formatDollars(sales),
          isNumber: true,
          share: ({ sales }) => sales / most,
        },
      ]}
    />
  );
}

function Categories({ rows }: { rows: readonly CategorySalesRow[] }) {
  const most = Math.max(1, ...rows.map(({ sales }) => sales));
  const margin: Column<CategorySalesRow> = {
    name: columns.margin,
    show: (row) => (row.margin === null ? '–' : formatDollars(row.margin)),
    isNumber: true,
    isSecondary: true,
  };
  return (
    <DataTable
      label={words.categories}
      rows={rows}
      keyOf={({ category_id }) => category_id}
      columns={[
        { name: columns.category, show: ({ category_name }) => category_name },
        { name: columns.units, show: ({ units }) => formatCount(units), isNumber: true, isSecondary: true },
        ...(rows.some((row) => row.margin !== null) ? [margin] : []),
        {
          name: columns.sales,
          show: ({ sales }) => formatDollars(sales),
          isNumber: true,
          share: ({ sales }) => sales / most,
        },
      ]}
    />
  );
}

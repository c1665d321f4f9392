import { BellRing, CircleAlert } from 'lucide-react';
import { useMemo } from 'react';
import type { AlertRow, DaySales, OrderRow, TodayResult } from '../../../../src/domain/index.ts';
import { BarChart } from '../../shared/charts/bar-chart.tsx';
import { Badge } from '../../shared/components/badge.tsx';
import { DataTable } from '../../shared/components/data-table.tsx';
import {
  formatAgo,
  formatAxisDollars,
  formatCount,
  formatDay,
  formatDollars,
  formatMoney,
  formatPercent,
} from '../../shared/format.ts';
import { useTheme } from '../../shared/theme.ts';
import { useNow } from '../../shared/use-now.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useLibrary } from '../ask.ts';
import { Answer, AskedPanel, AsTable, WAITING } from '../asked-panel.tsx';
import { StoreFilter, useFilters } from '../filters.tsx';
import { shortStoreName } from '../store-name.ts';

const { today: words, columns } = dashboardWords;

/** What is happening now: the day so far, the newest orders, what needs a person. */
export function TodayView() {
  const { filters, set } = useFilters('store');
  const today = useLibrary<TodayResult>('today', filters);
  const orders = useLibrary<readonly OrderRow[]>('latest-orders', { ...filters, limit: '20' });
  const alerts = useLibrary<readonly AlertRow[]>('alerts', { ...filters, limit: '50' });
  const day = today.state === 'ready' ? today.value.today : null;
  return (
    <>
      <div className="mb-6 flex flex-col gap-4 *:mb-0 xl:flex-row xl:items-start xl:justify-between xl:gap-6">
        {today.state === 'ready' ? (
          <Answer detail={compared(today.value)}>
            {day === null ? words.none : words.answer(formatDollars(day.sales), formatDay(day.day))}
          </Answer>
        ) : (
          <Answer>{WAITING}</Answer>
        )}
        <StoreFilter value={filters.store} onChange={(store) => set('store', store)} />
      </div>
      {today.state === 'ready' && day === null ? null : (
        <Figures day={day} lastYear={today.state === 'ready' ? today.value.lastYear : null} />
      )}
      <div className="mt-6 grid grid-cols-1 gap-6 xl:grid-cols-3">
        <AskedPanel
          title={words.hours}
          note={words.note}
          asked={today}
          waitingRows={6}
          isEmpty={(value) => value.today === null}
          className="xl:col-span-2"
        >
          {(value) => <Hours result={value} />}
        </AskedPanel>
        <AskedPanel
          title={words.alerts}
          asked={alerts}
          csv={{ path: 'queries/alerts', filters }}
          isEmpty={(rows) => rows.length === 0}
          empty={{ title: words.noAlerts, text: '' }}
        >
          {(rows) => <Alerts rows={rows} />}
        </AskedPanel>
        <AskedPanel
          title={words.latest}
          asked={orders}
          csv={{ path: 'queries/latest-orders', filters }}
          isEmpty={(rows) => rows.length === 0}
          className="xl:col-span-3"
        >
          {(rows) => <Orders rows={rows} />}
        </AskedPanel>
      </div>
    </>
  );
}

function compared({ today, lastYear, lastYearSoFar }: TodayResult): string {
  if (today === null) return dashboardWords.noneText;
  if (lastYear === null || lastYearSoFar === null || lastYear.orders === 0) return words.noLastYear;
  if (lastYearSoFar === 0) return words.nothingYet(formatDollars(lastYear.sales));
  const change = today.sales / lastYearSoFar - 1;
  const sign = change >= 0 ? '+' : '−';
  return words.against(`${sign}${formatPercent(Math.abs(change))}`, formatDollars(lastYearSoFar));
}

/** Null while the day is read: the figures keep their places. */
function Figures({ day, lastYear }: { day: DaySales | null; lastYear: DaySales | null }) {
  const count = (units: number | undefined) => (units === undefined ? '–' : formatCount(units));
  const money = (amount: number | null | undefined) => (amount == null ? '–' : formatMoney(amount));
  const figures = [
    [words.orders, count(day?.orders), count(lastYear?.orders)],
    [words.basket, money(day?.averageBasket), money(lastYear?.averageBasket)],
    [words.units, count(day?.units), count(lastYear?.units)],
  ] as const;
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 border-y border-line py-4 sm:flex sm:gap-x-12">
      {figures.map(([name, value, before]) => (
        <div key={name}>
          <dt className="text-sm text-quiet">{name}</dt>
          <dd className="tabular text-2xl font-semibold">{value}</dd>
          <dd className="tabular text-sm text-quiet">
            {words.lastYear}: {before}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Hours({ result: { today, lastYear } }: { result: TodayResult }) {
  const { theme } = useTheme();
  const hours = today?.hours ?? [];
  const labels = useMemo(() => hours.map(({ hour }) => `${hour}:00`), [hours]);
  const series = useMemo(
    () => [
      { label: words.lastYear, values: lastYear?.hours.map(({ sales }) => sales) ?? [], colour: '--compared' },
      { label: words.thisDay, values: hours.map(({ sales }) => sales), colour: '--brand' },
    ],
    [hours, lastYear],
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
        formatTick={formatAxisDollars}
        formatValue={formatDollars}
      />
      <AsTable>
        <DataTable
          label={words.hours}
          rows={hours}
          keyOf={({ hour }) => String(hour)}
          columns={[
            { name: columns.hour, show: ({ hour }) => `${hour}:00` },
            { name: columns.orders, show: ({ orders }) => formatCount(orders), isNumber: true },
            { name: words.thisDay, show: ({ sales }) => formatMoney(sales), isNumber: true },
            {
              name: words.lastYear,
              show: ({ hour }) => formatMoney(lastYear?.hours[hour]?.sales ?? 0),
              isNumber: true,
            },
          ]}
        />
      </AsTable>
    </>
  );
}

function Alerts({ rows }: { rows: readonly AlertRow[] }) {
  const nowMs = useNow();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section aria-label={words.alerts} tabIndex={0} className="max-h-96 overflow-y-auto">
      <ul className="divide-y divide-line">
        {rows.map((alert) => (
          <li key={alert.alert_id} className="py-2.5">
            <div className="flex items-center justify-between gap-2">
              <Badge
                icon={alert.kind === 'low_stock' ? BellRing : CircleAlert}
                tone={alert.kind === 'low_stock' ? 'low' : 'failed'}
              >
                {words.alertKinds[alert.kind as keyof typeof words.alertKinds] ?? alert.kind}
              </Badge>
              <span className="tabular text-sm text-quiet">{formatAgo(alert.raised_at, nowMs)}</span>
            </div>
            <p className="mt-1 text-sm">
              {shortStoreName(alert.store_name)} ·{' '}
              {String(alert.facts['product_name'] ?? Object.values(alert.subjects)[0] ?? '')}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Orders({ rows }: { rows: readonly OrderRow[] }) {
  const nowMs = useNow();
  return (
    <DataTable
      label={words.latest}
      rows={rows}
      keyOf={({ order_id }) => order_id}
      columns={[
        { name: columns.time, show: ({ order_date }) => formatAgo(order_date, nowMs) },
        { name: columns.store, show: ({ store_name }) => shortStoreName(store_name) },
        { name: columns.customer, show: ({ customer_name }) => customer_name, isSecondary: true },
        {
          name: columns.status,
          show: ({ status }) => words.statuses[status as keyof typeof words.statuses] ?? status,
          isSecondary: true,
        },
        { name: columns.units, show: ({ item_count }) => formatCount(item_count), isNumber: true, isSecondary: true },
        { name: columns.total, show: ({ total }) => formatMoney(total), isNumber: true },
      ]}
    />
  );
}

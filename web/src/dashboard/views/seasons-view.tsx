import type { SeasonRow } from '../../../../src/domain/index.ts';
import { DataTable } from '../../shared/components/data-table.tsx';
import { dashboardWords } from '../../words/dashboard.ts';
import { useLibrary } from '../ask.ts';
import { Answer, AskedPanel, AsTable, WAITING } from '../asked-panel.tsx';
import { StoreFilter, useFilters } from '../filters.tsx';

const { seasons: words } = dashboardWords;
/** Of the average month: nearer than this a category follows its plan. */
const ON_PLAN = 0.15;
const HEIGHT = 56;

/** Each category's year as twelve small bars against its plan. */
export function SeasonsView() {
  const { filters, set } = useFilters('store');
  const seasons = useLibrary<readonly SeasonRow[]>('seasons', filters);
  const rows = seasons.state === 'ready' ? seasons.value : [];
  const onPlan = rows.filter(({ largestGap }) => largestGap <= ON_PLAN).length;
  return (
    <>
      <div className="mb-6 flex flex-col gap-4 *:mb-0 xl:flex-row xl:items-start xl:justify-between xl:gap-6">
        <Answer detail={words.explain}>
          {seasons.state === 'ready' ? words.answer(onPlan, rows.length) : WAITING}
        </Answer>
        <StoreFilter value={filters.store} onChange={(store) => set('store', store)} />
      </div>
      <AskedPanel
        title={dashboardWords.pages.seasons}
        asked={seasons}
        csv={{ path: 'queries/seasons', filters }}
        isEmpty={(value) => value.every(({ months }) => months.every(({ actual }) => actual === null))}
        empty={{ title: words.noYears, text: '' }}
      >
        {(value) => (
          <>
            <ul className="grid grid-cols-1 gap-x-8 gap-y-6 sm:grid-cols-2 xl:grid-cols-3">
              {value.map((row) => (
                <Season key={row.category_id} row={row} />
              ))}
            </ul>
            <AsTable>
              <DataTable
                label={dashboardWords.pages.seasons}
                rows={value.flatMap((row) => [
                  { row, what: 'plan' as const },
                  { row, what: 'actual' as const },
                ])}
                keyOf={({ row, what }) => `${row.category_id}/${what}`}
                columns={[
                  {
                    name: dashboardWords.columns.category,
                    show: ({ row, what }) => `${row.category_name}: ${words[what]}`,
                  },
                  ...words.months.map((month, index) => ({
                    name: month,
                    show: ({ row, what }: { row: SeasonRow; what: 'plan' | 'actual' }) =>
                      row.months[index]?.[what]?.toFixed(2) ?? '–',
                    isNumber: true,
                  })),
                ]}
              />
            </AsTable>
          </>
        )}
      </AskedPanel>
    </>
  );
}

function Season({ row }: { row: SeasonRow }) {
  const most = Math.max(...row.months.map(({ plan, actual }) => Math.max(plan, actual ?? 0)));
  const pixels = (share: number) => Math.max(1, Math.round((share / most) * HEIGHT));
  return (
    <li>
      <p className="flex items-baseline justify-between gap-2">
        <span className="font-medium">{row.category_name}</span>
        <span className={`tabular text-sm ${row.largestGap > ON_PLAN ? 'text-low' : 'text-quiet'}`}>
          {words.gap(row.largestGap.toFixed(2))}
        </span>
      </p>
      <div aria-hidden className="mt-2 flex items-end gap-1" style={{ height: HEIGHT }}>
        {row.months.map(({ plan, actual }, month) => (
          <div key={words.months[month]} className="relative h-full flex-1" title={words.months[month]}>
            <div
              className="absolute inset-x-0.5 bottom-0 rounded-t-sm bg-brand"
              style={{ height: actual === null ? 0 : pixels(actual) }}
            />
            <div
              className="absolute inset-x-0 bottom-0 rounded-t-sm border-2 border-b-0 border-quiet"
              style={{ height: pixels(plan) }}
            />
          </div>
        ))}
      </div>
      <div aria-hidden className="mt-1 flex gap-1 text-center text-xs text-quiet">
        {words.months.map((month) => (
          <span key={month} className="flex-1">
            {month[0]}
          </span>
        ))}
      </div>
    </li>
  );
}

import type { TodayResult } from '../../../src/domain/index.ts';
import { SelectField } from '../shared/components/field.tsx';
import { dashboardWords } from '../words/dashboard.ts';
import { useLibrary } from './ask.ts';

const { periods: words } = dashboardWords;

interface Period {
  readonly from: string;
  readonly to: string;
}

interface PeriodFilterProps {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly onChange: (period: Period) => void;
}

/** Periods that people mean, counted back from the newest order. Days of one's own show as such. */
export function PeriodFilter({ from = '', to = '', onChange }: PeriodFilterProps) {
  const today = useLibrary<TodayResult>('today');
  const newest = today.state === 'ready' ? today.value.newestOrderAt : null;
  const periods = newest === null ? [] : periodsTo(newest.slice(0, 10));
  const chosen = periods.find(({ period }) => period.from === from && period.to === to);
  const isOwn = chosen === undefined && (from !== '' || to !== '');
  return (
    <SelectField
      label={words.label}
      value={isOwn ? 'own' : (chosen?.name ?? 'all')}
      onChange={(name) =>
        onChange(
          periods.find((one) => one.name === name)?.period ?? (name === 'all' ? { from: '', to: '' } : { from, to }),
        )
      }
      options={[
        { value: 'all', label: words.all },
        ...periods.map(({ name }) => ({ value: name, label: words.names[name] })),
        ...(isOwn ? [{ value: 'own', label: words.own }] : []),
      ]}
      className="w-44"
    />
  );
}

type PeriodName = keyof typeof words.names;

function periodsTo(day: string): { readonly name: PeriodName; readonly period: Period }[] {
  const year = Number(day.slice(0, 4));
  return [
    { name: 'week', period: { from: daysBefore(day, 6), to: day } },
    { name: 'thirty', period: { from: daysBefore(day, 29), to: day } },
    { name: 'month', period: { from: `${day.slice(0, 7)}-01`, to: day } },
    { name: 'year', period: { from: `${year}-01-01`, to: day } },
    { name: 'lastYear', period: { from: `${year - 1}-01-01`, to: `${year - 1}-12-31` } },
  ];
}

const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

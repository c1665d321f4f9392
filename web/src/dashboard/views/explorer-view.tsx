import { Play } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import type { ExploreAnswer, SavedQuery } from '../../../../src/headquarters/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { DataTable } from '../../shared/components/data-table.tsx';
import { SelectField } from '../../shared/components/field.tsx';
import { Panel } from '../../shared/components/panel.tsx';
import { ProblemNote } from '../../shared/components/problem-note.tsx';
import { formatCount } from '../../shared/format.ts';
import { postJson } from '../../shared/http.ts';
import { type Problem, problemOf } from '../../shared/problem.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { addressOf, useAsk } from '../ask.ts';
import { Answer, AskedPanel } from '../asked-panel.tsx';
import { useFilters } from '../filters.tsx';

const { explorer: words } = dashboardWords;
const COLLECTIONS = [
  'orders',
  'order_items',
  'products',
  'inventory',
  'customers',
  'stores',
  'categories',
  'product_types',
  'stock_movements',
  'stock_transfers',
  'replenishment_orders',
  'alerts',
];
const COLUMNS_MAX = 12;

interface Answered {
  readonly answer?: ExploreAnswer;
  readonly problem?: Problem;
}

/** Questions of one's own, and the queries of the library as links. */
export function ExplorerView() {
  const { filters, set } = useFilters('collection', 'filter', 'pipeline');
  const library = useAsk<{ queries: readonly SavedQuery[]; stages: readonly string[] }>('queries');
  const [answered, setAnswered] = useState<Answered>({});
  const [isBusy, setBusy] = useState(false);
  const collection = filters.collection ?? 'orders';
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const question = {
        collection,
        filter: parsed(words.filter, filters.filter, {}),
        pipeline: parsed(words.pipeline, filters.pipeline, []),
      };
      setAnswered({ answer: await postJson<ExploreAnswer>('/api/dashboard/explore', question) });
    } catch (error) {
      setAnswered({ problem: problemOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Answer detail={words.explain}>{words.title}</Answer>
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <Panel title={words.title}>
          <form onSubmit={ask} className="space-y-4">
            <SelectField
              label={words.collection}
              value={collection}
              onChange={(name) => set('collection', name)}
              options={COLLECTIONS.map((name) => ({ value: name, label: name }))}
              className="max-w-72"
            />
            <JsonField
              label={words.filter}
              hint={words.filterHint}
              value={filters.filter ?? ''}
              onChange={(text) => set('filter', text)}
            />
            <JsonField
              label={words.pipeline}
              hint={words.pipelineHint(library.state === 'ready' ? library.value.stages.join(', ') : '…')}
              value={filters.pipeline ?? ''}
              onChange={(text) => set('pipeline', text)}
            />
            <Button type="submit" look="primary" icon={Play} isBusy={isBusy}>
              {words.run}
            </Button>
          </form>
          <div aria-live="polite" className="mt-6">
            {answered.problem !== undefined && <ProblemNote title={dashboardWords.failed} problem={answered.problem} />}
            {answered.answer !== undefined && <Rows answer={answered.answer} />}
          </div>
        </Panel>
        <AskedPanel title={words.saved} asked={library}>
          {({ queries }) => (
            <ul className="divide-y divide-line">
              {queries.map(({ name, summary }) => (
                <li key={name} className="py-2.5">
                  <a
                    href={addressOf(`queries/${name}`, { format: 'csv' })}
                    download
                    className="font-medium text-brand underline-offset-4 hover:underline"
                  >
                    {name}
                  </a>
                  <p className="text-sm text-quiet">{summary}</p>
                </li>
              ))}
            </ul>
          )}
        </AskedPanel>
      </div>
    </>
  );
}

function parsed(where: string, text: string | undefined, otherwise: unknown): unknown {
  if (text === undefined || text.trim() === '') return otherwise;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(words.badJson(where, (error as Error).message));
  }
}

function JsonField(props: { label: string; hint: string; value: string; onChange: (text: string) => void }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {props.label}
      </label>
      <textarea
        id={id}
        rows={3}
        spellCheck={false}
        value={props.value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => props.onChange(event.target.value)}
        className="w-full rounded-xl border border-line bg-panel p-3 font-mono text-sm"
      />
      <p id={`${id}-hint`} className="text-sm text-quiet">
        {props.hint}
      </p>
    </div>
  );
}

function Rows({ answer }: { answer: ExploreAnswer }) {
  const { rows, isCut, tookMs } = answer;
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, COLUMNS_MAX);
  const text = (value: unknown) =>
    value === undefined ? '' : typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  return (
    <>
      <p className="tabular mb-2 text-sm text-quiet">
        {words.answer(formatCount(rows.length), formatCount(tookMs))} {isCut && words.cut}
      </p>
      {rows.length > 0 && (
        <DataTable
          label={words.table}
          rows={rows.map((row, index) => ({ row, index }))}
          keyOf={({ index }) => String(index)}
          columns={names.map((name) => ({
            name,
            show: ({ row }: { row: Readonly<Record<string, unknown>> }) => text(row[name]),
            isNumber: rows.every((row) => typeof row[name] === 'number'),
          }))}
        />
      )}
    </>
  );
}

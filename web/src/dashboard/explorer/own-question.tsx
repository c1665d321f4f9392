import { Download, Play } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import type { ExploreAnswer } from '../../../../src/headquarters/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { SelectField } from '../../shared/components/field.tsx';
import { Panel } from '../../shared/components/panel.tsx';
import { ProblemNote } from '../../shared/components/problem-note.tsx';
import { formatCount } from '../../shared/format.ts';
import { postJson, saveFile } from '../../shared/http.ts';
import { type Problem, problemOf } from '../../shared/problem.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useFilters } from '../filters.tsx';
import { RowsTable } from './answer-tables.tsx';

const { explorer: words } = dashboardWords;
const ADDRESS = '/api/dashboard/explore';
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

interface Answered {
  readonly question?: object;
  readonly answer?: ExploreAnswer;
  readonly problem?: Problem;
}

/** One collection, a filter, a pipeline. What is typed stands in the address; it is asked when told. */
export function OwnQuestion({ stages }: { stages: readonly string[] }) {
  const { filters, set } = useFilters('collection', 'filter', 'pipeline');
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
      setAnswered({ question, answer: await postJson<ExploreAnswer>(ADDRESS, question) });
    } catch (error) {
      setAnswered({ problem: problemOf(error) });
    } finally {
      setBusy(false);
    }
  };
  const save = (question: object) =>
    saveFile(`${ADDRESS}?format=csv`, question).catch((error) => setAnswered({ problem: problemOf(error) }));
  return (
    <Panel title={words.own}>
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
          hint={words.pipelineHint(stages.join(', '))}
          value={filters.pipeline ?? ''}
          onChange={(text) => set('pipeline', text)}
        />
        <Button type="submit" look="primary" icon={Play} isBusy={isBusy}>
          {words.run}
        </Button>
      </form>
      <div aria-live="polite" className="mt-6">
        {answered.problem !== undefined && <ProblemNote title={dashboardWords.failed} problem={answered.problem} />}
        {answered.answer !== undefined && <OwnAnswer answer={answered.answer} />}
      </div>
      {answered.question !== undefined && answered.answer?.rows.length !== 0 && (
        <Button look="quiet" icon={Download} onClick={() => void save(answered.question as object)} className="mt-2">
          {dashboardWords.csv}
        </Button>
      )}
    </Panel>
  );
}

function OwnAnswer({ answer: { rows, isCut, tookMs } }: { answer: ExploreAnswer }) {
  return (
    <>
      <p className="tabular mb-2 text-sm text-quiet">
        {words.answer(formatCount(rows.length), formatCount(tookMs))} {isCut && words.cut}
      </p>
      {rows.length > 0 && <RowsTable label={words.table} rows={rows} />}
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

import { Check, Circle, CircleDashed, CircleX, LoaderCircle } from 'lucide-react';
import type { OpeningPage, Step, StepState } from '../../../../src/headquarters/api.ts';
import { Panel } from '../../shared/components/panel.tsx';
import { ProblemNote } from '../../shared/components/problem-note.tsx';
import { ProgressBar } from '../../shared/components/progress-bar.tsx';
import { formatCount, formatSeconds } from '../../shared/format.ts';
import { companyWords as words } from '../../words/company.ts';

const icons: Record<StepState, typeof Check> = {
  waiting: Circle,
  running: LoaderCircle,
  done: Check,
  skipped: CircleDashed,
  failed: CircleX,
};
const iconColours: Record<StepState, string> = {
  waiting: 'text-quiet',
  running: 'text-brand animate-spin',
  done: 'text-brand',
  skipped: 'text-quiet',
  failed: 'text-failed',
};

/** Shown until the company is open: the answer first, then each step with how far it is. */
export function OpeningView({ page }: { page: OpeningPage }) {
  const loading = page.steps.find((step) => step.unit === 'documents' && step.total !== null);
  return (
    <div className="space-y-6">
      <header>
        <h1 className="text-3xl font-semibold tracking-tight sm:text-4xl">{words.opening.title}</h1>
        <p className="tabular mt-2 text-lg text-quiet" aria-live="polite">
          {loading === undefined || loading.total === null
            ? words.opening.starting
            : words.opening.answer(formatCount(loading.done), formatCount(loading.total))}
        </p>
      </header>
      {page.problem !== null && <ProblemNote title={words.opening.failed} problem={page.problem} />}
      <Panel title={words.opening.steps}>
        <ProgressBar label={words.opening.title} fraction={overallFraction(page.steps)} />
        <ol className="mt-5 divide-y divide-line">
          {page.steps.map((step) => (
            <StepRow key={step.id} step={step} />
          ))}
        </ol>
      </Panel>
      <p className="text-quiet">{words.opening.explain}</p>
    </div>
  );
}

function StepRow({ step }: { step: Step }) {
  const Icon = icons[step.state];
  return (
    <li className="grid grid-cols-[1.5rem_1fr_auto] items-center gap-x-3 py-3">
      <Icon aria-hidden className={`size-5 ${iconColours[step.state]}`} />
      <div className="min-w-0">
        <p className={step.state === 'waiting' ? 'text-quiet' : 'font-medium'}>{step.title}</p>
        <p className="tabular truncate text-sm text-quiet">{stepDetail(step)}</p>
      </div>
      <div className="tabular text-right text-sm text-quiet">
        <p>{words.opening.states[step.state]}</p>
        {step.seconds !== null && <p>{formatSeconds(step.seconds)}</p>}
      </div>
    </li>
  );
}

function stepDetail(step: Step): string {
  if (step.state === 'running' && step.total !== null && step.total > 0) {
    return words.opening.of(formatCount(step.done), formatCount(step.total), step.unit);
  }
  return step.note;
}

/** Every step counts alike; a running one by its own share. */
function overallFraction(steps: readonly Step[]): number {
  const shares = steps.map((step) => {
    if (step.state === 'done' || step.state === 'skipped') return 1;
    return step.state === 'running' && step.total !== null && step.total > 0 ? step.done / step.total : 0;
  });
  return shares.reduce((sum, share) => sum + share, 0) / steps.length;
}

import { useQuery } from '@tanstack/react-query';
import { ShieldQuestion } from 'lucide-react';
import type { OpeningPage } from '../../../../src/headquarters/api.ts';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { Panel } from '../../shared/components/panel.tsx';
import { SkeletonRows } from '../../shared/components/skeleton.tsx';
import { formatCount, formatMoment, formatSeconds } from '../../shared/format.ts';
import { requestJson } from '../../shared/http.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { Answer } from '../asked-panel.tsx';

const { quality: words, pages } = dashboardWords;

/** What the last validation found. */
export function QualityView() {
  const opening = useQuery({
    queryKey: ['dashboard', 'quality'],
    queryFn: () => requestJson<OpeningPage>('/api/opening'),
  });
  const validation = opening.data?.validation;
  if (validation === undefined) return <SkeletonRows rows={3} />;
  if (validation === null) {
    return (
      <>
        <Answer>{words.none}</Answer>
        <EmptyState icon={ShieldQuestion} title={words.none} text={words.again}>
          <code className="font-mono">npx zava validate</code>
        </EmptyState>
      </>
    );
  }
  const score = validation.score.toFixed(validation.score === 100 ? 0 : 2);
  return (
    <>
      <Answer
        tone={validation.passed ? '' : 'text-failed'}
        detail={words.checks(formatCount(validation.checks), formatCount(validation.documents))}
      >
        {words.answer(score)}
      </Answer>
      <Panel title={pages.quality} className="max-w-2xl">
        <p className={`text-2xl font-semibold ${validation.passed ? 'text-brand' : 'text-failed'}`}>
          {validation.passed ? words.passed : words.failed(formatCount(validation.failedChecks))}
        </p>
        <p className="tabular mt-2 text-quiet">
          {words.when(formatMoment(validation.validatedAt), formatSeconds(validation.seconds))}
        </p>
        <a
          href="/validation"
          className="mt-5 inline-flex min-h-11 items-center rounded-xl bg-brand px-4 font-medium text-on-brand"
        >
          {words.report}
        </a>
        <p className="mt-5 text-sm text-quiet">
          {words.again} <code className="font-mono">npx zava validate</code>
        </p>
      </Panel>
    </>
  );
}

import { Download, SearchX } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState } from '../shared/components/empty-state.tsx';
import { Panel } from '../shared/components/panel.tsx';
import { ProblemNote } from '../shared/components/problem-note.tsx';
import { SkeletonRows } from '../shared/components/skeleton.tsx';
import { formatClock } from '../shared/format.ts';
import { commonWords } from '../words/common.ts';
import { dashboardWords as words } from '../words/dashboard.ts';
import { type Asked, addressOf, type Filters } from './ask.ts';

interface AskedPanelProps<Value> {
  readonly title: string;
  readonly note?: string;
  readonly asked: Asked<Value>;
  /** Where its CSV comes from. */
  readonly csv?: { readonly path: string; readonly filters?: Filters };
  readonly isEmpty?: (value: Value) => boolean;
  readonly empty?: { readonly title: string; readonly text?: string };
  readonly className?: string;
  /** How many rows of 48 pixels its content is high, so that nothing below it jumps when it comes. */
  readonly waitingRows?: number;
  readonly children: (value: Value) => ReactNode;
}

/** A panel with what was asked, in each of its states; its CSV a link away. */
export function AskedPanel<Value>(props: AskedPanelProps<Value>) {
  const { title, note, asked, csv, className } = props;
  return (
    <Panel
      title={title}
      {...(className === undefined ? {} : { className })}
      aside={
        csv !== undefined && (
          <a
            href={addressOf(csv.path, { ...csv.filters, format: 'csv' })}
            download
            className="-my-2.5 inline-flex min-h-11 items-center gap-1.5 rounded-lg px-1 text-sm text-quiet underline-offset-4 hover:underline"
          >
            <Download aria-hidden className="size-4" />
            {words.csv}
            <span className="sr-only">: {title}</span>
          </a>
        )
      }
    >
      {note !== undefined && <p className="mb-3 text-sm text-quiet">{note}</p>}
      <Contents {...props} />
      {asked.state === 'ready' && asked.isStale && (
        <p className="mt-3 text-sm text-low">{words.staleSince(formatClock(asked.at))}</p>
      )}
    </Panel>
  );
}

function Contents<Value>({ asked, isEmpty, empty, waitingRows = 4, children }: AskedPanelProps<Value>) {
  switch (asked.state) {
    case 'loading':
      return <SkeletonRows rows={waitingRows} rowClass="h-12" />;
    case 'failed':
      return (
        <ProblemNote
          title={words.failed}
          problem={asked.problem}
          retry={{ label: commonWords.tryAgain, run: asked.retry }}
        />
      );
    case 'ready': {
      const { title = words.none, text = words.noneText } = empty ?? {};
      return isEmpty?.(asked.value) === true ? (
        <EmptyState icon={SearchX} title={title} text={text} />
      ) : (
        children(asked.value)
      );
    }
  }
}

/** What stands in an answer's place until it is known. */
export const WAITING = '…';

/** The answer of a view in words, the largest thing on it. While it waits it takes the room that most answers take. */
export function Answer({ children, detail, tone = '' }: { children: string; detail?: string; tone?: string }) {
  const isWaiting = children === WAITING;
  return (
    <header className="mb-6">
      <h1
        tabIndex={-1}
        // It takes the focus so that reading goes on from here; a ring would promise that it can be pressed.
        style={{ outline: 'none' }}
        className={`tabular text-3xl font-semibold tracking-tight sm:text-4xl ${tone} ${isWaiting ? 'min-h-18 sm:min-h-0' : ''}`}
      >
        {children}
      </h1>
      {(detail !== undefined || isWaiting) && (
        <p className={`tabular mt-2 max-w-4xl text-quiet ${detail === undefined ? 'min-h-18 sm:min-h-6' : ''}`}>
          {detail}
        </p>
      )}
    </header>
  );
}

/** The numbers of a chart, for whoever can't see it or wants to copy them. */
export function AsTable({ children }: { children: ReactNode }) {
  return (
    <details className="mt-2">
      <summary className="min-h-11 cursor-pointer py-2 text-sm font-medium text-brand">{words.asTable}</summary>
      {children}
    </details>
  );
}

import { PackageX } from 'lucide-react';
import type { ReactNode } from 'react';
import { commonWords as words } from '../../words/common.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { SkeletonRows } from '../components/skeleton.tsx';
import { formatAgo } from '../format.ts';
import { useNow } from '../use-now.ts';
import type { Loaded } from './use-view.ts';

interface ShowViewProps<Value> {
  readonly view: Loaded<Value>;
  readonly failedTitle: string;
  /** Of the same shape as what will come. */
  readonly skeleton?: ReactNode;
  /** Drawn in place of the rest when it answers anything but null. */
  readonly empty?: (value: Value) => ReactNode;
  readonly children: (value: Value) => ReactNode;
}

/** Draws the states of a view: loading, missing, failed, empty, stale, ready. Being offline is told by the status bar. */
export function ShowView<Value>({ view, failedTitle, skeleton, empty, children }: ShowViewProps<Value>) {
  switch (view.state) {
    case 'loading':
      return skeleton ?? <SkeletonRows />;
    case 'missing':
      return <EmptyState icon={PackageX} title={words.missing.title} text={words.missing.text} />;
    case 'failed':
      return (
        <ProblemNote title={failedTitle} problem={view.problem} retry={{ label: words.tryAgain, run: view.retry }} />
      );
    case 'ready':
      return (
        <>
          {view.isStale && <StaleNote readAtMs={view.readAtMs} />}
          {empty?.(view.value) ?? children(view.value)}
        </>
      );
  }
}

function StaleNote({ readAtMs }: { readAtMs: number }) {
  return <p className="mb-3 text-sm text-low">{words.stale(formatAgo(readAtMs, useNow()))}</p>;
}

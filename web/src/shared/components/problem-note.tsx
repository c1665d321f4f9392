import { CircleAlert } from 'lucide-react';
import type { Problem } from '../problem.ts';

/** What went wrong, what to do about it, and, where it can help, a button that tries again. */
export function ProblemNote(props: { title: string; problem: Problem; retry?: { label: string; run: () => void } }) {
  return (
    <div role="alert" className="flex gap-4 rounded-2xl border border-failed bg-failed-soft p-5">
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-failed" />
      <div className="min-w-0 space-y-1">
        <p className="font-semibold">{props.title}</p>
        <p className="break-words">{props.problem.message}</p>
        <p className="break-words text-quiet">{props.problem.fix}</p>
        {props.retry !== undefined && (
          <button
            type="button"
            onClick={props.retry.run}
            className="mt-2 min-h-11 cursor-pointer rounded-lg border border-line bg-panel px-4 font-medium"
          >
            {props.retry.label}
          </button>
        )}
      </div>
    </div>
  );
}

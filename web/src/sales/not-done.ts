import type { ToastMessage } from '../shared/components/toasts.tsx';
import type { OperationOutcome } from '../shared/device/operations.ts';
import { salesWords as words } from '../words/sales.ts';

/** Says in words what stood in the way of an operation. */
export function toldNotDone(outcome: Exclude<OperationOutcome<unknown>, { outcome: 'done' }>): ToastMessage {
  const { problem } = outcome;
  const text = outcome.outcome === 'not_done' ? words.outcomes[outcome.what] : undefined;
  return { tone: 'failed', text: words.notDone, detail: text ?? `${problem.message} ${problem.fix}` };
}

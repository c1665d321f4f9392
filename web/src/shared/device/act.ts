import type { InputOf, RetailOperationName } from '../../../../src/device/api.ts';
import { deviceWords } from '../../words/common.ts';
import { showToast, type ToastMessage } from '../components/toasts.tsx';
import { queryClient } from '../mount.tsx';
import { type OperationOutcome, perform } from './operations.ts';

/**
 * Does an operation for a person: what it changed is read anew at once, what it came to is said at the bottom of the page,
 * and a fault is told with its fix. What stands in the way is the caller's to explain.
 */
export async function act<Name extends RetailOperationName, Facts = Readonly<Record<string, unknown>>>(
  name: Name,
  input: InputOf<Name>,
  tell: (facts: Facts) => Omit<ToastMessage, 'tone'> | null,
): Promise<OperationOutcome<Facts>> {
  const outcome = await perform<Name, Facts>(name, input);
  if (outcome.outcome === 'done') {
    void queryClient.invalidateQueries({ queryKey: ['view'] });
    const message = tell(outcome.facts);
    if (message !== null) showToast({ tone: 'done', ...message });
  } else if (outcome.outcome === 'failed') {
    showToast({ tone: 'failed', text: outcome.problem.message, detail: outcome.problem.fix });
  } else if (outcome.what === 'refused') {
    const { message } = outcome.facts as { message?: string };
    showToast({ tone: 'failed', text: deviceWords.notAllowed, ...(message === undefined ? {} : { detail: message }) });
  }
  return outcome;
}

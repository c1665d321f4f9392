import type { InputOf, RetailOperationName } from '../../../../src/device/api.ts';
import { deviceWords } from '../../words/common.ts';
import { showToast, type ToastMessage } from '../components/toasts.tsx';
import { queryClient } from '../mount.tsx';
import { type OperationOutcome, perform } from './operations.ts';

/** Names of the device's views; README of `src/device`. */
type ViewName = 'product' | 'history' | 'shipment' | 'transfer' | 'low-stock' | 'alerts';

/**
 * Does an operation for a person: what it changed is read anew at once, what it came to is said at the bottom of the page,
 * and a fault is told with its fix. What stands in the way is the caller's to explain.
 */
export async function act<Name extends RetailOperationName, Facts = Readonly<Record<string, unknown>>>(
  name: Name,
  input: InputOf<Name>,
  tell: (facts: Facts) => Omit<ToastMessage, 'tone'> | null,
  /** What the person is looking at: read first, alone. The device tells by itself what else has become old. */
  inSight: readonly ViewName[] = [],
): Promise<OperationOutcome<Facts>> {
  const outcome = await perform<Name, Facts>(name, input);
  if (outcome.outcome === 'done') {
    readAnewAtOnce(inSight);
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

function readAnewAtOnce(inSight: readonly ViewName[]): void {
  const keys = inSight.length === 0 ? [['view']] : inSight.map((view) => ['view', view]);
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
}

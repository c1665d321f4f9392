import type { InputOf, RetailOperationName } from '../../../src/device/api.ts';
import { showToast } from '../shared/components/toasts.tsx';
import { act } from '../shared/device/act.ts';
import { commonWords } from '../words/common.ts';
import { workerWords as words } from '../words/worker.ts';

/** The way back of what was just done, for its toast. */
export function undoBy<Name extends RetailOperationName>(name: Name, input: InputOf<Name>) {
  const run = () => void act(name, input, () => ({ text: words.undone }), ['product']).then(tellObstacle);
  return { label: commonWords.undo, run };
}

/** For what the page has no own words for. */
export function tellObstacle(outcome: { readonly outcome: string; readonly what?: string }): void {
  if (outcome.outcome !== 'not_done' || outcome.what === 'refused') return;
  const known: Readonly<Record<string, string>> = words.obstacles;
  const text = known[outcome.what ?? ''] ?? words.obstacles.other;
  showToast({ tone: 'failed', text, detail: words.obstacles.fix });
}

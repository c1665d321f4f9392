import { showToast } from '../../shared/components/toasts.tsx';
import { commonWords } from '../../words/common.ts';
import { presentBasket, setBasket } from './basket.ts';

/** Changes the basket, says so, and offers the old one back for some seconds. */
export function changeWithUndo(text: string, change: () => void): void {
  const before = presentBasket();
  change();
  showToast({ tone: 'done', text, action: { label: commonWords.undo, run: () => setBasket(before) } });
}

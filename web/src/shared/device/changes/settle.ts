import { deviceWords } from '../../../words/common.ts';
import { showToast } from '../../components/toasts.tsx';
import { postJson } from '../../http.ts';
import { queryClient } from '../../mount.tsx';
import { problemOf } from '../../problem.ts';

/** Settles refused or superseded work; a fault is told, with its fix. */
export async function settle(address: string, done: string, body: unknown = {}): Promise<boolean> {
  try {
    await postJson(address, body);
    void queryClient.invalidateQueries({ queryKey: ['view'] });
    showToast({ tone: 'done', text: done, detail: deviceWords.changes.onItsWay });
    return true;
  } catch (error) {
    const { message, fix } = problemOf(error);
    showToast({ tone: 'failed', text: message, detail: fix });
    return false;
  }
}

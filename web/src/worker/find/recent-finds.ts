import { useSyncExternalStore } from 'react';

const STORAGE_KEY = 'zava.worker.recent';
const KEPT_MAX = 12;
const NONE: readonly string[] = [];
const listeners = new Set<() => void>();
let recent = stored();

function stored(): readonly string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : NONE;
  } catch {
    return NONE;
  }
}

/** Puts a product first among those that were looked at. */
export function rememberFind(productId: string): void {
  if (recent[0] === productId) return;
  recent = [productId, ...recent.filter((id) => id !== productId)].slice(0, KEPT_MAX);
  localStorage.setItem(STORAGE_KEY, JSON.stringify(recent));
  for (const hear of listeners) hear();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Ids of products, the newest first. */
export const useRecentFinds = (): readonly string[] => useSyncExternalStore(subscribe, () => recent);

import { useEffect, useState } from 'react';

/** `held`: this tab works; `elsewhere`: another tab has taken over, or was there first. */
export type TabState = 'asking' | 'held' | 'elsewhere';

/**
 * One tab of an app works at a time: two baskets, or two half-typed counts, on one device would surprise people. A tab that
 * is not the one says so, and takes over when asked.
 */
export function useOneTab(name: string): { readonly tab: TabState; readonly takeOver: () => void } {
  const [tab, setTab] = useState<TabState>('asking');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!('locks' in navigator)) {
      setTab('held');
      return;
    }
    let letGo: () => void = () => undefined;
    let isGone = false;
    const hold = (lock: Lock | null) => {
      if (lock === null) {
        setTab('elsewhere');
        return;
      }
      if (isGone) return;
      setTab('held');
      return new Promise<void>((resolve) => {
        letGo = resolve;
      });
    };
    navigator.locks
      .request(name, turn === 0 ? { ifAvailable: true } : { steal: true }, hold)
      // The lock was taken over by another tab.
      .catch(() => !isGone && setTab('elsewhere'));
    return () => {
      isGone = true;
      letGo();
    };
  }, [name, turn]);
  return { tab, takeOver: () => setTurn((before) => before + 1) };
}

import { useEffect } from 'react';

/** Called for a key pressed outside fields of text, without Ctrl, Alt or Meta. */
export function useShortcuts(shortcuts: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement | null;
      if (target?.closest('input, textarea, select, [contenteditable]') && event.key !== 'Escape') return;
      const run = shortcuts[event.key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [shortcuts]);
}

/** A scanner is a keyboard that types fast and ends with Enter: letters closer together than this, in milliseconds. */
const SCANNER_GAP_MS = 35;
const SCANNED_MIN = 6;

/** Hears what a hand scanner reads, wherever the focus is outside fields of text. */
export function useScanner(onScanned: (text: string) => void): void {
  useEffect(() => {
    let text = '';
    let lastMs = 0;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (target?.closest('input, textarea, select')) return;
      const isFast = event.timeStamp - lastMs < SCANNER_GAP_MS;
      lastMs = event.timeStamp;
      if (event.key === 'Enter' && text.length >= SCANNED_MIN) {
        event.preventDefault();
        onScanned(text);
        text = '';
      } else if (event.key.length === 1) {
        text = isFast ? text + event.key : event.key;
      }
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [onScanned]);
}

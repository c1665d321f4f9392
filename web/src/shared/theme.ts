import { useEffect, useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const STORAGE_KEY = 'zava.theme';
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function present(): Theme {
  const chosen = localStorage.getItem(STORAGE_KEY);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return systemDark.matches ? 'dark' : 'light';
}

function tell(): void {
  document.documentElement.dataset['theme'] = present();
  for (const hear of listeners) hear();
}

document.documentElement.dataset['theme'] = present();
systemDark.addEventListener('change', tell);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The system's theme, unless the reader chose one. */
export function useTheme(): { readonly theme: Theme; readonly toggle: () => void } {
  const theme = useSyncExternalStore(subscribe, present);
  useEffect(() => {
    // Another tab may have chosen.
    window.addEventListener('storage', tell);
    return () => window.removeEventListener('storage', tell);
  }, []);
  const toggle = () => {
    localStorage.setItem(STORAGE_KEY, theme === 'dark' ? 'light' : 'dark');
    tell();
  };
  return { theme, toggle };
}

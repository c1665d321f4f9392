import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { BasketContents } from './basket-contents.tsx';

/** The basket as a page of its own: what a phone shows. */
export function BasketPage() {
  const [, go] = useLocation();
  useShortcuts(useMemo(() => ({ Escape: () => go('/') }), [go]));
  return (
    <div className="mx-auto min-h-[calc(100dvh-2.75rem-6rem)] max-w-xl md:h-[calc(100dvh-2.75rem)] md:border-x md:border-line md:bg-panel">
      <BasketContents isPage />
    </div>
  );
}

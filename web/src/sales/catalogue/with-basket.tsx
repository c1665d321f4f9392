import type { ReactNode } from 'react';
import { BasketContents } from '../basket/basket-contents.tsx';

/** On anything larger than a phone the basket stays in sight beside the page. */
export function WithBasket({ children }: { children: ReactNode }) {
  return (
    <div className="md:grid md:grid-cols-[minmax(0,1fr)_21rem] xl:grid-cols-[minmax(0,1fr)_26rem]">
      <div className="min-w-0 px-4 pt-4 md:px-6 md:pb-10">{children}</div>
      <aside className="sticky top-11 hidden h-[calc(100dvh-2.75rem)] border-l border-line bg-panel md:block">
        <BasketContents />
      </aside>
    </div>
  );
}

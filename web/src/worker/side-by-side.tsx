import type { ReactNode } from 'react';

/** A list with its detail: side by side where there is room; on a phone the detail takes the place of the list. */
export function SideBySide(props: { list: ReactNode; detail: ReactNode; isDetailOpen: boolean }) {
  // Room for the bar of actions, which lies over the page on a phone.
  const pane = 'px-4 pt-4 pb-24 md:pb-0 md:h-[calc(100dvh-2.75rem)] md:overflow-y-auto md:px-5';
  return (
    <div className="md:grid md:grid-cols-[19rem_minmax(0,1fr)] lg:grid-cols-[24rem_minmax(0,1fr)]">
      <div className={`${pane} md:border-r md:border-line ${props.isDetailOpen ? 'hidden md:block' : ''}`}>
        {props.list}
      </div>
      <div className={`${pane} relative ${props.isDetailOpen ? '' : 'hidden md:block'}`}>
        <div className="mx-auto flex min-h-full max-w-3xl flex-col">{props.detail}</div>
      </div>
    </div>
  );
}

/** What to do here, in the thumb's reach: above the places on a phone, at the foot of its pane elsewhere. */
export function ActionBar({ children }: { children: ReactNode }) {
  return (
    <div
      data-action-bar
      className="fixed inset-x-0 bottom-[calc(4rem+1px+env(safe-area-inset-bottom))] z-20 flex gap-2 border-t border-line bg-paper px-4 py-3 *:flex-1 md:sticky md:inset-x-auto md:bottom-0 md:-mx-5 md:mt-auto md:px-5"
    >
      {children}
    </div>
  );
}

import type { ReactNode } from 'react';

/** A titled region of the page. `aside` stands at the right of its title. */
export function Panel(props: { title: string; aside?: ReactNode; className?: string; children: ReactNode }) {
  return (
    <section className={`min-w-0 rounded-2xl border border-line bg-panel p-5 sm:p-6 ${props.className ?? ''}`}>
      <header className="mb-4 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="text-base font-semibold">{props.title}</h2>
        {props.aside !== undefined && <div className="tabular text-sm text-quiet">{props.aside}</div>}
      </header>
      {props.children}
    </section>
  );
}

import type { KeyboardEvent } from 'react';

/** Marks what the arrow keys stop at. */
export const stop = { 'data-stop': '' } as const;

const stopsIn = (container: Element): HTMLElement[] => [...container.querySelectorAll<HTMLElement>('[data-stop]')];

/** Moves the focus among the stops of a list or a grid, as they lie on the page. */
export function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  const here = (event.target as HTMLElement).closest<HTMLElement>('[data-stop]');
  if (here === null || event.target !== here) return;
  const stops = stopsIn(event.currentTarget);
  const place = stops.indexOf(here);
  const next =
    event.key === 'ArrowRight'
      ? stops[place + 1]
      : event.key === 'ArrowLeft'
        ? stops[place - 1]
        : event.key === 'ArrowDown'
          ? nearestInRow(here, stops.slice(place + 1))
          : event.key === 'ArrowUp'
            ? nearestInRow(here, stops.slice(0, place).reverse())
            : undefined;
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** The focus on the first stop, from a search field above. */
export function focusFirstStop(container: Element | null): void {
  if (container !== null) stopsIn(container)[0]?.focus();
}

/** Of the next row that is met, the one that lies nearest in line. */
function nearestInRow(here: HTMLElement, others: readonly HTMLElement[]): HTMLElement | undefined {
  const { top, left } = here.getBoundingClientRect();
  const first = others.find((other) => Math.abs(other.getBoundingClientRect().top - top) > 4);
  if (first === undefined) return undefined;
  const rowTop = first.getBoundingClientRect().top;
  const row = others.filter((other) => Math.abs(other.getBoundingClientRect().top - rowTop) <= 4);
  const distance = (other: HTMLElement) => Math.abs(other.getBoundingClientRect().left - left);
  return row.reduce((best, other) => (distance(other) < distance(best) ? other : best), first);
}

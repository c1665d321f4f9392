import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { commonWords, deviceWords } from '../../words/common.ts';
import { ProblemNote } from '../components/problem-note.tsx';
import { SkeletonRows } from '../components/skeleton.tsx';
import { ThemeButton } from '../components/theme-button.tsx';
import { formatCount } from '../format.ts';
import { FirstSync } from './first-sync.tsx';
import { useLiveDevice } from './live-device.ts';
import { StatusBar } from './status-bar.tsx';

export interface ShellPlace {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** Begins of addresses that belong to it, beside its own. */
  readonly within?: readonly string[];
  /** How many things wait there, and what they are in words. */
  readonly waiting?: { readonly count: number; readonly label: string };
}

/** The frame of a device's app: its link at the top, four places at the bottom of a phone or at the side of anything larger. */
export function AppShell(props: { places: readonly ShellPlace[]; changesHref: string; children: ReactNode }) {
  return (
    <div className="min-h-dvh md:pl-22">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-xl focus:bg-panel focus:p-3"
      >
        {deviceWords.skip}
      </a>
      <Places {...props} />
      <div className="sticky top-0 z-20 min-h-11 bg-paper">
        <StatusBar changesHref={props.changesHref} />
      </div>
      <main id="main" className="pb-24 md:pb-0">
        <Ready>{props.children}</Ready>
      </main>
    </div>
  );
}

/** Nothing is asked of a device before it has said that it holds something. */
function Ready({ children }: { children: ReactNode }) {
  const { state, isAnswering } = useLiveDevice();
  if (state !== null) return state.catalogueProducts === 0 ? <FirstSync /> : children;
  return (
    <div className="mx-auto max-w-3xl p-4">
      {isAnswering ? (
        <SkeletonRows />
      ) : (
        <ProblemNote title={deviceWords.link.notAnswering} problem={commonWords.unreachable} />
      )}
    </div>
  );
}

function Places({ places }: { places: readonly ShellPlace[] }) {
  const [path] = useLocation();
  const isHere = ({ href, within = [] }: ShellPlace) =>
    path === href || (href !== '/' && path.startsWith(`${href}/`)) || within.some((begin) => path.startsWith(begin));
  return (
    <nav
      aria-label={deviceWords.places}
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] md:inset-x-auto md:inset-y-0 md:left-0 md:flex md:w-22 md:flex-col md:border-t-0 md:border-r"
    >
      <Link href="/" aria-hidden tabIndex={-1} className="hidden h-16 items-center justify-center md:flex">
        <span className="flex size-10 items-center justify-center rounded-xl bg-brand text-xl font-bold text-on-brand">
          Z
        </span>
      </Link>
      <ul className="grid auto-cols-fr grid-flow-col md:grid-flow-row md:gap-1 md:px-1.5">
        {places.map((place) => (
          <li key={place.href}>
            <PlaceLink place={place} isHere={isHere(place)} />
          </li>
        ))}
      </ul>
      <div className="mt-auto hidden justify-center pb-4 md:flex">
        <ThemeButton />
      </div>
    </nav>
  );
}

function PlaceLink({ place, isHere }: { place: ShellPlace; isHere: boolean }) {
  const { href, label, icon: Icon, waiting } = place;
  const count = waiting?.count ?? 0;
  return (
    <Link
      href={href}
      {...(isHere ? { 'aria-current': 'page' as const } : {})}
      className={`relative flex min-h-16 flex-col items-center justify-center gap-1 rounded-xl text-center text-sm leading-tight font-medium md:text-[0.8125rem] ${isHere ? 'text-brand md:bg-brand-soft md:text-ink' : 'text-quiet'}`}
    >
      <span className="relative">
        <Icon aria-hidden className="size-6" strokeWidth={isHere ? 2.4 : 1.8} />
        {count > 0 && (
          <span
            aria-hidden
            className="tabular absolute -top-2 left-3.5 min-w-5 rounded-full bg-ink px-1.5 text-center text-xs leading-5 font-semibold text-paper"
          >
            {count > 99 ? '99+' : formatCount(count)}
          </span>
        )}
      </span>
      {label}
      {count > 0 && <span className="sr-only">{waiting?.label}</span>}
    </Link>
  );
}

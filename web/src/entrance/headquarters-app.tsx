import { WifiOff } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Link, Route, Switch, useRoute } from 'wouter';
import type { OpeningPage } from '../../../src/headquarters/api.ts';
import { ProblemNote } from '../shared/components/problem-note.tsx';
import { ThemeButton } from '../shared/components/theme-button.tsx';
import { formatClock } from '../shared/format.ts';
import { type Theme, useTheme } from '../shared/theme.ts';
import { commonWords } from '../words/common.ts';
import { companyWords as words } from '../words/company.ts';
import { entranceWords } from '../words/entrance.ts';
import { CompanyView } from './company/company-view.tsx';
import { useCompany, useOpening } from './company-api.ts';
import { DevicesPanel } from './devices/devices-panel.tsx';
import { NextSteps } from './next-steps.tsx';
import { OpeningView } from './opening/opening-view.tsx';
import { SignedIn } from './sign-in.tsx';
import { TourView } from './tour/tour-view.tsx';

// Its charts and tables are nothing that the entrance waits for.
const DashboardApp = lazy(async () => ({ default: (await import('../dashboard/dashboard-app.tsx')).DashboardApp }));

/** Headquarters: the entrance, the tour, the dashboard; each at an address of its own. */
export function App() {
  return (
    <Switch>
      <Route path="/">
        <Frame title={entranceWords.titles.company}>
          <Entrance />
        </Frame>
      </Route>
      <Route path="/dashboard/*?">
        <Suspense fallback={<Skeleton />}>
          <DashboardApp />
        </Suspense>
      </Route>
      <Route path="/tour/:chapter?">
        {({ chapter }) => (
          <Frame title={entranceWords.titles.tour}>
            <SignedIn>
              <TourView chapterId={chapter} />
            </SignedIn>
          </Frame>
        )}
      </Route>
      <Route>
        <Frame title={commonWords.notFound.title}>
          <h1 className="text-3xl font-semibold tracking-tight">{commonWords.notFound.title}</h1>
          <Link href="/" className="mt-4 inline-flex min-h-11 items-center font-medium text-brand">
            {commonWords.notFound.next}
          </Link>
        </Frame>
      </Route>
    </Switch>
  );
}

/** The bar above every page of headquarters but the dashboard's, which has its own. */
function Frame({ title, children }: { title: string; children: ReactNode }) {
  useTheme();
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div className="mx-auto max-w-7xl px-4 pb-16 sm:px-8">
      <header className="flex flex-wrap items-center justify-between gap-x-6 py-4">
        <Link href="/" className="flex min-h-11 items-center gap-3">
          <img src="/favicon.svg" alt="" className="size-8" />
          <span className="font-semibold">{words.company}</span>
          <span className="hidden text-quiet sm:inline">{entranceWords.place}</span>
        </Link>
        <nav
          aria-label={entranceWords.nav.label}
          className="order-3 -mx-3 flex w-full sm:order-2 sm:mx-0 sm:ml-auto sm:w-auto"
        >
          <NavLink href="/">{entranceWords.nav.company}</NavLink>
          <NavLink href="/tour" nest>
            {entranceWords.nav.tour}
          </NavLink>
          <NavLink href="/dashboard">{entranceWords.nav.dashboard}</NavLink>
        </nav>
        <div className="order-2 sm:order-3">
          <ThemeButton />
        </div>
      </header>
      <main className="pt-4">{children}</main>
    </div>
  );
}

function NavLink({ href, nest = false, children }: { href: string; nest?: boolean; children: string }) {
  const [isHere] = useRoute(nest ? `${href}/*?` : href);
  return (
    <Link
      href={href}
      aria-current={isHere ? 'page' : undefined}
      className="flex min-h-11 items-center rounded-lg px-3 font-medium text-quiet aria-[current=page]:text-ink aria-[current=page]:underline aria-[current=page]:decoration-brand aria-[current=page]:decoration-2 aria-[current=page]:underline-offset-8"
    >
      {children}
    </Link>
  );
}

function Entrance() {
  const { theme } = useTheme();
  const { page, connected, heardAt } = useOpening();
  return (
    <>
      {!connected && <ConnectionLost heardAt={heardAt} />}
      {page === null ? (
        <Skeleton />
      ) : page.state === 'open' ? (
        <SignedIn>
          <Company page={page} theme={theme} />
        </SignedIn>
      ) : (
        <OpeningView page={page} />
      )}
    </>
  );
}

function Company({ page, theme }: { page: OpeningPage; theme: Theme }) {
  const company = useCompany();
  switch (company.state) {
    case 'loading':
      return <Skeleton />;
    case 'failed':
      return (
        <ProblemNote
          title={words.overview.failed}
          problem={company.problem}
          retry={{ label: words.overview.retry, run: company.retry }}
        />
      );
    case 'ready':
      return (
        <CompanyView company={company.value} database={page.database} validation={page.validation} theme={theme}>
          <DevicesPanel />
          <NextSteps />
        </CompanyView>
      );
  }
}

function ConnectionLost({ heardAt }: { heardAt: Date | null }) {
  return (
    <div role="status" className="flex items-center gap-3 rounded-xl border border-line bg-sunken px-4 py-3 text-sm">
      <WifiOff aria-hidden className="size-4 shrink-0 text-low" />
      <p>
        {words.connection.lost(heardAt === null ? '–' : formatClock(heardAt))} {words.connection.retrying}{' '}
        <code className="font-mono">npm start</code>.
      </p>
    </div>
  );
}

function Skeleton() {
  return (
    <div role="status" aria-label={words.loading} className="animate-pulse space-y-6">
      <div className="h-10 w-2/3 rounded-lg bg-sunken" />
      <div className="h-6 w-1/2 rounded-lg bg-sunken" />
      <div className="grid gap-6 lg:grid-cols-3">
        <div className="h-96 rounded-2xl bg-sunken lg:col-span-2" />
        <div className="h-96 rounded-2xl bg-sunken" />
      </div>
    </div>
  );
}

import { Moon, Sun, WifiOff } from 'lucide-react';
import type { OpeningPage } from '../../../src/headquarters/api.ts';
import { ProblemNote } from '../shared/components/problem-note.tsx';
import { formatClock } from '../shared/format.ts';
import { type Theme, useTheme } from '../shared/theme.ts';
import { companyWords as words } from '../words/company.ts';
import { CompanyView } from './company/company-view.tsx';
import { useCompany, useOpening } from './company-api.ts';
import { OpeningView } from './opening/opening-view.tsx';

export function App() {
  const { theme, toggle } = useTheme();
  const { page, connected, heardAt } = useOpening();
  return (
    <div className="mx-auto max-w-6xl px-4 pb-16 sm:px-8">
      <header className="flex items-center justify-between py-5">
        <a href="/" className="flex min-h-11 items-center gap-3">
          <img src="/favicon.svg" alt="" className="size-8" />
          <span className="font-semibold">{words.company}</span>
          <span className="text-quiet">{words.place}</span>
        </a>
        <button
          type="button"
          onClick={toggle}
          aria-label={words.theme.switchTo(theme === 'dark' ? words.theme.light : words.theme.dark)}
          className="flex size-11 cursor-pointer items-center justify-center rounded-lg border border-line bg-panel"
        >
          {theme === 'dark' ? <Sun aria-hidden className="size-5" /> : <Moon aria-hidden className="size-5" />}
        </button>
      </header>
      {!connected && <ConnectionLost heardAt={heardAt} />}
      <main className="pt-4">
        {page === null ? (
          <Skeleton />
        ) : page.state === 'open' ? (
          <Company page={page} theme={theme} />
        ) : (
          <OpeningView page={page} />
        )}
      </main>
    </div>
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
        <CompanyView company={company.value} database={page.database} validation={page.validation} theme={theme} />
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

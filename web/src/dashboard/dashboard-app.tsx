import {
  ArrowLeftRight,
  Boxes,
  CalendarRange,
  ChartColumn,
  Compass,
  Inbox,
  type LucideIcon,
  Package,
  ShieldCheck,
  Sun,
  TabletSmartphone,
  WifiOff,
} from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Link, Route, Switch, useLocation, useRoute } from 'wouter';
import type { InboxEntry } from '../../../src/headquarters/api.ts';
import { KeysHelp } from '../shared/components/keys-help.tsx';
import { ThemeButton } from '../shared/components/theme-button.tsx';
import { useTheme } from '../shared/theme.ts';
import { commonWords } from '../words/common.ts';
import { dashboardWords as words } from '../words/dashboard.ts';
import { useAsk, useLiveDashboard } from './ask.ts';
import { WhoLooks, WithSession } from './session.tsx';
import { DevicesView } from './views/devices-view.tsx';
import { ExplorerView } from './views/explorer-view.tsx';
import { InboxView } from './views/inbox-view.tsx';
import { InventoryView } from './views/inventory-view.tsx';
import { ProductsView } from './views/products-view.tsx';
import { QualityView } from './views/quality-view.tsx';
import { SalesView } from './views/sales-view.tsx';
import { SeasonsView } from './views/seasons-view.tsx';
import { TodayView } from './views/today-view.tsx';
import { TransfersView } from './views/transfers-view.tsx';

const BASE = '/dashboard';

const pages: readonly (readonly [path: string, name: string, icon: LucideIcon])[] = [
  ['', words.pages.today, Sun],
  ['/sales', words.pages.sales, ChartColumn],
  ['/seasons', words.pages.seasons, CalendarRange],
  ['/products', words.pages.products, Package],
  ['/inventory', words.pages.inventory, Boxes],
  ['/transfers', words.pages.transfers, ArrowLeftRight],
  ['/devices', words.pages.devices, TabletSmartphone],
  ['/inbox', words.pages.inbox, Inbox],
  ['/quality', words.pages.quality, ShieldCheck],
  ['/explorer', words.pages.explorer, Compass],
];

/** Headquarters' dashboard: a slim side bar, and one question per page. */
export function DashboardApp() {
  useTheme();
  return (
    <WithSession>
      <Dashboard />
    </WithSession>
  );
}

function Dashboard() {
  const isLive = useLiveDashboard();
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <SideBar />
      <main className="min-w-0 px-4 pt-5 pb-16 sm:px-8">
        {!isLive && (
          <p
            role="status"
            className="mb-5 flex items-center gap-3 rounded-xl border border-line bg-sunken px-4 py-3 text-sm"
          >
            <WifiOff aria-hidden className="size-4 shrink-0 text-low" />
            {commonWords.unreachable.message} {commonWords.unreachable.fix}
          </p>
        )}
        <Pages />
      </main>
      <KeysHelp more={[['j k', commonWords.keys.move]]} />
    </div>
  );
}

function Pages() {
  const [at] = useLocation();
  const page = pages.find(([path]) => at === `${BASE}${path}` || (path !== '' && at.startsWith(`${BASE}${path}/`)));
  const name = page?.[1] ?? commonWords.notFound.title;
  const opened = useRef<string | null>(name);
  useEffect(() => {
    document.title = `${name} · ${words.brand}`;
    // Where the visit begins, the focus stays where the browser puts it.
    if (opened.current !== name) document.querySelector('h1')?.focus({ preventScroll: true });
    opened.current = null;
  }, [name]);
  return (
    <Switch>
      <Route path={BASE} component={TodayView} />
      <Route path={`${BASE}/sales`} component={SalesView} />
      <Route path={`${BASE}/seasons`} component={SeasonsView} />
      <Route path={`${BASE}/products`} component={ProductsView} />
      <Route path={`${BASE}/inventory`} component={InventoryView} />
      <Route path={`${BASE}/transfers`} component={TransfersView} />
      <Route path={`${BASE}/devices`} component={DevicesView} />
      <Route path={`${BASE}/inbox/:id?`}>{({ id }) => <InboxView id={id} />}</Route>
      <Route path={`${BASE}/quality`} component={QualityView} />
      <Route path={`${BASE}/explorer`} component={ExplorerView} />
      <Route>
        <h1 className="text-3xl font-semibold tracking-tight">{commonWords.notFound.title}</h1>
        <Link href={BASE} className="mt-4 inline-flex min-h-11 items-center font-medium text-brand">
          {commonWords.notFound.next}
        </Link>
      </Route>
    </Switch>
  );
}

function SideBar() {
  const inbox = useAsk<{ rows: readonly InboxEntry[] }>('inbox', { state: 'open' });
  const open = inbox.state === 'ready' ? inbox.value.rows.length : 0;
  return (
    <div className="border-line bg-panel max-lg:border-b lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:border-r">
      <header className="flex items-center justify-between gap-3 px-4 py-3">
        <Link href="/" className="flex min-h-11 items-center gap-3 font-semibold">
          <img src="/favicon.svg" alt="" className="size-7" />
          {words.home}
        </Link>
        <ThemeButton />
      </header>
      <nav aria-label={words.nav} className="overflow-x-auto px-2 pb-2 lg:flex-1 lg:overflow-y-auto">
        <ul className="flex gap-1 lg:flex-col">
          {pages.map(([path, name, icon]) => (
            <li key={path}>
              <PageLink path={path} name={name} icon={icon} count={path === '/inbox' ? open : 0} />
            </li>
          ))}
        </ul>
      </nav>
      <div className="px-4 pb-4">
        <WhoLooks />
      </div>
    </div>
  );
}

function PageLink(props: { path: string; name: string; icon: LucideIcon; count: number }) {
  const { path, name, icon: Icon, count } = props;
  const [isHere] = useRoute(path === '' ? BASE : `${BASE}${path}/*?`);
  return (
    <Link
      href={`${BASE}${path}`}
      aria-current={isHere ? 'page' : undefined}
      className="flex min-h-11 items-center gap-3 rounded-xl px-3 whitespace-nowrap text-quiet hover:bg-sunken aria-[current=page]:bg-brand-soft aria-[current=page]:font-semibold aria-[current=page]:text-ink"
    >
      <Icon aria-hidden className="size-5 shrink-0" />
      {name}
      {count > 0 && (
        <span className="tabular ml-auto rounded-full bg-failed px-2 text-sm font-semibold text-panel">{count}</span>
      )}
    </Link>
  );
}

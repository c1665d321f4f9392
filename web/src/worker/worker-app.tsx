import { Bell, ClipboardList, History, Search } from 'lucide-react';
import { useMemo } from 'react';
import { Route, Switch } from 'wouter';
import { EmptyState } from '../shared/components/empty-state.tsx';
import { KeysHelp } from '../shared/components/keys-help.tsx';
import { AppShell, type ShellPlace } from '../shared/device/app-shell.tsx';
import { ChangesView } from '../shared/device/changes/changes-view.tsx';
import { useLiveDevice } from '../shared/device/live-device.ts';
import { commonWords } from '../words/common.ts';
import { workerWords as words } from '../words/worker.ts';
import { useAlertRows } from './alerts/alert-rows.ts';
import { AlertsView } from './alerts/alerts-view.tsx';
import { FindView } from './find/find-view.tsx';
import { useWorkToDo } from './work/work-to-do.ts';
import { WorkView } from './work/work-view.tsx';

export function WorkerApp() {
  return (
    <AppShell places={usePlaces()} changesHref="/changes">
      <Switch>
        <Route path="/">
          <FindView />
        </Route>
        <Route path="/product/:id">{({ id }) => <FindView productId={id} />}</Route>
        <Route path="/aisle/:aisle">{({ aisle }) => <FindView aisle={decodeURIComponent(aisle)} />}</Route>
        <Route path="/work/*?">
          <WorkView />
        </Route>
        <Route path="/alerts">
          <AlertsView />
        </Route>
        <Route path="/changes">
          <ChangesView />
        </Route>
        <Route>
          <EmptyState icon={Search} title={commonWords.notFound.title} />
        </Route>
      </Switch>
      <KeysHelp />
    </AppShell>
  );
}

function usePlaces(): ShellPlace[] {
  const { state } = useLiveDevice();
  const alerts = useAlertRows().waiting;
  const work = useWorkToDo();
  const refused = state?.rejectedOperations ?? 0;
  return useMemo(
    () => [
      { href: '/', label: words.places.find, icon: Search, within: ['/product/', '/aisle/'] },
      {
        href: '/work',
        label: words.places.work,
        icon: ClipboardList,
        waiting: { count: work, label: words.waiting.work(work) },
      },
      {
        href: '/alerts',
        label: words.places.alerts,
        icon: Bell,
        waiting: { count: alerts, label: words.waiting.alerts(alerts) },
      },
      {
        href: '/changes',
        label: words.places.changes,
        icon: History,
        waiting: { count: refused, label: words.waiting.changes(refused) },
      },
    ],
    [alerts, work, refused],
  );
}

import { CheckCheck, History, ShieldX } from 'lucide-react';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import type { InboxEntry, InboxEntryDetails } from '../../../../src/headquarters/api.ts';
import { Badge } from '../../shared/components/badge.tsx';
import { DataTable } from '../../shared/components/data-table.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { fieldText } from '../../shared/device/changes/change-words.ts';
import { formatAgo } from '../../shared/format.ts';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { useNow } from '../../shared/use-now.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useAsk } from '../ask.ts';
import { Answer, AskedPanel, WAITING } from '../asked-panel.tsx';
import { WaysOut } from '../inbox/ways-out.tsx';

const { inbox: words, columns } = dashboardWords;

/** What no person has written, and nobody decides on. */
const STAMPS = /^(_id|_zava\b.*|created_at|updated_at|deleted)$/;

/** What a person has to decide: the list, and one entry with what it meant and its ways out. */
export function InboxView({ id: inAddress }: { id: string | undefined }) {
  // The router leaves a colon escaped, and ids have some.
  const id = inAddress === undefined ? undefined : decodeURIComponent(inAddress);
  const inbox = useAsk<{ rows: readonly InboxEntry[] }>('inbox', { state: 'open' });
  const [, navigate] = useLocation();
  const rows = inbox.state === 'ready' ? inbox.value.rows : [];
  const at = rows.findIndex((row) => row.id === id);
  const go = (step: number) => {
    const to = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (to !== undefined) navigate(addressOfEntry(to.id));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `go` is made of these.
  useShortcuts(useMemo(() => ({ j: () => go(1), k: () => go(-1) }), [rows, at]));
  return (
    <>
      <Answer detail={words.explain}>{inbox.state === 'ready' ? words.answer(rows.length) : WAITING}</Answer>
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <AskedPanel
          title={dashboardWords.pages.inbox}
          asked={inbox}
          csv={{ path: 'inbox', filters: { state: 'open' } }}
          isEmpty={(value) => value.rows.length === 0}
          empty={{ title: words.none, text: words.noneText }}
        >
          {(value) => (
            <ul className="-mx-2 divide-y divide-line">
              {value.rows.map((row) => (
                <li key={row.id}>
                  <EntryLink entry={row} isOpen={row.id === id} />
                </li>
              ))}
            </ul>
          )}
        </AskedPanel>
        {id === undefined ? (
          rows.length > 0 && <EmptyState icon={CheckCheck} title={words.choose} />
        ) : (
          <Entry key={id} id={id} />
        )}
      </div>
    </>
  );
}

const addressOfEntry = (id: string) => `/dashboard/inbox/${encodeURIComponent(id)}`;
const nameOf = (action: string) => words.actions[action] ?? action.replaceAll('_', ' ');

function EntryLink({ entry, isOpen }: { entry: InboxEntry; isOpen: boolean }) {
  const nowMs = useNow();
  return (
    <Link
      href={addressOfEntry(entry.id)}
      aria-current={isOpen ? 'true' : undefined}
      className="block rounded-xl px-2 py-3 aria-[current=true]:bg-brand-soft"
    >
      <span className="flex items-center justify-between gap-2">
        <span className="font-medium">{nameOf(entry.action)}</span>
        <KindBadge kind={entry.kind} />
      </span>
      <span className="mt-1 block text-sm text-quiet">
        {words.of(entry.userId, entry.deviceId)} · {formatAgo(entry.at, nowMs)}
      </span>
    </Link>
  );
}

const KindBadge = ({ kind }: { kind: InboxEntry['kind'] }) => (
  <Badge icon={kind === 'refused' ? ShieldX : History} tone={kind === 'refused' ? 'failed' : 'low'}>
    {words.kinds[kind]}
  </Badge>
);

function Entry({ id }: { id: string }) {
  const entry = useAsk<InboxEntryDetails>(`inbox/${encodeURIComponent(id)}`);
  return (
    <AskedPanel title={entry.state === 'ready' ? nameOf(entry.value.action) : '…'} asked={entry}>
      {(value) => <EntryDetails entry={value} />}
    </AskedPanel>
  );
}

function EntryDetails({ entry }: { entry: InboxEntryDetails }) {
  const [, navigate] = useLocation();
  return (
    <>
      <p className="text-sm text-quiet">{words.of(entry.userId, entry.deviceId)}</p>
      <p className="mt-1">{entry.message === '' ? entry.reason.replaceAll('_', ' ') : entry.message}</p>
      {entry.documents.length === 0 && <p className="mt-4 text-quiet">{words.noFields}</p>}
      {entry.documents.map((document) => (
        <section key={`${document.collection}/${document.id}`} className="mt-5">
          <h3 className="font-mono text-sm break-all">
            {document.collection}/{document.id}
          </h3>
          <DataTable
            label={`${document.collection}/${document.id}`}
            rows={document.fields.filter(({ path }) => !STAMPS.test(path))}
            keyOf={({ path }) => path}
            columns={[
              { name: columns.field, show: ({ path }) => fieldText(path) ?? path },
              { name: columns.before, show: ({ before }) => <Value of={before} />, isSecondary: true },
              { name: columns.wanted, show: ({ wanted }) => <Value of={wanted} isStrong /> },
              { name: columns.now, show: ({ now }) => <Value of={now} /> },
            ]}
          />
        </section>
      ))}
      {entry.attempts.length > 0 && (
        <section className="mt-6">
          <h3 className="text-sm font-semibold">{words.attempts}</h3>
          <ul className="mt-1 text-sm text-quiet">
            {entry.attempts.map((attempt) => (
              <li key={`${attempt.at}${attempt.how}`}>
                {attempt.by}: {attempt.how}. {attempt.message}
              </li>
            ))}
          </ul>
        </section>
      )}
      <WaysOut entry={entry} onSettled={() => navigate('/dashboard/inbox')} />
    </>
  );
}

const Value = ({ of, isStrong = false }: { of: unknown; isStrong?: boolean }) => (
  <code className={`font-mono break-all ${isStrong ? 'font-semibold' : ''}`}>
    {of === null || of === undefined ? '–' : typeof of === 'string' ? of : JSON.stringify(of)}
  </code>
);

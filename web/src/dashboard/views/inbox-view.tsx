import { useQueryClient } from '@tanstack/react-query';
import { CheckCheck, History, RotateCcw, ShieldX, Trash2, Undo2 } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { InboxEntry, InboxEntryDetails } from '../../../../src/headquarters/api.ts';
import { Badge } from '../../shared/components/badge.tsx';
import { Button } from '../../shared/components/button.tsx';
import { DataTable } from '../../shared/components/data-table.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { Field } from '../../shared/components/field.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { formatAgo } from '../../shared/format.ts';
import { postJson } from '../../shared/http.ts';
import { problemOf } from '../../shared/problem.ts';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { useNow } from '../../shared/use-now.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useAsk } from '../ask.ts';
import { Answer, AskedPanel } from '../asked-panel.tsx';

const { inbox: words, columns } = dashboardWords;
type Way = 'replay' | 'restore' | 'discard' | 'change';

/** What a person has to decide: the list, and one entry with what it meant and its ways out. */
export function InboxView({ id }: { id: string | undefined }) {
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
      <Answer detail={words.explain}>{inbox.state === 'ready' ? words.answer(rows.length) : '…'}</Answer>
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-[22rem_minmax(0,1fr)]">
        <AskedPanel
          title={dashboardWords.pages.inbox}
          asked={inbox}
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
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [isChanging, setChanging] = useState(false);
  const settle = async (how: Way, changes?: unknown) => {
    try {
      const body = changes === undefined ? { how } : { how, changes };
      await postJson(`/api/dashboard/inbox/${encodeURIComponent(entry.id)}`, body);
      showToast({ tone: 'done', text: `${nameOf(entry.action)}: ${words.ways[how]}` });
      await client.invalidateQueries({ queryKey: ['dashboard', 'inbox'] });
      navigate('/dashboard/inbox');
    } catch (error) {
      const { message, fix } = problemOf(error);
      showToast({ tone: 'failed', text: message, detail: fix });
      await client.invalidateQueries({ queryKey: ['dashboard'] });
    }
  };
  const ways: readonly (readonly [Way, typeof RotateCcw])[] =
    entry.kind === 'lost'
      ? [
          ['restore', Undo2],
          ['discard', Trash2],
        ]
      : [
          ['replay', RotateCcw],
          ['restore', Undo2],
          ['discard', Trash2],
        ];
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
            rows={document.fields}
            keyOf={({ path }) => path}
            columns={[
              { name: columns.field, show: ({ path }) => path },
              { name: columns.before, show: ({ before }) => <Value of={before} />, isSecondary: true },
              { name: columns.wanted, show: ({ wanted }) => <Value of={wanted} isStrong /> },
              { name: columns.now, show: ({ now }) => <Value of={now} /> },
            ]}
          />
        </section>
      ))}
      <div className="mt-6 flex flex-wrap gap-3">
        {ways.map(([how, icon]) => (
          <Button
            key={how}
            icon={icon}
            look={how === 'restore' ? 'primary' : 'secondary'}
            title={words.waysExplain[how]}
            onClick={() => void settle(how)}
          >
            {words.ways[how]}
          </Button>
        ))}
        {entry.kind === 'refused' && entry.documents.length > 0 && (
          <Button aria-expanded={isChanging} title={words.waysExplain.change} onClick={() => setChanging(!isChanging)}>
            {words.ways.change}
          </Button>
        )}
      </div>
      {isChanging && <ChangeForm entry={entry} onChange={(changes) => void settle('change', changes)} />}
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
    </>
  );
}

const Value = ({ of, isStrong = false }: { of: unknown; isStrong?: boolean }) => (
  <code className={`font-mono break-all ${isStrong ? 'font-semibold' : ''}`}>
    {of === null || of === undefined ? '–' : typeof of === 'string' ? of : JSON.stringify(of)}
  </code>
);

/** Something else instead, field by field; what is left as it is there now is not touched. */
function ChangeForm({ entry, onChange }: { entry: InboxEntryDetails; onChange: (changes: unknown) => void }) {
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const [fault, setFault] = useState<string | null>(null);
  const keyOf = (document: { collection: string; id: string }, path: string) =>
    `${document.collection}/${document.id}/${path}`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const changes: unknown[] = [];
    for (const document of entry.documents) {
      const set: Record<string, unknown> = {};
      for (const { path, wanted } of document.fields) {
        const text = texts[keyOf(document, path)] ?? JSON.stringify(wanted);
        try {
          set[path] = JSON.parse(text);
        } catch {
          setFault(words.badJson(path));
          return;
        }
      }
      changes.push({ kind: 'update', collection: document.collection, id: document.id, set });
    }
    onChange(changes);
  };
  return (
    <form onSubmit={submit} className="mt-5 space-y-4 rounded-2xl border border-line bg-paper p-4">
      {entry.documents.flatMap((document) =>
        document.fields.map(({ path, wanted }) => (
          <Field
            key={keyOf(document, path)}
            label={path}
            hint={words.changeHint}
            value={texts[keyOf(document, path)] ?? JSON.stringify(wanted)}
            onChange={(event) => setTexts({ ...texts, [keyOf(document, path)]: event.target.value })}
          />
        )),
      )}
      {fault !== null && (
        <p role="alert" className="text-failed">
          {fault}
        </p>
      )}
      <Button look="primary" type="submit">
        {words.changeApply}
      </Button>
    </form>
  );
}

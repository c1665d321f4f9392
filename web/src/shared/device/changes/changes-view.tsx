import { CheckCircle2 } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DeviceState, LostView, PendingChange, RejectedChange } from '../../../../../src/device/api.ts';
import { deviceWords } from '../../../words/common.ts';
import { EmptyState } from '../../components/empty-state.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { SkeletonRows } from '../../components/skeleton.tsx';
import { formatAgo, formatCount } from '../../format.ts';
import { useNow } from '../../use-now.ts';
import { lastSyncMsOf } from '../last-sync.ts';
import { useLiveDevice } from '../live-device.ts';
import { ShowView } from '../show-view.tsx';
import { useView } from '../use-view.ts';
import { LostCard } from './lost-card.tsx';
import { PendingRow } from './pending-row.tsx';
import { RejectedCard } from './rejected-card.tsx';
import { ThisDevice } from './this-device.tsx';

const words = deviceWords.changes;

/** What this device has done and headquarters does not have yet, has refused, or has passed over: until it is settled. */
export function ChangesView() {
  const { state } = useLiveDevice();
  const rejected = useView<RejectedChange[]>('rejected');
  const lost = useView<LostView[]>('lost');
  const pending = useView<PendingChange[]>('pending');
  const counts = [rejected, lost, pending].map((view) => (view.state === 'ready' ? view.value.length : null));
  const isQuiet = counts.every((count) => count === 0);
  // All three at once: sections that come one after another would push what is below up and down.
  const isLoading = [rejected, lost, pending].some((view) => view.state === 'loading');
  return (
    <div className="mx-auto max-w-5xl px-4 pt-4 pb-8 md:px-6">
      <PageHeading title={words.title}>
        {state !== null && <Summary state={state} counts={counts.map((count) => count ?? 0)} />}
      </PageHeading>
      <div className="grid items-start gap-8 lg:grid-cols-[minmax(0,1fr)_20rem]">
        {isLoading ? (
          <SkeletonRows rows={3} rowClass="h-18" />
        ) : (
          <div className="min-w-0 space-y-8">
            {isQuiet && (
              <EmptyState
                icon={CheckCircle2}
                title={state?.phase === 'online' ? words.quiet.title : words.quiet.titleOffline}
                text={words.quiet.text}
              />
            )}
            <ShowView view={rejected} failedTitle={words.failed} empty={nothingOf}>
              {(changes) => (
                <Section title={words.refused} count={changes.length}>
                  {changes.map((change) => (
                    <RejectedCard key={change.sequence} change={change} />
                  ))}
                </Section>
              )}
            </ShowView>
            <ShowView view={lost} failedTitle={words.failed} empty={nothingOf}>
              {(changes) => (
                <Section title={words.superseded} text={words.supersededText} count={changes.length}>
                  {changes.map((change) => (
                    <LostCard key={change.conflictId} lost={change} />
                  ))}
                </Section>
              )}
            </ShowView>
            <ShowView view={pending} failedTitle={words.failed} empty={nothingOf}>
              {(changes) => (
                <Section title={words.waiting} text={words.waitingText} count={changes.length}>
                  <ol className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
                    {changes.map((change) => (
                      <PendingRow key={change.sequence} change={change} />
                    ))}
                  </ol>
                </Section>
              )}
            </ShowView>
          </div>
        )}
        {state !== null && <ThisDevice state={state} />}
      </div>
    </div>
  );
}

/** An empty list has no section of its own. */
const nothingOf = (changes: readonly unknown[]): ReactNode => (changes.length > 0 ? null : <span className="hidden" />);

function Summary({ state, counts }: { state: DeviceState; counts: readonly number[] }) {
  const nowMs = useNow();
  const [refused = 0, superseded = 0, waiting = 0] = counts;
  const lastSyncMs = lastSyncMsOf(state);
  const parts = [
    ...(refused > 0 ? [words.refusedCount(formatCount(refused))] : []),
    ...(superseded > 0 ? [words.supersededCount(formatCount(superseded))] : []),
    ...(waiting > 0 ? [words.waitingCount(formatCount(waiting))] : []),
    lastSyncMs === null ? deviceWords.link.neverSynced : deviceWords.link.lastSync(formatAgo(lastSyncMs, nowMs)),
  ];
  return <p className="tabular text-quiet">{parts.join(' · ')}</p>;
}

function Section(props: { title: string; text?: string; count: number; children: ReactNode }) {
  return (
    <section>
      <h2 className="text-base font-semibold">
        {props.title} <span className="tabular font-normal text-quiet">{formatCount(props.count)}</span>
      </h2>
      {props.text !== undefined && <p className="text-sm text-quiet">{props.text}</p>}
      <div className="mt-3 space-y-3">{props.children}</div>
    </section>
  );
}

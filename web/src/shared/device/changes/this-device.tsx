import { Switch } from 'radix-ui';
import { useId, useState } from 'react';
import type { DeviceState, Store } from '../../../../../src/device/api.ts';
import { deviceWords } from '../../../words/common.ts';
import { ThemeButton } from '../../components/theme-button.tsx';
import { showToast } from '../../components/toasts.tsx';
import { formatAgo } from '../../format.ts';
import { postJson } from '../../http.ts';
import { problemOf } from '../../problem.ts';
import { useNow } from '../../use-now.ts';
import { lastSyncMsOf } from '../last-sync.ts';
import { useView } from '../use-view.ts';

const words = deviceWords.thisDevice;

/** Which device this is, how it stands, what happened to it; and the switch that keeps it off the network. */
export function ThisDevice({ state }: { state: DeviceState }) {
  const nowMs = useNow();
  const stores = useView<Store[]>('stores');
  const store = stores.state === 'ready' ? stores.value.find(({ store_id }) => store_id === state.storeId) : undefined;
  const lastSyncMs = lastSyncMsOf(state);
  const facts: readonly (readonly [string, string])[] = [
    [words.name, state.name],
    [words.role, words.roles[state.role as keyof typeof words.roles] ?? state.role],
    [words.store, store?.store_name ?? state.storeId],
    [words.lastSync, lastSyncMs === null ? words.never : formatAgo(lastSyncMs, nowMs)],
  ];
  return (
    <section className="rounded-2xl border border-line bg-panel p-5">
      <header className="flex items-center justify-between gap-3">
        <h2 className="text-base font-semibold">{words.title}</h2>
        <span className="md:hidden">
          <ThemeButton />
        </span>
      </header>
      <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {facts.map(([name, fact]) => (
          <div key={name} className="contents">
            <dt className="text-quiet">{name}</dt>
            <dd className="min-w-0 break-words">{fact}</dd>
          </div>
        ))}
      </dl>
      <OfflineSwitch isOnline={state.isAllowedOnline} />
      {state.refusal !== null && <Note title={words.refusal} text={refusalText(state.refusal)} />}
      {state.incidents.length > 0 && (
        <>
          <h3 className="mt-6 text-sm font-semibold">{words.incidents}</h3>
          <ul className="mt-1 space-y-3">
            {[...state.incidents].reverse().map(({ at, message }) => (
              <li key={`${at} ${message}`} className="text-sm">
                <span className="text-quiet">{formatAgo(at, nowMs)}</span>
                <br />
                {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function OfflineSwitch({ isOnline }: { isOnline: boolean }) {
  const [wanted, setWanted] = useState<boolean | null>(null);
  const id = useId();
  const isOffline = !(wanted ?? isOnline);
  const set = async (offline: boolean) => {
    setWanted(!offline);
    try {
      await postJson('/api/network', { online: !offline });
    } catch (error) {
      const { message, fix } = problemOf(error);
      showToast({ tone: 'failed', text: message, detail: fix });
    }
    setWanted(null);
  };
  return (
    <div className="mt-5 flex min-h-11 items-center justify-between gap-4 border-t border-line pt-4">
      <label htmlFor={id} className="cursor-pointer">
        <span className="block font-medium">{words.offline}</span>
        <span className="block text-sm text-quiet">{words.offlineText}</span>
      </label>
      <Switch.Root
        id={id}
        checked={isOffline}
        onCheckedChange={set}
        className="relative h-8 w-14 shrink-0 cursor-pointer rounded-full border border-line bg-sunken data-[state=checked]:border-brand data-[state=checked]:bg-brand"
      >
        <Switch.Thumb className="block size-6 translate-x-1 rounded-full bg-quiet transition-transform duration-100 data-[state=checked]:translate-x-7 data-[state=checked]:bg-on-brand" />
      </Switch.Root>
    </div>
  );
}

function Note({ title, text }: { title: string; text: string }) {
  return (
    <div role="alert" className="mt-4 rounded-xl bg-failed-soft p-3">
      <p className="font-medium">{title}</p>
      <p className="text-sm">{text}</p>
    </div>
  );
}

function refusalText(refusal: NonNullable<DeviceState['refusal']>): string {
  const { message } = refusal as { message?: string };
  return [message, words.refusalText].filter(Boolean).join(' ');
}

import {
  CircleAlert,
  CloudOff,
  CloudUpload,
  LoaderCircle,
  type LucideIcon,
  PlugZap,
  RefreshCw,
  ShieldX,
} from 'lucide-react';
import { Link } from 'wouter';
import type { DeviceState } from '../../../../src/device/api.ts';
import { deviceWords } from '../../words/common.ts';
import { formatAgo, formatCount } from '../format.ts';
import { useNow } from '../use-now.ts';
import { lastSyncMsOf } from './last-sync.ts';
import { useLiveDevice } from './live-device.ts';

const words = deviceWords.link;

interface Sign {
  readonly icon: LucideIcon;
  readonly text: string;
  readonly isCalm: boolean;
}

/** A slim line: how the device stands to headquarters, what waits, how old the last sync is. Leads to the own changes. */
export function StatusBar({ changesHref }: { changesHref: string }) {
  const { state, isAnswering } = useLiveDevice();
  const nowMs = useNow();
  if (state === null) return null;
  const { icon: Icon, text, isCalm } = signOf(state, isAnswering);
  const parts = [text, ...details(state, nowMs)];
  return (
    <Link
      href={changesHref}
      aria-label={`${parts.join(' · ')}. ${words.details}`}
      className={`flex min-h-11 items-center gap-2 border-b px-4 text-sm ${
        isCalm ? 'border-line bg-sunken text-ink' : 'border-failed bg-failed-soft text-ink'
      }`}
    >
      <Icon aria-hidden className={`size-4 shrink-0 ${isCalm ? 'text-quiet' : 'text-failed'}`} />
      <span role="status" className="tabular line-clamp-2 min-w-0 leading-tight">
        {parts.join(' · ')}
      </span>
    </Link>
  );
}

function signOf(state: DeviceState, isAnswering: boolean): Sign {
  if (!isAnswering) return { icon: PlugZap, text: words.notAnswering, isCalm: false };
  if (state.isReplacingStore) return { icon: RefreshCw, text: words.replacing, isCalm: false };
  if (state.phase === 'refused') return { icon: ShieldX, text: words.refused, isCalm: false };
  if (state.rejectedOperations > 0) {
    const count = state.rejectedOperations;
    return { icon: CircleAlert, text: words.refusedChanges(formatCount(count), count), isCalm: false };
  }
  if (state.phase === 'offline') return { icon: CloudOff, text: words.offline, isCalm: true };
  if (state.phase === 'connecting') {
    return { icon: CloudOff, text: lastSyncMsOf(state) === null ? words.connecting : words.offline, isCalm: true };
  }
  if (state.phase === 'syncing') {
    return { icon: LoaderCircle, text: state.isReconciling ? words.reconciling : words.syncing, isCalm: true };
  }
  return { icon: CloudUpload, text: words.online, isCalm: true };
}

function details(state: DeviceState, nowMs: number): string[] {
  const { pendingOperations: pending, phase } = state;
  const lastSyncMs = lastSyncMsOf(state);
  const waiting = pending === 0 ? [] : [words.waiting(formatCount(pending), pending)];
  if (phase === 'online' && pending === 0) return [];
  return [...waiting, lastSyncMs === null ? words.neverSynced : words.lastSync(formatAgo(lastSyncMs, nowMs))];
}

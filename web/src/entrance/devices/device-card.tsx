import {
  CircleCheck,
  CloudOff,
  ExternalLink,
  LoaderCircle,
  type LucideIcon,
  PowerOff,
  ScanBarcode,
  ShieldX,
  ShoppingBag,
  Unplug,
} from 'lucide-react';
import type { CompanyDevice } from '../../../../src/headquarters/api.ts';
import { Badge, type Tone } from '../../shared/components/badge.tsx';
import { Button } from '../../shared/components/button.tsx';
import { formatAgo } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { entranceWords } from '../../words/entrance.ts';
import { AccessButton } from './access-button.tsx';
import { restartDevice } from './devices-api.ts';
import { NetworkSwitch } from './network-switch.tsx';

const words = entranceWords.devices;

const signs: Record<CompanyDevice['state'], readonly [LucideIcon, Tone]> = {
  starting: [LoaderCircle, 'plain'],
  connecting: [LoaderCircle, 'plain'],
  syncing: [LoaderCircle, 'transit'],
  online: [CircleCheck, 'good'],
  cut: [Unplug, 'low'],
  offline: [CloudOff, 'low'],
  refused: [ShieldX, 'failed'],
  restarting: [LoaderCircle, 'plain'],
  stopped: [PowerOff, 'failed'],
};

/** One device: what it is, how it is, its app, and the switch of its network. */
export function DeviceCard({ device }: { device: CompanyDevice }) {
  const [icon, tone] = signs[device.state];
  const Icon = device.role === 'sales_rep' ? ShoppingBag : ScanBarcode;
  return (
    <article
      aria-label={device.name}
      className="flex min-w-0 flex-col rounded-2xl border border-line bg-panel p-5"
      data-device={device.id}
    >
      <header className="flex items-start gap-3">
        <span className="flex size-11 shrink-0 items-center justify-center rounded-xl bg-brand-soft text-brand">
          <Icon aria-hidden className="size-6" />
        </span>
        <div className="min-w-0">
          <h3 className="truncate font-semibold">{device.name}</h3>
          <p className="truncate text-sm text-quiet">{device.storeName}</p>
        </div>
      </header>
      <div className="mt-4 flex items-center justify-between gap-2">
        <Badge icon={icon} tone={tone}>
          {words.states[device.state]}
        </Badge>
      </div>
      <p className="tabular mt-2 min-h-10 text-sm text-quiet" aria-live="polite">
        {useDetail(device)}
      </p>
      <div className="mt-auto flex flex-wrap items-center justify-between gap-x-3 gap-y-2 pt-3">
        <NetworkSwitch device={device} />
        {device.state === 'stopped' && <Button onClick={() => void restartDevice(device.id)}>{words.restart}</Button>}
        {!device.isAllowed && <AccessButton device={device} />}
      </div>
      <AppLink device={device} className="mt-3 w-full" />
    </article>
  );
}

/** Leads to the device's app, in a tab of its own: the device stands beside this page. */
export function AppLink({ device, className = '' }: { device: CompanyDevice; className?: string }) {
  const look = `inline-flex min-h-11 items-center justify-center gap-2 rounded-xl px-4 font-medium ${className}`;
  const label = words.open(words.apps[device.role]);
  if (device.url === null) {
    return <span className={`${look} border border-line text-quiet`}>{words.states[device.state]} …</span>;
  }
  return (
    <a
      href={device.url}
      target="_blank"
      rel="noreferrer"
      aria-label={`${label}: ${device.name} (${words.opensInTab})`}
      className={`${look} bg-brand text-on-brand`}
    >
      {label}
      <ExternalLink aria-hidden className="size-4" />
    </a>
  );
}

function useDetail({ pendingOperations, rejectedOperations, lastSyncMs, state }: CompanyDevice): string {
  const nowMs = useNow();
  const parts: string[] = [];
  if (pendingOperations > 0) parts.push(words.waiting(pendingOperations));
  if (rejectedOperations > 0) parts.push(words.refusedChanges(rejectedOperations));
  if (parts.length === 0) parts.push(words.nothingWaiting);
  if (state !== 'online')
    parts.push(lastSyncMs === null ? words.neverSynced : words.lastSync(formatAgo(lastSyncMs, nowMs)));
  return parts.join(' · ');
}

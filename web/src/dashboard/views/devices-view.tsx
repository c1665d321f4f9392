import { CircleCheck, CloudOff, LoaderCircle, ShieldX } from 'lucide-react';
import type { DevicesHealth } from '../../../../src/headquarters/api.ts';
import { Badge, type Tone } from '../../shared/components/badge.tsx';
import { DataTable } from '../../shared/components/data-table.tsx';
import { formatAgo, formatCount } from '../../shared/format.ts';
import { useNow } from '../../shared/use-now.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useAsk } from '../ask.ts';
import { Answer, AskedPanel, WAITING } from '../asked-panel.tsx';
import { useStores } from '../session.tsx';
import { shortStoreName } from '../store-name.ts';

const { devices: words, columns } = dashboardWords;
type Device = DevicesHealth['devices'][number];

const signs = { up_to_date: CircleCheck, catching_up: LoaderCircle, offline: CloudOff, shut_out: ShieldX } as const;
const tones: Readonly<Record<Device['state'], Tone>> = {
  up_to_date: 'good',
  catching_up: 'transit',
  offline: 'low',
  shut_out: 'failed',
};
/** Lags grow without anything being written. */
const REFRESH_MS = 2_000;

/** Whether what the stores see is what headquarters has. */
export function DevicesView() {
  const health = useAsk<DevicesHealth>('devices', {}, REFRESH_MS);
  const names = new Map(useStores().map(({ store_id, store_name }) => [store_id, shortStoreName(store_name)]));
  const nowMs = useNow();
  const devices = health.state === 'ready' ? health.value.devices : [];
  const upToDate = devices.filter(({ state }) => state === 'up_to_date').length;
  const storesOf = ({ stores }: Device) =>
    stores === 'all' ? dashboardWords.allStores : stores.map((store) => names.get(store) ?? store).join(', ');
  return (
    <>
      <Answer
        {...(health.state === 'ready'
          ? {
              detail: words.gateways(
                health.value.gateways.filter(({ isAlive }) => isAlive).length,
                devices.filter(({ state }) => state === 'up_to_date' || state === 'catching_up').length,
              ),
            }
          : {})}
      >
        {health.state === 'ready' ? words.answer(upToDate, devices.length) : WAITING}
      </Answer>
      <AskedPanel
        title={dashboardWords.pages.devices}
        asked={health}
        csv={{ path: 'devices' }}
        isEmpty={(value) => value.devices.length === 0}
        empty={{ title: words.none, text: '' }}
      >
        {(value) => (
          <DataTable
            label={dashboardWords.pages.devices}
            rows={value.devices}
            keyOf={({ deviceId }) => deviceId}
            columns={[
              {
                name: columns.device,
                show: (device) => (
                  <>
                    <span className="font-medium">{device.name}</span>
                    <span className="block text-quiet">
                      {device.role.replaceAll('_', ' ')} · {storesOf(device)}
                    </span>
                  </>
                ),
              },
              {
                name: columns.state,
                show: ({ state }) => (
                  <Badge icon={signs[state]} tone={tones[state]}>
                    {words.states[state]}
                  </Badge>
                ),
              },
              {
                name: columns.lag,
                isNumber: true,
                isSecondary: true,
                show: ({ lagMs }) =>
                  lagMs === null
                    ? '–'
                    : lagMs < 1_000
                      ? words.noLag
                      : words.seconds(formatCount(Math.round(lagMs / 1_000))),
              },
              {
                name: columns.pending,
                show: ({ pendingOperations }) => formatCount(pendingOperations),
                isNumber: true,
              },
              { name: columns.parked, show: ({ parkedOperations }) => formatCount(parkedOperations), isNumber: true },
              {
                name: columns.checksum,
                isSecondary: true,
                show: ({ hasAgreed }) =>
                  hasAgreed === null ? words.unchecked : hasAgreed ? words.agreed : words.differed,
              },
              {
                name: columns.seen,
                isSecondary: true,
                show: ({ lastSeenAt }) => (lastSeenAt === null ? words.never : formatAgo(lastSeenAt, nowMs)),
              },
            ]}
          />
        )}
      </AskedPanel>
    </>
  );
}

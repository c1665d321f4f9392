/** How the `sync` commands read. */
import type { DeviceHealth, DirectWritesHealth, GatewayHealth, SyncStatus, TriggeredDevice } from '../gateway/index.ts';
import type { Colors } from './frame.ts';
import { tableOf } from './inbox-parts.ts';

const words = (name: string): string => name.replaceAll('_', ' ');

export function statusText({ at, gateways, directWrites, devices }: SyncStatus, colors: Colors): string {
  const lines = [colors.bold('Gateways')];
  if (gateways.length === 0) lines.push('  None was heard of in the last hour. Start one: `zava gateway`.');
  else lines.push(...indented(tableOf(['id', 'state', 'devices', 'stream', 'withheld'], gateways.map(gatewayRow))));
  lines.push('', colors.bold('Direct writes in MongoDB'), ...indented(directWritesLines(directWrites, at)));
  lines.push('', colors.bold('Devices'));
  if (devices.length === 0) lines.push('  None has connected yet.');
  else {
    const head = ['device', 'role', 'state', 'seen', 'behind', 'pending', 'parked', 'checksums', 'repaired'];
    const rows = devices.map((device) => deviceRow(device, at));
    lines.push(...indented(tableOf(head, rows)), '', summaryOf(devices));
  }
  return lines.join('\n');
}

function directWritesLines(directWrites: DirectWritesHealth, at: Date): string[] {
  const { leader, isAlive, renewedAt, lagMs, historyLostAt, isolatedWrites, isolated } = directWrites;
  const heard = renewedAt === null ? '' : `, heard of ${ago(renewedAt, at)}`;
  const lines = [
    leader === null
      ? 'No gateway leads: they wait for one.'
      : `${leader} leads${isAlive ? '' : ', and is silent'}${heard}; ${duration(lagMs ?? 0)} behind.`,
  ];
  if (historyLostAt !== null)
    lines.push(`MongoDB’s history was gone ${ago(historyLostAt, at)}: the stock was taken as it was found then.`);
  if (isolatedWrites === 0) return [...lines, 'None waits for a person.'];
  const rows = isolated.map(({ collection, documentId, reason, message, since }) => [
    `${collection}/${documentId}`,
    words(reason),
    ago(since, at),
    message,
  ]);
  lines.push(`${isolatedWrites} ${isolatedWrites === 1 ? 'waits' : 'wait'} for a person:`);
  lines.push(...indented(tableOf(['document', 'reason', 'since', 'what'], rows)));
  return lines;
}

export function triggeredText(devices: readonly TriggeredDevice[]): string {
  const rows = devices.map(({ deviceId, state, repairedDocuments }) => [deviceId, stateText(state, repairedDocuments)]);
  const agreed = devices.filter(({ state }) => state === 'agreed').length;
  const repaired = devices.filter(({ state }) => state === 'repaired').length;
  const others = devices.length - agreed - repaired;
  const sum = `${agreed} agreed, ${repaired} repaired${others === 0 ? '' : `, ${others} not compared`}.`;
  return [...tableOf(['device', 'outcome'], rows), '', sum].join('\n');
}

function stateText(state: TriggeredDevice['state'], repairedDocuments: number): string {
  switch (state) {
    case 'agreed':
      return 'agreed: it holds what it should';
    case 'repaired':
      return `repaired ${repairedDocuments} ${repairedDocuments === 1 ? 'document' : 'documents'}`;
    case 'undecided':
      return 'undecided: MongoDB could not look back far enough; try again';
    case 'disconnected':
      return 'disconnected before it had answered';
    case 'no_answer':
      return 'no answer in time';
    case 'offline':
      return 'offline: it is compared when it is back and something is missing';
    case 'shut_out':
      return 'shut out';
  }
}

const gatewayRow = ({ gatewayId, isAlive, devices, stream, streamRestarts, quarantinedDocuments }: GatewayHealth) => [
  gatewayId,
  isAlive ? 'alive' : 'silent',
  String(devices),
  `${stream}${streamRestarts === 0 ? '' : `, ${streamRestarts} restarts`}`,
  `${quarantinedDocuments} documents`,
];

function deviceRow(device: DeviceHealth, at: Date): string[] {
  const { deviceId, role, state, lastSeenAt, lagMs, pendingOperations, parkedOperations } = device;
  const { verifiedAt, hasAgreed, repairedDocuments } = device;
  const checked =
    verifiedAt === null ? 'not compared' : `${hasAgreed === true ? 'agreed' : 'put right'} ${ago(verifiedAt, at)}`;
  return [
    deviceId,
    words(role),
    words(state),
    lastSeenAt === null ? 'never' : ago(lastSeenAt, at),
    lagMs === null ? '?' : duration(lagMs),
    String(pendingOperations),
    String(parkedOperations),
    checked,
    String(repairedDocuments),
  ];
}

function summaryOf(devices: readonly DeviceHealth[]): string {
  const sum = (pick: (device: DeviceHealth) => number) => devices.reduce((total, device) => total + pick(device), 0);
  const upToDate = devices.filter(({ state }) => state === 'up_to_date').length;
  return [
    `${upToDate} of ${devices.length} up to date`,
    `${sum(({ pendingOperations }) => pendingOperations)} operations pending`,
    `${sum(({ parkedOperations }) => parkedOperations)} parked (\`zava inbox list\`)`,
  ].join(', ');
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const ago = (then: Date, now: Date): string => `${duration(Math.max(0, now.getTime() - then.getTime()))} ago`;

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

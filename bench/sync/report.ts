import type { ChangeFigures } from './change.ts';
import type { CrowdFigures } from './crowd.ts';
import type { InitialSyncFigures } from './initial-sync.ts';
import type { Latencies } from './latencies.ts';
import { describeShares } from './shares.ts';

export interface SyncFigures {
  readonly initial: InitialSyncFigures | null;
  readonly change: ChangeFigures | null;
  readonly crowd: CrowdFigures | null;
}

/** DESIGN.md, "Budgets". */
export const BUDGETS = {
  documentsPerSecondMin: 10_000,
  /** Of the Ditto store's own limit, where that lies below. */
  shareOfLimitMin: 0.8,
  changeP50MsMax: 50,
  changeP99MsMax: 250,
  crowdP99MsMax: 1_000,
  reconnectBytesMax: 1_024,
} as const;

const kept = (holds: boolean) => (holds ? 'kept' : 'MISSED');
const count = (value: number) => Math.round(value).toLocaleString('en-US');
const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const latencies = ({ p50Ms, p99Ms, slowestMs }: Latencies) =>
  `p50 ${ms(p50Ms)} ms, p99 ${ms(p99Ms)}, slowest ${ms(slowestMs)}`;

/** Text for people. */
export function describeFigures({ initial, change, crowd }: SyncFigures): string {
  return [
    ...(initial === null ? [] : describeInitial(initial)),
    ...(change === null ? [] : describeChange(change)),
    ...(crowd === null ? [] : describeCrowd(crowd)),
  ].join('\n');
}

function describeInitial(figures: InitialSyncFigures): string[] {
  const { documents, seconds, storeSeconds, limits, reconnectBytes, reconnectMs } = figures;
  const perSecond = documents / seconds;
  const limit = Math.max(...limits.map(({ documentsPerSecond }) => documentsPerSecond));
  const isKept = perSecond >= BUDGETS.documentsPerSecondMin || perSecond >= BUDGETS.shareOfLimitMin * limit;
  const lines = [
    `First sync: ${count(documents)} documents in ${seconds.toFixed(2)} s, ${count(perSecond)}/s; ` +
      `${Math.round((100 * storeSeconds) / seconds)} % of it in the Ditto store; ${figures.megabytes.toFixed(1)} MB on the wire; ` +
      `processor: gateway ${figures.gatewayCpuSeconds.toFixed(2)} s, database ${figures.databaseCpuSeconds.toFixed(2)} s`,
    ...limits.map(
      ({ documentsPerStatement, documentsPerSecond }) =>
        `  the Ditto store alone, ${documentsPerStatement} a statement: ${count(documentsPerSecond)}/s; ratio ${(perSecond / documentsPerSecond).toFixed(2)}`,
    ),
    ...(limits.length === 0
      ? []
      : [`  budget ${kept(isKept)}: ${count(BUDGETS.documentsPerSecondMin)}/s up to the store's own limit`]),
    `Coming back up to date: ${count(reconnectBytes)} bytes both ways, ${ms(reconnectMs)} ms; ${kept(reconnectBytes < BUDGETS.reconnectBytesMax)}`,
  ];
  return lines;
}

function describeChange({ idle, busy, shares, changesPerSecond }: ChangeFigures): string[] {
  const lines = [
    { title: 'idle', figures: idle },
    { title: `beside ${count(changesPerSecond)} changes/s`, figures: busy },
  ].flatMap(({ title, figures: { ownStore, stored, shown } }) => [
    `One device's change to another, ${title}: shown ${latencies(shown)}; ` +
      kept(shown.p50Ms <= BUDGETS.changeP50MsMax && shown.p99Ms <= BUDGETS.changeP99MsMax),
    `  in the other's store ${latencies(stored)}; in its own ${latencies(ownStore)}`,
  ]);
  return [...lines, `  ${describeShares(shares)}`];
}

const microsecondsPerFrame = ({ shares, framesPerSecond }: CrowdFigures): number =>
  (1e6 * (shares.parts['gateway']?.cores ?? 0)) / Math.max(1, framesPerSecond);

function describeCrowd(figures: CrowdFigures): string[] {
  const { devices, connectSeconds, residentBytesIdle, residentBytesPeak, lost } = figures;
  return [
    `${count(devices)} devices at one gateway: all there after ${connectSeconds.toFixed(1)} s; ${mb(residentBytesIdle)} ` +
      `(${count(residentBytesIdle / devices / 1000)} kB each, the program included), ${figures.gatewayCoresIdle.toFixed(2)} of a core when idle`,
    `  ${count(figures.changesPerSecond)} changes/s: ${latencies(figures.latencies)} over ${count(figures.latencies.count)} arrivals; ` +
      `${kept(figures.latencies.p99Ms <= BUDGETS.crowdP99MsMax && lost.length === 0)}`,
    `  ${count(figures.framesPerSecond)} frames/s, ${figures.megabytesPerSecond.toFixed(1)} MB/s; gateway at most ${mb(residentBytesPeak)}, ` +
      `${count(microsecondsPerFrame(figures))} µs of processor a frame`,
    `  ${describeShares(figures.shares)}`,
    ...(lost.length === 0 ? [] : [`  ${lost.length} were lost: ${[...new Set(lost)].slice(0, 3).join('; ')}`]),
  ];
}

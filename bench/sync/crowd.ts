/** Thousands of devices at one gateway: how long they take to come, what they cost, and how soon they hear of a change. */

import { readProcessMemory } from '../embedded/process-memory.ts';
import type { ChangesAnswer, ChangesSettings } from './changes-process.ts';
import { startChild } from './child.ts';
import type { Company } from './company.ts';
import type { CrowdAnswer, CrowdSettings } from './crowd-process.ts';
import { type Latencies, latenciesOf } from './latencies.ts';
import { type Shares, sharesOver } from './shares.ts';

export interface CrowdFigures {
  readonly devices: number;
  readonly connectSeconds: number;
  readonly residentBytesIdle: number;
  /** Cores in use, 1 being a whole one. */
  readonly gatewayCoresIdle: number;
  readonly changesPerSecond: number;
  readonly latencies: Latencies;
  readonly framesPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly shares: Shares;
  readonly residentBytesPeak: number;
  readonly lost: readonly string[];
}

const PROCESSES = 2;
const IDLE_MS = 5_000;
/** Before the figures begin. */
const WARM_MS = 3_000;

export async function measureCrowd(
  company: Company,
  {
    devices,
    changesPerSecond,
    seconds,
  }: { readonly devices: number; readonly changesPerSecond: number; readonly seconds: number },
  say: (line: string) => void,
): Promise<CrowdFigures> {
  const parts = await Promise.all(
    Array.from({ length: PROCESSES }, async (_, part) => {
      const settings = await crowdSettings(company, devices, part);
      return startChild<'connect' | 'watch' | 'report', CrowdAnswer>('crowd-process', settings);
    }),
  );
  await using changes = startChild<'begin' | 'stop', ChangesAnswer>(
    'changes-process',
    changesSettings(company, changesPerSecond),
  );
  try {
    await Promise.all([...parts.map((part) => part.hear('ready')), changes.hear('ready')]);
    say(`${devices} devices connect …`);
    const startedMs = performance.now();
    for (const part of parts) part.tell('connect');
    await Promise.all(parts.map((part) => part.hear('connected')));
    const connectSeconds = (performance.now() - startedMs) / 1000;
    const processes = {
      gateway: [company.gatewayPid],
      database: [company.databasePid],
      devices: parts.map(({ pid }) => pid),
      writer: [changes.pid],
    };
    const idle = await sharesOver(processes, () => sleep(IDLE_MS));
    const residentBytesIdle = readProcessMemory(company.gatewayPid).residentBytes;
    say(`${changesPerSecond} changes/s for ${seconds} s …`);
    changes.tell('begin');
    await sleep(WARM_MS);
    for (const part of parts) part.tell('watch');
    const shares = await sharesOver(processes, () => sleep(seconds * 1000));
    for (const part of parts) part.tell('report');
    const watched = await Promise.all(parts.map((part) => part.hear('watched')));
    changes.tell('stop');
    const stopped = await changes.hear('stopped');
    const sum = (pick: (one: (typeof watched)[number]) => number) =>
      watched.reduce((total, one) => total + pick(one), 0);
    return {
      devices,
      connectSeconds,
      residentBytesIdle,
      gatewayCoresIdle: idle.parts['gateway']?.cores ?? 0,
      changesPerSecond: stopped.changes / stopped.seconds,
      latencies: latenciesOf(watched.flatMap(({ latenciesMs }) => latenciesMs)),
      framesPerSecond: sum(({ frames }) => frames) / seconds,
      megabytesPerSecond: sum(({ bytes }) => bytes) / 1e6 / seconds,
      shares,
      residentBytesPeak: readProcessMemory(company.gatewayPid).residentBytesPeak,
      lost: watched.flatMap(({ lost }) => lost),
    };
  } finally {
    await Promise.all(parts.map((part) => part[Symbol.asyncDispose]()));
  }
}

async function crowdSettings(company: Company, devices: number, part: number): Promise<CrowdSettings> {
  const stores = company.storeIds.map((storeId) => ({ storeId, subscriptions: company.scope(storeId) }));
  const numbers = Array.from({ length: devices }, (_, number) => number).filter(
    (number) => number % PROCESSES === part,
  );
  return {
    gatewayUri: company.gatewayUri,
    stores,
    devices: await Promise.all(
      numbers.map(async (number) => {
        const deviceId = `crowd-${number}`;
        const store = Math.floor(number / PROCESSES) % stores.length;
        return { deviceId, store, token: await company.token(deviceId, stores[store]?.storeId as never) };
      }),
    ),
  };
}

export const changesSettings = (company: Company, changesPerSecond: number): ChangesSettings => ({
  databaseUri: company.databaseUri,
  databaseName: company.databaseName,
  changesPerSecond,
  orderedSince: company.ordersSince,
});

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * Who had how much of the machine meanwhile, and who had to wait for it: a latency says nothing of a program that was not
 * let run. Linux alone (reads `/proc`).
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { cpuSecondsOf } from './child.ts';

export interface Share {
  /** In use, 1 being a whole core. */
  readonly cores: number;
  /** Of the time: it could have gone on and had no core. Of its first thread, which does the work of a Node program. */
  readonly waitedShare: number;
}

export interface Shares {
  readonly parts: Readonly<Record<string, Share>>;
  readonly othersCores: number;
  readonly idleCores: number;
  readonly machineCores: number;
}

/** A part may be several processes. */
export async function sharesOver(
  parts: Readonly<Record<string, readonly number[]>>,
  work: () => Promise<void>,
): Promise<Shares> {
  const look = () => Object.values(parts).map((pids) => [sumOf(pids, cpuSecondsOf), sumOf(pids, waitedSecondsOf)]);
  const [startedMs, before, machineBefore] = [performance.now(), look(), machineSeconds()];
  await work();
  const [seconds, after, machine] = [(performance.now() - startedMs) / 1000, look(), machineSeconds()];
  const shares = Object.entries(parts).map(([name, pids], index): [string, Share] => {
    const [used = 0, waited = 0] = (after[index] ?? []).map((value, which) => value - (before[index]?.[which] ?? 0));
    return [name, { cores: used / seconds, waitedShare: waited / seconds / pids.length }];
  });
  const ours = shares.reduce((sum, [, { cores }]) => sum + cores, 0);
  const idleCores = (machine.idle - machineBefore.idle) / seconds;
  const busyCores = (machine.busy - machineBefore.busy) / seconds;
  const othersCores = Math.max(0, busyCores - ours);
  return { parts: Object.fromEntries(shares), othersCores, idleCores, machineCores: cpus().length };
}

const sumOf = (pids: readonly number[], pick: (pid: number) => number) => pids.reduce((sum, pid) => sum + pick(pid), 0);

/** The second field: nanoseconds in which it waited on a run queue. */
const waitedSecondsOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;

const TICKS_PER_SECOND = 100;

/** Of all cores together, since the machine started. */
function machineSeconds() {
  const line = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0] = line
    .split(' ')
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND);
  return { busy: user + nice + system + irq + softIrq, idle: idle + ioWait };
}

/** Text for people: each with its cores, then who is at the limit. */
export function describeShares({ parts, othersCores, idleCores, machineCores }: Shares): string {
  const each = Object.entries(parts).map(
    ([name, { cores, waitedShare }]) => `${name} ${cores.toFixed(2)} (waited ${Math.round(100 * waitedShare)} %)`,
  );
  const shares = `${each.join(', ')}, others ${othersCores.toFixed(2)}, idle ${idleCores.toFixed(2)} of ${machineCores}`;
  return `cores: ${shares}; at the limit: ${limitOf({ parts, othersCores, idleCores, machineCores })}`;
}

function limitOf({ parts, idleCores, machineCores }: Shares): string {
  const full = Object.entries(parts).find(([, { cores }]) => cores >= 0.9);
  if (full !== undefined) return full[0];
  return idleCores < 0.05 * machineCores ? 'the machine' : 'none of them';
}

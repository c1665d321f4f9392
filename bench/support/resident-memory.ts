import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_INTERVAL_MS = 100;

/**
 * Watches the memory of a process and all its descendants: the largest sum of their resident sets, in bytes, seen in
 * samples ten times a second. Pages that two of them share count twice. Linux alone (reads `/proc`).
 */
export function watchResidentMemory(rootPid: number): { readonly stop: () => number } {
  let peakBytes = 0;
  const sample = () => {
    peakBytes = Math.max(peakBytes, residentBytesOfTree(rootPid));
  };
  sample();
  const timer = setInterval(sample, SAMPLE_INTERVAL_MS);
  return {
    stop() {
      clearInterval(timer);
      return peakBytes;
    },
  };
}

function residentBytesOfTree(rootPid: number): number {
  const children = new Map<number, number[]>();
  const residentBytes = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = readStatus(name);
    if (status === null) continue;
    const pid = Number(name);
    children.set(status.parentPid, [...(children.get(status.parentPid) ?? []), pid]);
    residentBytes.set(pid, status.residentBytes);
  }
  let sum = 0;
  const waiting = [rootPid];
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    sum += residentBytes.get(pid) ?? 0;
    waiting.push(...(children.get(pid) ?? []));
  }
  return sum;
}

function readStatus(pid: string): { readonly parentPid: number; readonly residentBytes: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      parentPid: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0),
      residentBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024,
    };
  } catch {
    return null; // it ended between the listing and the look
  }
}

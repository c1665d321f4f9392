/** How long threads were ready to run while the machine ran something else (Linux, `schedstat`): 0 where that is not told. */
import { readFileSync } from 'node:fs';

/** Of the main threads of another process and of this one, all in all. */
export function waitedMs(pid: number): number {
  if (process.platform !== 'linux') return 0;
  return waitedMsOf(`/proc/${pid}/schedstat`) + waitedMsOf('/proc/self/schedstat');
}

function waitedMsOf(file: string): number {
  try {
    return Number(readFileSync(file, 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

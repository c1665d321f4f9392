import { readFileSync } from 'node:fs';

export interface ProcessMemory {
  /** What the process holds now, pages of its data file included; and the most it ever held. */
  readonly residentBytes: number;
  readonly residentBytesPeak: number;
  /** Of `residentBytes`: pages of files, which the system takes back when others need the memory. */
  readonly fileBytes: number;
}

/** Linux alone (reads `/proc`). */
export function readProcessMemory(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { residentBytes: bytes('VmRSS'), residentBytesPeak: bytes('VmHWM'), fileBytes: bytes('RssFile') };
}

/** Plays the simulated sync world (src/simulation) from many seeds, on every core; what breaks is told in its shortest form. */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';

export interface SyncWorldOptions {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, broken: number) => void;
}

export interface SyncWorldResult {
  readonly seeds: number;
  readonly operations: number;
  /** Each with its story and the command that plays it again. */
  readonly violations: readonly string[];
}

/** What a process tells, now and then and at its end. */
export interface PortionReport {
  readonly seeds: number;
  readonly operations: number;
  readonly violations: readonly string[];
}

export async function playSyncWorld({
  firstSeed,
  seeds,
  signal,
  onProgress,
}: SyncWorldOptions): Promise<SyncWorldResult> {
  const processes = Math.min(availableParallelism(), Math.max(1, seeds));
  const newest: PortionReport[] = Array.from({ length: processes }, () => ({
    seeds: 0,
    operations: 0,
    violations: [],
  }));
  const sum = () => ({
    seeds: newest.reduce((total, portion) => total + portion.seeds, 0),
    operations: newest.reduce((total, portion) => total + portion.operations, 0),
    violations: newest.flatMap((portion) => portion.violations),
  });
  await Promise.all(
    newest.map((_, index) =>
      playPortion([firstSeed + index, firstSeed + seeds, processes], signal, (report) => {
        newest[index] = report;
        const { seeds: done, violations } = sum();
        onProgress(done, violations.length);
      }),
    ),
  );
  return sum();
}

function playPortion(
  words: readonly number[],
  signal: AbortSignal,
  onReport: (report: PortionReport) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const player: ChildProcess = fork(new URL('./sync-world-process.ts', import.meta.url), words.map(String));
    const stop = () => player.kill();
    signal.addEventListener('abort', stop, { once: true });
    player.on('message', (report) => onReport(report as PortionReport));
    player.on('error', reject);
    player.on('exit', (code) => {
      signal.removeEventListener('abort', stop);
      if (code === 0 || signal.aborted) resolve();
      else reject(new Error(`A process that played the sync world ended with ${code}.`));
    });
  });
}

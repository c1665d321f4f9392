/**
 * How far a long command is, on stderr: a bar on a terminal, a plain line every few seconds elsewhere, or one JSON
 * object a line for a program that reads along (`--progress ndjson`).
 */
import type { SingleBar } from 'cli-progress';

export interface Progress {
  /** What is being done: `orders`, `indexes`. */
  readonly phase: string;
  readonly done: number;
  /** Unknown: leave it out. */
  readonly total?: number;
  /** What is counted: `documents`, `indexes`, `bytes`. */
  readonly unit: string;
}

export type OnProgress = (progress: Progress) => void;

export const PROGRESS_MODES = ['auto', 'bar', 'plain', 'ndjson', 'none'] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

export interface ProgressReporter {
  readonly report: OnProgress;
  /** Prints a line between two states of the bar. */
  note(line: string): void;
  end(): void;
}

const PLAIN_INTERVAL_MS = 3000;
const NDJSON_INTERVAL_MS = 100;

export async function openProgress(mode: ProgressMode, stream: NodeJS.WriteStream): Promise<ProgressReporter> {
  const chosen = mode === 'auto' ? (stream.isTTY ? 'bar' : 'plain') : mode;
  const write = (line: string) => void stream.write(`${line}\n`);
  if (chosen === 'bar') return barReporter(stream, write);
  if (chosen === 'ndjson') {
    return throttled(
      { intervalMs: NDJSON_INTERVAL_MS, firstToo: true },
      (progress) => write(JSON.stringify(progress)),
      (line) => write(JSON.stringify({ note: line })),
    );
  }
  if (chosen === 'plain')
    return throttled({ intervalMs: PLAIN_INTERVAL_MS, firstToo: false }, (progress) => write(lineOf(progress)), write);
  return { report: () => {}, note: write, end: () => {} };
}

/** `orders: 120,000 of 200,000 documents (60 %)` */
export function lineOf({ phase, done, total, unit }: Progress): string {
  const count = done.toLocaleString('en-US');
  if (total === undefined) return `${phase}: ${count} ${unit}`;
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  return `${phase}: ${count} of ${total.toLocaleString('en-US')} ${unit} (${percent} %)`;
}

/** Writes the last state of each phase, and before it one every `intervalMs`; with `firstToo`, the first as well. */
function throttled(
  { intervalMs, firstToo }: { readonly intervalMs: number; readonly firstToo: boolean },
  write: (progress: Progress) => void,
  note: (line: string) => void,
): ProgressReporter {
  let last: { readonly progress: Progress; isWritten: boolean } | undefined;
  let writtenAtMs = performance.now();
  const flush = () => {
    if (last === undefined || last.isWritten) return;
    write(last.progress);
    last.isWritten = true;
    writtenAtMs = performance.now();
  };
  return {
    report(progress) {
      const isFirst = last?.progress.phase !== progress.phase;
      if (!isFirst && last?.progress.done === progress.done && last.progress.total === progress.total) return;
      if (isFirst) flush();
      last = { progress, isWritten: false };
      const isDue = performance.now() - writtenAtMs >= intervalMs;
      if (isDue || progress.done === progress.total || (isFirst && firstToo)) flush();
    },
    note,
    end: flush,
  };
}

async function barReporter(stream: NodeJS.WriteStream, write: (line: string) => void): Promise<ProgressReporter> {
  const { default: cliProgress } = await import('cli-progress');
  let bar: SingleBar | undefined;
  let phase: string | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
    phase = undefined;
  };
  return {
    report(progress) {
      if (phase !== progress.phase) {
        stop();
        phase = progress.phase;
        bar = new cliProgress.SingleBar(
          {
            stream,
            format:
              progress.total === undefined
                ? '{phase} {value} {unit}'
                : '{phase} {bar} {percentage} % {value}/{total} {unit}',
            barsize: 30,
            hideCursor: true,
            fps: 10,
            formatValue: (value, _options, type) =>
              type === 'value' || type === 'total' ? value.toLocaleString('en-US') : String(value),
          },
          cliProgress.Presets.shades_classic,
        );
        bar.start(progress.total ?? progress.done, progress.done, {
          phase: progress.phase.padEnd(20),
          unit: progress.unit,
        });
      }
      if (progress.total === undefined) bar?.setTotal(progress.done);
      bar?.update(progress.done);
    },
    note(line) {
      stop();
      write(line);
    },
    end: stop,
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SERVER_NODE_OPTIONS } from '../../embedded/index.ts';
import type { Progress } from '../progress.ts';

/** How a child ended a command that was asked for `--json`. */
export interface ChildOutcome {
  readonly exitCode: number;
  /** What it printed on stdout: the result, or `{ error: { code, message, fix } }`. */
  readonly result: unknown;
}

export interface ChildOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly onNote?: (note: string) => void;
}

/** Starts `zava` with other words as a process of its own, which ends when this one does. */
export function startZava(words: readonly string[], options: Omit<ChildOptions, 'signal'>): ChildProcess {
  const program = process.argv[1];
  if (program === undefined) throw new Error('The program cannot tell where it was started from.');
  const nodeOptions = words[0] === 'db' ? [...process.execArgv, ...SERVER_NODE_OPTIONS] : process.execArgv;
  const child = spawn(process.execPath, [...nodeOptions, program, ...words, '--json', '--progress', 'ndjson'], {
    cwd: options.directory,
    env: options.environment as NodeJS.ProcessEnv,
    // A group of its own: Ctrl-C reaches this process, which then ends its children in the right order. The channel
    // ("ipc") tells the child when this process is gone, however it went.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    const message = parseJson(line) as Partial<Progress> & { note?: string };
    if (typeof message?.phase === 'string') options.onProgress?.(message as Progress);
    else options.onNote?.(typeof message?.note === 'string' ? message.note : line);
  });
  return child;
}

/** Runs one command to its end. An abort passes SIGINT on and waits for the child to clean up. */
export async function runZava(words: readonly string[], options: ChildOptions): Promise<ChildOutcome> {
  options.signal.throwIfAborted();
  const child = startZava(words, options);
  const interrupt = () => child.kill('SIGINT');
  options.signal.addEventListener('abort', interrupt);
  try {
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
    });
    options.signal.throwIfAborted();
    return { exitCode, result: parseJson(Buffer.concat(output).toString('utf8')) };
  } finally {
    options.signal.removeEventListener('abort', interrupt);
  }
}

/** Ends a child that runs until it is told to stop, and waits until it is gone. */
export async function stopZava(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await gone;
}

/** What a child printed; null when that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

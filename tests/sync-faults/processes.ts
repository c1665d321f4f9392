/** The program's own processes, as a shop and its headquarters run them; killed without a word when a test says so. */
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningZava, startZava } from '../support/cli.ts';

export interface Process extends AsyncDisposable {
  readonly pid: number;
  /** What the command announced with `--json`. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly running: RunningZava;
  /** Resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly fileBytesMax?: number;
}

const ANNOUNCED_MS_MAX = 60_000;

export async function startProcess(words: readonly string[], options: ProcessOptions): Promise<Process> {
  const running = startZava([...words, '--json'], options);
  const { child } = running;
  let stdout = '';
  child.stdout.on('data', (chunk: string) => {
    stdout += chunk;
  });
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGCONT');
      child.kill(signal);
    }
    await running.ended;
  };
  try {
    const facts = await announced(running, () => stdout);
    return { pid: child.pid as number, facts, running, kill, [Symbol.asyncDispose]: () => kill('SIGKILL') };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function announced({ child, ended }: RunningZava, read: () => string): Promise<Record<string, unknown>> {
  for (const endsAtMs = Date.now() + ANNOUNCED_MS_MAX; Date.now() < endsAtMs; ) {
    const text = read();
    if (/\n\}\s*$/.test(text)) return JSON.parse(text) as Record<string, unknown>;
    if (child.exitCode !== null || child.signalCode !== null) break;
    await Promise.race([wait(20), ended]);
  }
  child.kill('SIGKILL');
  const { stdout, stderr } = await ended;
  throw new Error(`${child.spawnargs.slice(-8).join(' ')} did not start: ${stdout}\n${stderr}`);
}

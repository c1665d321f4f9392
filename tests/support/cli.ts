/** Runs the program as a person does: as a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const tsx = path.join(repository, 'node_modules', 'tsx', 'dist', 'esm', 'index.mjs');
/** From the sources, so that a test never runs yesterday's build; `npm test` builds first and says so. */
const program =
  process.env['ZAVA_TESTS_USE_BUILD'] === '1'
    ? [path.join(repository, 'bin', 'zava.js')]
    : ['--import', tsx, path.join(repository, 'src', 'cli', 'main.ts')];

export interface ZavaResult {
  /** 128 + the signal's number when a signal ended the process. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ZavaOptions {
  /** The whole environment of the program beside PATH and HOME: settings of the caller's own do not leak in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd: string;
  /** No file may grow beyond this: what a full disk does to a program, without one. */
  readonly fileBytesMax?: number;
}

export async function runZava(words: readonly string[], options: ZavaOptions): Promise<ZavaResult> {
  const { child, ended } = startZava(words, options);
  child.stdin.on('error', () => {}); // a program that reads no input may be gone before all of it is written
  child.stdin.end(options.input ?? '');
  return await ended;
}

export interface RunningZava {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<ZavaResult>;
  /** Resolves when a line of stdout or stderr matches; rejects when the program ends before. */
  sees(pattern: RegExp): Promise<string>;
}

export function startZava(words: readonly string[], { env = {}, cwd, fileBytesMax }: ZavaOptions): RunningZava {
  const command = [process.execPath, ...program, ...words];
  // Without the trap, the signal of the limit would end the program before the write can fail.
  const limited = `trap "" XFSZ; ulimit -f ${Math.floor((fileBytesMax ?? 0) / 1024)}; exec "$@"`;
  const [file = '', ...args] = fileBytesMax === undefined ? command : ['bash', '-c', limited, 'bash', ...command];
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<ZavaResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 128), ...output });
      for (const listener of listeners) listener();
    });
  });
  const sees = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
        if (match !== null) {
          listeners.delete(look);
          resolve(match[0]);
        } else if (child.exitCode !== null || child.signalCode !== null) {
          listeners.delete(look);
          reject(new Error(`The program ended before ${pattern} was seen:\n${output.stdout}\n${output.stderr}`));
        }
      };
      listeners.add(look);
      look();
    });
  return { child, ended, sees };
}

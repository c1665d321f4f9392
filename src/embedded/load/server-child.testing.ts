import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./server-child.ts', import.meta.url));

/** Since it was asked before. */
export interface Figures {
  /** The longest time between two turns of the event loop: of the processor, and of the clock on the wall. */
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly residentBytes: number;
}

export interface ServerChild extends AsyncDisposable {
  readonly uri: string;
  readonly dataDir: string;
  readonly pid: number;
  figures(): Promise<Figures>;
  /** With SIGKILL; its data directory stays until it is disposed of. */
  kill(): Promise<void>;
}

/** `nodeOptions`: what a process that only serves is started with. */
export async function startServerChild(nodeOptions: readonly string[] = []): Promise<ServerChild> {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-load-'));
  const child = fork(program, [dataDir], {
    execArgv: ['--import', 'tsx', '--expose-gc', ...nodeOptions],
    stdio: 'inherit',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const next = <T>() =>
    new Promise<T>((resolve, reject) => {
      const fail = (code: number | null) => reject(new Error(`the server ended with ${code}`));
      child.once('exit', fail);
      child.once('message', (message) => {
        child.off('exit', fail);
        resolve(message as T);
      });
    });
  const { uri } = await next<{ uri: string }>();
  return {
    uri,
    dataDir,
    pid: child.pid as number,
    figures() {
      const answer = next<Figures>();
      child.send('collect');
      return answer;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The server as a process of its own, so that it can be killed as a crash would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));
const START_MS_MAX = 60_000;
const END_MS_MAX = 15_000;

export interface Refusal {
  readonly code?: string;
  readonly message: string;
  readonly fix?: string;
}

export class ServerRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.code ?? 'without a code'}: ${refusal.message}`);
    this.refusal = refusal;
  }
}

export class ServerProcess {
  readonly uri: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #said: () => string;

  private constructor(child: ChildProcess, ended: Promise<string>, said: () => string, uri: string) {
    this.#child = child;
    this.#ended = ended;
    this.#said = said;
    this.uri = uri;
  }

  /** Throws `ServerRefused` when the server says why it does not start, and another error when it dies without a word. */
  static async start(dataDir: string, killAfterMs?: number): Promise<ServerProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', program, dataDir], {
      cwd: repository,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const killer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('close', () => clearTimeout(killer));
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data));
    const ended = new Promise<string>((resolve) =>
      child.on('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)),
    );
    let line = '';
    const answer = new Promise<string>((resolve) =>
      child.stdout.on('data', (data: Buffer) => {
        line += data;
        if (line.includes('\n')) resolve(line.slice(0, line.indexOf('\n')));
      }),
    );
    const overdue = timer(START_MS_MAX);
    const first = await Promise.race([answer, ended.then(() => null), overdue.promise]);
    overdue.cancel();
    if (first === undefined) child.kill('SIGKILL');
    if (typeof first !== 'string') {
      const how = first === null ? `ended with ${await ended}` : `was not ready within ${START_MS_MAX} ms`;
      throw new Error(`the server ${how} while opening ${dataDir}: ${said.slice(-2000)}`);
    }
    const ready = JSON.parse(first) as { host: string; port: number } | Refusal;
    if ('port' in ready) return new ServerProcess(child, ended, () => said, `mongodb://${ready.host}:${ready.port}/`);
    await ended;
    throw new ServerRefused(ready);
  }

  /** How it ended, if it did. */
  get ending(): string | null {
    const { exitCode, signalCode } = this.#child;
    return exitCode === null && signalCode === null
      ? null
      : signalCode === null
        ? `exit code ${exitCode}`
        : `signal ${signalCode}`;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it wrote to standard error: faults of its own. */
  get said(): string {
    return this.#said();
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Asks it to stop; kills it when it takes too long. Returns how it ended. */
  async stop(): Promise<string> {
    this.#child.kill('SIGTERM');
    const overdue = timer(END_MS_MAX);
    const ending = await Promise.race([this.#ended, overdue.promise]);
    overdue.cancel();
    if (ending !== undefined) return ending;
    await this.kill();
    return `still running ${END_MS_MAX} ms after it was asked to stop`;
  }
}

function timer(ms: number): { promise: Promise<undefined>; cancel(): void } {
  let cancel = () => {};
  const promise = new Promise<undefined>((resolve) => {
    const timeout = setTimeout(() => resolve(undefined), ms);
    cancel = () => clearTimeout(timeout);
  });
  return { promise, cancel: () => cancel() };
}

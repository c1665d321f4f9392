/** One device of the company as a process of its own: started, followed, and started again when it ends by itself. */
import type { ChildProcess } from 'node:child_process';
import type { DeviceState } from '../../device/index.ts';
import { parseJson, startZava, stopZava } from './child-program.ts';
import { followServerEvents } from './server-events.ts';

/** After a program that ended by itself: doubled each time, up to the most. */
const AGAIN_MS_MIN = 1_000;
const AGAIN_MS_MAX = 30_000;
/** One that ran for so long did not fail at its start. */
const SOUND_MS = 60_000;
/** In a row, before a person has to look. */
const FAILURES_MAX = 5;

export interface DeviceChildOptions {
  /** Of `zava device`, but its port. */
  readonly words: readonly string[];
  /** Of its app; where it is taken, or 0, any free one. */
  readonly port: number;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onChange: () => void;
  readonly note: (line: string) => void;
  readonly name: string;
}

export class DeviceChild {
  readonly #options: DeviceChildOptions;
  #child: ChildProcess | null = null;
  #following: { close(): void } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #port: number;
  #failures = 0;
  #isStopping = false;
  /** Where its app answers; null while it does not. */
  url: string | null = null;
  /** As it last told; null until it has. */
  state: DeviceState | null = null;
  life: 'starting' | 'running' | 'restarting' | 'stopped' = 'starting';

  constructor(options: DeviceChildOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** Resolves when it answers, or has ended without. */
  start(): Promise<void> {
    const { words, directory, environment, note, name } = this.#options;
    this.#isStopping = false;
    const startedAtMs = Date.now();
    let lastNote = '';
    const child = startZava(['device', ...words, '--port', String(this.#port)], {
      directory,
      environment,
      onNote: (line) => {
        lastNote = line;
      },
    });
    this.#child = child;
    let output = '';
    return new Promise((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
        const ready = parseJson(output) as { url?: string } | null;
        if (typeof ready?.url !== 'string' || this.url !== null) return;
        this.#ready(ready.url);
        resolve();
      });
      child.once('close', (code, killedBy) => {
        resolve();
        this.#gone();
        if (this.#isStopping) return;
        const fault = (parseJson(output) as { error?: { code: string; message: string } } | null)?.error;
        const how = killedBy === null ? `ended by itself (exit code ${code})` : `was ended by the signal ${killedBy}`;
        // Whoever was killed said nothing of it.
        const said = killedBy === null ? (fault?.message ?? lastNote) : '';
        note(`The device ${name} ${how}${said === '' ? '.' : `: ${said}`}`);
        // Whoever took it keeps it.
        if (fault?.code === 'PORT_IN_USE') this.#port = 0;
        this.#again(Date.now() - startedAtMs);
      });
    });
  }

  /** Ends it, and waits until it is gone. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#child !== null) await stopZava(this.#child);
    this.life = 'stopped';
    this.#options.onChange();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#failures = 0;
    this.life = 'restarting';
    this.#options.onChange();
    await this.start();
  }

  #ready(url: string): void {
    this.url = url;
    this.life = 'running';
    this.#following = followServerEvents(`${url}/api/events`, (event, data) => {
      if (event !== 'state') return;
      this.state = data as DeviceState;
      this.#options.onChange();
    });
    this.#options.onChange();
  }

  #gone(): void {
    this.#following?.close();
    this.#following = null;
    this.url = null;
    this.state = null;
  }

  #again(ranMs: number): void {
    this.#failures = ranMs > SOUND_MS ? 1 : this.#failures + 1;
    if (this.#failures > FAILURES_MAX) {
      this.life = 'stopped';
      this.#options.onChange();
      return;
    }
    this.life = 'restarting';
    this.#options.onChange();
    const waitMs = Math.min(AGAIN_MS_MAX, AGAIN_MS_MIN * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(() => void this.start(), waitMs);
  }
}

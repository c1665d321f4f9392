/** Parts of the bench that run as processes of their own, so that each has its own share of the machine. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';

export interface Child<Order extends string, Answer> extends AsyncDisposable {
  readonly pid: number;
  tell(order: Order): void;
  /** The next answer that has this kind. */
  hear<Kind extends Answer extends { readonly kind: infer K } ? K : never>(
    kind: Kind,
  ): Promise<Extract<Answer, { readonly kind: Kind }>>;
}

/** `name` is a module beside this one, compiled or not. */
export function startChild<Order extends string, Answer extends { readonly kind: string }>(
  name: string,
  settings: object,
  nodeOptions: readonly string[] = [],
): Child<Order, Answer> {
  const module = new URL(`./${name}${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const child: ChildProcess = fork(module, {
    execArgv: [...process.execArgv.filter((word) => !word.startsWith('--cpu-prof')), ...nodeOptions],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(settings);
  const waiting = new Map<string, ((answer: Answer) => void)[]>();
  const early = new Map<string, Answer[]>();
  child.on('message', (raw) => {
    const answer = raw as Answer;
    const next = waiting.get(answer.kind)?.shift();
    if (next !== undefined) next(answer);
    else early.set(answer.kind, [...(early.get(answer.kind) ?? []), answer]);
  });
  const ended = once(child, 'exit');
  return {
    pid: child.pid as number,
    tell: (order) => void child.send(order),
    async hear(kind) {
      const known = early.get(kind)?.shift();
      if (known !== undefined) return known as never;
      const heard = new Promise<Answer>((resolve) => {
        waiting.set(kind, [...(waiting.get(kind) ?? []), resolve]);
      });
      const failed = ended.then(([code]) => Promise.reject(new Error(`${name} ended with ${code}.`)));
      failed.catch(() => undefined);
      return (await Promise.race([heard, failed])) as never;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      const tooLong = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(tooLong);
    },
  };
}

/** For a child: what it was started with. */
export async function readSettings<Settings>(): Promise<Settings> {
  const [settings] = (await once(process, 'message')) as [Settings];
  return settings;
}

const TICKS_PER_SECOND = 100;

/** Processor time that a process has used, all its threads together. Linux alone (reads `/proc`). */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/**
 * Sends malformed and hostile inputs to a server in a process of its own, over many connections at once, and watches it:
 * it must not end, not grow beyond a bound, not report a fault of its own, and not keep an innocent client waiting.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize } from 'bson';
import { ServerProcess } from '../server.ts';
import { FuzzConnection } from './connection.ts';
import { frame, type Input, msgPayload } from './frames.ts';
import { inputOf } from './inputs.ts';
import { seedCommands } from './seed-data.ts';
import type { WitnessLine } from './witness.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** The number of the first input; a single one is sent with `inputs: 1`. */
  readonly from?: number;
  readonly connections?: number;
  readonly onProgress?: (progress: FuzzReport) => void;
  /** Told of each violation at once. */
  readonly onViolation?: (what: string) => void;
  readonly signal?: AbortSignal;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly answered: number;
  readonly refused: number;
  readonly closed: number;
  /** Waited too long for an answer (a tailable cursor, a lock): the fuzzer hung up. */
  readonly givenUp: number;
  readonly seconds: number;
  /** The most memory of its own that was seen (sampled), and the most with the mapped pages of its data file. */
  readonly ownPeakMegabytes: number;
  readonly peakMegabytes: number;
  readonly slowestPingMs: number;
  readonly violations: readonly string[];
}

/** What the server may hold of its own, whatever is sent; pages of its data file, which the system takes back, are not counted. */
export const OWN_MEGABYTES_MAX = 1024;
/** What a ping of an innocent client may wait. */
export const PING_MS_MAX = 1000;

const CONNECTIONS = 24;
const BATCH = 50;
const BATCH_MS_MAX = 8000;
/** A frame that is not whole is left alone after so long … */
const LEAVE_MS = 30;
/** … and the server has so long to close one. */
const CLOSE_MS_MAX = 30_000;
const HALF_OPEN_MAX = 40;
const SEED_EVERY = 5000;
const VIOLATIONS_MAX = 60;
const PROGRESS_MS = 10_000;
const MEMORY_SAMPLE_MS = 250;
const END_MS_MAX = 10_000;
const witnessProgram = fileURLToPath(new URL('./witness.ts', import.meta.url));
const repository = fileURLToPath(new URL('../../..', import.meta.url));

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const dataDir = await mkdtemp(join(tmpdir(), `zava-fuzz-${options.seed}-`));
  try {
    const server = await ServerProcess.start(dataDir);
    // Without it nothing is waited for.
    options.signal?.addEventListener('abort', () => void server.kill());
    try {
      return await new Fuzzer(server, options).run();
    } finally {
      await server.kill();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

class Fuzzer {
  readonly #server: ServerProcess;
  readonly #options: FuzzOptions;
  readonly #host: string;
  readonly #port: number;
  readonly #startedAt = performance.now();
  readonly #violations = new Map<string, string>();
  readonly #halfOpen: FuzzConnection[] = [];
  #next: number;
  #seededAt = Number.NEGATIVE_INFINITY;
  #seeding: Promise<void> | undefined;
  #inputs = 0;
  #answered = 0;
  #refused = 0;
  #closed = 0;
  #givenUp = 0;
  #slowestPingMs = 0;
  #ownPeakMegabytes = 0;

  constructor(server: ServerProcess, options: FuzzOptions) {
    this.#server = server;
    this.#options = options;
    this.#next = options.from ?? 0;
    const { hostname, port } = new URL(server.uri);
    this.#host = hostname;
    this.#port = Number(port);
  }

  async run(): Promise<FuzzReport> {
    const witness = await this.#startWitness();
    const { connections = CONNECTIONS, onProgress } = this.#options;
    const progress = setInterval(() => onProgress?.(this.#report()), PROGRESS_MS);
    const sampling = setInterval(() => this.#sampleMemory(), MEMORY_SAMPLE_MS);
    try {
      await Promise.all(Array.from({ length: connections }, () => this.#work()));
      for (const connection of this.#halfOpen) connection.destroy();
      if (this.#server.ending === null) await this.#lookAfterwards();
    } finally {
      clearInterval(progress);
      clearInterval(sampling);
      await endOf(witness);
    }
    if (this.#server.ending !== null) this.#broke('ended', `the server ended: ${this.#server.ending}`);
    if (this.#server.said !== '')
      this.#broke('said', `the server reported faults: ${this.#server.said.slice(0, 6000)}`);
    return this.#report();
  }

  #report(): FuzzReport {
    this.#sampleMemory();
    return {
      inputs: this.#inputs,
      answered: this.#answered,
      refused: this.#refused,
      closed: this.#closed,
      givenUp: this.#givenUp,
      seconds: Math.round((performance.now() - this.#startedAt) / 100) / 10,
      ownPeakMegabytes: this.#ownPeakMegabytes,
      peakMegabytes: peakMegabytesOf(this.#server.pid),
      slowestPingMs: Math.round(this.#slowestPingMs),
      violations: [...this.#violations.values()],
    };
  }

  #sampleMemory(): void {
    this.#ownPeakMegabytes = Math.max(this.#ownPeakMegabytes, ownMegabytesOf(this.#server.pid));
    if (this.#ownPeakMegabytes > OWN_MEGABYTES_MAX)
      this.#broke('memory', `the server's own memory reached ${this.#ownPeakMegabytes} MB`);
  }

  /** The same fault is told once. */
  #broke(key: string, what: string): void {
    if (this.#violations.size >= VIOLATIONS_MAX || this.#violations.has(key)) return;
    this.#violations.set(key, what);
    this.#options.onViolation?.(what);
  }

  get #isOver(): boolean {
    const { inputs, from = 0, signal } = this.#options;
    return this.#next >= from + inputs || this.#server.ending !== null || signal?.aborted === true;
  }

  async #work(): Promise<void> {
    let connection = await this.#connect();
    while (!this.#isOver && connection !== null) {
      await this.#seedWhenDue();
      const batch = this.#takeBatch();
      const last = batch.at(-1);
      // Others took the rest meanwhile.
      if (last === undefined) break;
      this.#inputs += batch.length;
      await this.#exchange(connection, batch);
      if (last.input.expect === 'waits' && !connection.isClosed && this.#halfOpen.length < HALF_OPEN_MAX) {
        // It stays as it is, half a message sent, while others go on.
        this.#halfOpen.push(connection);
      } else if (last.input.expect !== 'answers') connection.destroy();
      if (this.#halfOpen.length >= HALF_OPEN_MAX) this.#halfOpen.shift()?.destroy();
      if (connection.isClosed || last.input.expect !== 'answers') connection = await this.#connect();
    }
    connection?.destroy();
  }

  /** As many as can follow one another on one connection: after one that may close it, nothing more. */
  #takeBatch(): Numbered[] {
    const { seed, inputs, from = 0 } = this.#options;
    const batch: Numbered[] = [];
    while (batch.length < BATCH && this.#next < from + inputs) {
      const number = this.#next++;
      const input = inputOf(seed, number);
      batch.push({ number, input });
      if (input.expect === 'waits' || input.expect === 'closes') break;
    }
    return batch;
  }

  async #exchange(connection: FuzzConnection, batch: readonly Numbered[]): Promise<void> {
    const isFinal = ({ input }: Numbered) => input.expect === 'waits' || input.expect === 'closes';
    const waiting = new Map(
      batch
        .filter(({ input }) => input.expect === 'answers' || input.expect === 'either')
        .map((each) => [each.number, each]),
    );
    connection.send(Buffer.concat(batch.filter((each) => !isFinal(each)).map(({ input }) => input.bytes)));
    const deadline = performance.now() + BATCH_MS_MAX;
    while (waiting.size > 0) {
      const reply = await connection.reply(deadline - performance.now());
      if (reply === 'late') {
        this.#givenUp += waiting.size;
        connection.destroy();
        return;
      }
      if (reply === 'closed') {
        this.#closed += 1;
        if ([...waiting.values()].every(({ input }) => input.expect === 'answers') && this.#server.ending === null) {
          const [first] = waiting.values();
          this.#broke(
            `closed ${first!.input.kind}`,
            `the connection was closed on a well-formed message: ${this.#describe(first!)}`,
          );
        }
        return;
      }
      const asked = waiting.get(reply.responseTo);
      if (asked === undefined) this.#broke('stray', `a reply to ${reply.responseTo}, which is not waited for`);
      else this.#judge(asked, reply.body);
      waiting.delete(reply.responseTo);
    }
    const last = batch.find(isFinal);
    if (last === undefined) return;
    connection.send(last.input.bytes);
    const ending = await connection.reply(last.input.expect === 'waits' ? LEAVE_MS : CLOSE_MS_MAX);
    if (ending === 'closed') this.#closed += 1;
    else if (last.input.expect === 'closes' && ending === 'late' && this.#server.ending === null)
      this.#broke(
        `open ${last.input.kind}`,
        `the connection stays open, and without an answer: ${this.#describe(last)}`,
      );
    else if (ending !== 'late') this.#judge(last, ending.body);
  }

  #judge(asked: Numbered, body: Buffer): void {
    if (body.includes('errmsg')) this.#refused += 1;
    else this.#answered += 1;
    if (!suspicious.some((words) => body.includes(words))) return;
    let reply: Record<string, unknown>;
    try {
      reply = deserialize(body);
    } catch (error) {
      this.#broke('reply', `a reply is not BSON (${String(error)}): ${this.#describe(asked)}`);
      return;
    }
    const text = String(reply['errmsg'] ?? JSON.stringify(reply['writeErrors'] ?? ''));
    // A fail point that was set by an input may ask for any code; MongoDB's words on object ids look like JavaScript's.
    const isOrdered = text.includes("via 'failCommand' failpoint");
    if (isOrdered || text.includes('Invalid string length for parsing to OID')) return;
    if (reply['code'] === 1 || faultWords.test(text)) {
      this.#broke(
        text.replace(/\d+/g, '0').slice(0, 90),
        `${reply['code']} ${text.slice(0, 300)} ← ${this.#describe(asked)}`,
      );
    }
  }

  #describe({ number, input }: Numbered): string {
    return describeInput(this.#options.seed, number, input);
  }

  async #seedWhenDue(): Promise<void> {
    if (this.#seeding === undefined && this.#next - this.#seededAt >= SEED_EVERY) {
      this.#seededAt = this.#next;
      this.#seeding = this.#seed().finally(() => {
        this.#seeding = undefined;
      });
    }
    await this.#seeding;
  }

  async #seed(): Promise<void> {
    const connection = await this.#connect();
    if (connection === null) return;
    for (const [at, body] of seedCommands().entries()) {
      connection.send(frame(msgPayload(body), { requestId: at }));
      const reply = await connection.reply(BATCH_MS_MAX);
      if (reply === 'late' || reply === 'closed') this.#broke('seeding', `a plain command got no answer: ${reply}`);
    }
    connection.destroy();
  }

  /** With every hostile client gone, the server must come to rest: nothing runs, and a plain command is answered. */
  async #lookAfterwards(): Promise<void> {
    const until = performance.now() + END_MS_MAX;
    const connection = await this.#connect();
    if (connection === null) return;
    for (;;) {
      connection.send(frame(msgPayload(documentOfText()), { requestId: 1 }));
      const reply = await connection.reply(END_MS_MAX);
      if (reply === 'late' || reply === 'closed')
        return this.#broke('rest', `currentOp was not answered at the end: ${reply}`);
      const running = (deserialize(reply.body)['inprog'] as { command?: object }[]).filter(
        (operation) => JSON.stringify(operation.command ?? '').includes('witness') === false,
      );
      if (running.length <= 2) break;
      if (performance.now() > until)
        return this.#broke(
          'rest',
          `operations of clients that are gone still run: ${JSON.stringify(running).slice(0, 600)}`,
        );
      await new Promise((done) => setTimeout(done, 100));
    }
    connection.destroy();
  }

  async #connect(): Promise<FuzzConnection | null> {
    try {
      return await FuzzConnection.open(this.#host, this.#port);
    } catch (error) {
      if (this.#server.ending === null) this.#broke('connect', `no connection: ${String(error)}`);
      return null;
    }
  }

  async #startWitness(): Promise<ChildProcess> {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', witnessProgram, this.#host, String(this.#port), String(this.#server.pid)],
      { cwd: repository, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    let said = '';
    await new Promise<void>((ready) => {
      child.on('close', () => ready());
      child.stdout!.on('data', (data: Buffer) => {
        said += data;
        for (let end = said.indexOf('\n'); end !== -1; end = said.indexOf('\n')) {
          this.#hear(JSON.parse(said.slice(0, end)) as WitnessLine);
          said = said.slice(end + 1);
          ready();
        }
      });
    });
    return child;
  }

  #hear({ slowestOwnMs, slowestMs, faults }: WitnessLine): void {
    this.#slowestPingMs = Math.max(this.#slowestPingMs, slowestOwnMs);
    if (slowestOwnMs > PING_MS_MAX)
      this.#broke(
        `ping at ${Math.floor(this.#next / 1000)}`,
        `a ping waited ${Math.round(slowestOwnMs)} ms (${Math.round(slowestMs)} by the clock), near input ${this.#next}`,
      );
    for (const fault of faults) this.#broke(fault.slice(0, 40), fault);
  }
}

interface Numbered {
  readonly number: number;
  readonly input: Input;
}

/** Cheap to look for in the bytes of a reply; what has one of them is looked at. */
const suspicious = [
  'InternalError',
  'internal error',
  ' is not ',
  'annot read',
  'call stack',
  'Invalid ',
  'undefined',
  'out of range',
  'allocation',
];
/** Words of JavaScript's own errors. */
const faultWords =
  /internal error|is not a function|is not iterable|Cannot read prop|Maximum call stack|Invalid (array|string|time|typed array) |is not a constructor|Cannot mix BigInt|Cannot convert .* to a BigInt|NaN cannot be converted|ERR_[A-Z_]+|allocation failed|circular structure|\[object Object\]/;

export function describeInput(seed: number, number: number, input: Input): string {
  let what = '';
  try {
    what = JSON.stringify(deserialize(Buffer.from(input.bytes.subarray(21)), { promoteValues: true }), (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
  } catch {
    what = Buffer.from(input.bytes.subarray(0, 300)).toString('hex');
  }
  return `input ${number} of seed ${seed} (${input.kind}): ${what.length > 900 ? `${what.slice(0, 900)}…` : what}`;
}

const documentOfText = (): Buffer => {
  const text = Buffer.from('\x10currentOp\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0');
  const head = Buffer.alloc(4);
  head.writeInt32LE(text.length + 5, 0);
  return Buffer.concat([head, text, Buffer.alloc(1)]);
};

/** The most that the process ever had in memory with the pages of its data file, by the system's own count. */
export const peakMegabytesOf = (pid: number): number => megabytesOf(pid, 'VmHWM');

/** What the process has now that is not backed by a file: the system can't take it back. */
const ownMegabytesOf = (pid: number): number => megabytesOf(pid, 'RssAnon');

/** 0 where the system does not count it. */
function megabytesOf(pid: number, count: 'VmHWM' | 'RssAnon'): number {
  if (process.platform !== 'linux') return 0;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return Math.round(Number(new RegExp(`${count}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.stdin!.end();
  const overdue = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX);
  await ended;
  clearTimeout(overdue);
}

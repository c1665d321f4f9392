/**
 * `witness.ts HOST PORT SERVER_PID`: an innocent client beside the fuzzer, in a process of its own so that the fuzzer's work
 * does not slow it. It pings without a pause and looks whether its documents are as it left them, and prints one line of
 * JSON each second and one at the end, when its standard input closes.
 *
 * The promise is about the server, not about a machine that runs other programs too: the time in which the server or the
 * witness was ready to run but the machine ran something else (Linux, `schedstat`) is taken off.
 */
import type { Document } from 'bson';
import { SocketClient } from '../../../src/embedded/wire/socket-client.testing.ts';
import { waitedMs } from './waited.ts';

const DOCUMENTS = 50;
const PAUSE_MS = 10;
const INTERRUPTED = 11601;

export interface WitnessLine {
  /** The slowest ping since the line before, as the clock has it and without the time that the machine gave to others. */
  readonly slowestMs: number;
  readonly slowestOwnMs: number;
  readonly pings: number;
  readonly faults: readonly string[];
}

const [host, port, serverPid] = process.argv.slice(2) as [string, string, string];
const client = await SocketClient.open(host, Number(port));
let isAsked = false;
process.stdin.resume().on('close', () => {
  isAsked = true;
});

const documents = Array.from({ length: DOCUMENTS }, (_, k) => ({
  _id: k,
  text: `the witness's ${k}`,
  list: [k, k + 1],
}));
let faults: string[] = [];
let slowestMs = 0;
let slowestOwnMs = 0;
let pings = 0;

await command({ insert: 'data', documents, $db: 'witness' });
say();
let sayAt = performance.now() + 1000;
while (!isAsked) {
  await ping();
  if (performance.now() > sayAt) {
    await look();
    say();
    sayAt = performance.now() + 1000;
  }
  await new Promise((done) => setTimeout(done, PAUSE_MS));
}
await look();
say();
process.exit(0);

async function ping(): Promise<void> {
  const startedAt = performance.now();
  const waitedBefore = waitedMs(Number(serverPid));
  await command({ ping: 1, $db: 'admin' });
  const ms = performance.now() - startedAt;
  pings += 1;
  slowestMs = Math.max(slowestMs, ms);
  slowestOwnMs = Math.max(slowestOwnMs, ms - (waitedMs(Number(serverPid)) - waitedBefore));
}

async function look(): Promise<void> {
  const { cursor } = await command({ find: 'data', sort: { _id: 1 }, $db: 'witness' });
  const found = (cursor as { firstBatch: Document[] } | undefined)?.firstBatch;
  if (JSON.stringify(found) !== JSON.stringify(documents))
    faults.push(`the witness's documents changed: ${JSON.stringify(found)?.slice(0, 300)}`);
}

/** A random killOp may hit the witness: then it asks again. */
async function command(request: Document): Promise<Document> {
  for (;;) {
    let reply: Document;
    try {
      reply = await client.command(request);
    } catch (error) {
      faults.push(`the witness lost its connection: ${error instanceof Error ? error.message : String(error)}`);
      say();
      process.exit(1);
    }
    if (reply['ok'] === 1) return reply;
    if (reply['code'] === INTERRUPTED) continue;
    faults.push(`the witness was refused: ${JSON.stringify(reply).slice(0, 300)}`);
    return reply;
  }
}

function say(): void {
  process.stdout.write(`${JSON.stringify({ slowestMs, slowestOwnMs, pings, faults } satisfies WitnessLine)}\n`);
  [slowestMs, slowestOwnMs, pings, faults] = [0, 0, 0, []];
}

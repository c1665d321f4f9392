/** Sends each bomb by itself to a server that does nothing else, so that one that hurts is named. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize } from 'bson';
import { Random } from '../random.ts';
import { ServerProcess } from '../server.ts';
import { documentBytes } from './bson-writer.ts';
import { FuzzConnection } from './connection.ts';
import { frame, msgPayload } from './frames.ts';
import { peakMegabytesOf } from './fuzz.ts';
import { bombAt, bombCount } from './inputs.ts';
import { seedCommands } from './seed-data.ts';
import { waitedMs } from './waited.ts';

export interface BombReport {
  readonly name: string;
  readonly answer: string;
  readonly answerMs: number;
  /** The longest that a ping of another client waited meanwhile, without the time that the machine gave to others. */
  readonly pingMs: number;
  readonly peakMegabytes: number;
}

const ANSWER_MS_MAX = 20_000;
const BLOCKED_MS_MAX = 20_000;

export async function eachBomb(
  onReport: (report: BombReport) => void,
  only = (_name: string): boolean => true,
): Promise<void> {
  let server: ServerProcess | undefined;
  let dataDir = '';
  const leave = async () => {
    await server?.kill();
    if (dataDir !== '') await rm(dataDir, { recursive: true, force: true });
    server = undefined;
  };
  try {
    for (let at = 0; at < bombCount; at++) {
      const bomb = bombAt(at, new Random(at), at);
      if (!only(bomb.kind)) continue;
      if (server === undefined) {
        dataDir = await mkdtemp(join(tmpdir(), 'zava-bombs-'));
        server = await ServerProcess.start(dataDir);
        await exchange(
          server,
          seedCommands().map((body, k) => frame(msgPayload(body), { requestId: k })),
        );
      }
      const report = await one(server, bomb.kind, bomb.bytes);
      onReport(report);
      if (report.pingMs > 1000 || report.peakMegabytes > 800) await leave();
    }
  } finally {
    await leave();
  }
}

const open = (server: ServerProcess): Promise<FuzzConnection> => {
  const { hostname, port } = new URL(server.uri);
  return FuzzConnection.open(hostname, Number(port));
};

async function exchange(server: ServerProcess, frames: readonly Uint8Array[]): Promise<void> {
  const connection = await open(server);
  for (const bytes of frames) {
    connection.send(bytes);
    await connection.reply(ANSWER_MS_MAX);
  }
  connection.destroy();
}

async function one(server: ServerProcess, name: string, bytes: Uint8Array): Promise<BombReport> {
  const [bomber, other] = [await open(server), await open(server)];
  const startedAt = performance.now();
  let answer: string | undefined;
  let answerMs = 0;
  bomber.send(bytes);
  const answered = bomber.reply(ANSWER_MS_MAX).then((reply) => {
    answerMs = Math.round(performance.now() - startedAt);
    if (typeof reply === 'string') answer = reply;
    else {
      const { ok, code, errmsg, writeErrors } = deserialize(reply.body) as Record<string, unknown>;
      answer =
        ok === 1
          ? `ok ${writeErrors === undefined ? '' : JSON.stringify(writeErrors).slice(0, 200)}`
          : `${code} ${String(errmsg).slice(0, 200)}`;
    }
  });
  let pingMs = 0;
  const ping = frame(msgPayload(documentBytes({ ping: 1, $db: 'admin' })), { requestId: 7 });
  do {
    const pingedAt = performance.now();
    const waitedBefore = waitedMs(server.pid);
    other.send(ping);
    const reply = await other.reply(BLOCKED_MS_MAX);
    const ownMs = performance.now() - pingedAt - (waitedMs(server.pid) - waitedBefore);
    pingMs = Math.max(pingMs, Math.round(ownMs));
    if (typeof reply === 'string') break;
    await new Promise((done) => setTimeout(done, 5));
  } while (answer === undefined);
  bomber.destroy();
  other.destroy();
  await answered;
  return { name, answer: answer ?? '', answerMs, pingMs, peakMegabytes: peakMegabytesOf(server.pid) };
}

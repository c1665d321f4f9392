/** A server that speaks just enough of MongoDB's wire protocol to be wrong in a chosen way. For faults that a real one won't show on demand. */
import { createServer, type Socket } from 'node:net';
import { BSON } from 'mongodb';

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** The reply to a command, or undefined for the usual one. `{ ok: 0, code, errmsg }` is an error. */
export type Answer = (command: string, body: BSON.Document) => BSON.Document | undefined;

export interface FakeMongo extends AsyncDisposable {
  readonly port: number;
  /** The names of the commands that came. */
  readonly commands: readonly string[];
}

const standaloneHello = {
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  minWireVersion: 0,
  maxWireVersion: 25,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
  ok: 1,
};

/** Stands alone, takes every command, knows no collection. */
export async function startFakeMongo(answer: Answer = () => undefined): Promise<FakeMongo> {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= HEADER_BYTES && pending.length >= pending.readInt32LE(0)) {
        const frame = pending.subarray(0, pending.readInt32LE(0));
        pending = pending.subarray(frame.length);
        socket.write(reply(frame));
      }
    });
  });
  const reply = (frame: Buffer): Buffer => {
    const isQuery = frame.readInt32LE(12) === OP_QUERY;
    const at = isQuery ? frame.indexOf(0, HEADER_BYTES + 4) + 1 + 8 : HEADER_BYTES + 5;
    const body = BSON.deserialize(frame.subarray(at, at + frame.readInt32LE(at)));
    const [command = ''] = Object.keys(body);
    commands.push(command);
    const usual = /^(hello|ismaster)$/i.test(command)
      ? standaloneHello
      : command === 'buildInfo'
        ? { version: '8.0.4', ok: 1 }
        : { ok: 1 };
    const document = Buffer.from(BSON.serialize({ ...(answer(command, body) ?? usual) }));
    const head = Buffer.alloc(isQuery ? HEADER_BYTES + 20 : HEADER_BYTES + 5);
    head.writeInt32LE(head.length + document.length, 0);
    head.writeInt32LE(frame.readInt32LE(4), 8);
    head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
    if (isQuery) head.writeInt32LE(1, HEADER_BYTES + 16);
    return Buffer.concat([head, document]);
  };
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return {
    port,
    commands,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

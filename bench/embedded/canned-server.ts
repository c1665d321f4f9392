/**
 * A server in a thread of its own that answers every find with the same order and does nothing else: what a point read
 * takes with it is the driver's and the sockets' share, which no server can go below.
 */
import { createServer, type Socket } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { serialize } from 'bson';

export interface CannedServer extends AsyncDisposable {
  readonly uri: string;
}

export async function startCannedServer(): Promise<CannedServer> {
  const worker = new Worker(new URL(import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return {
    uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_MSG = 2013;

const text = (length: number) => 'x'.repeat(length);
const order = {
  ...{ _id: text(12), order_id: text(12), customer_id: text(14), store_id: text(14), customer_name: text(14) },
  ...{ customer_email: text(30), store_name: text(20), order_date: text(20), status: text(9), item_count: 5 },
  ...{ subtotal: 306.36, discount_total: 0, tax: 29.1, total: 335.46, created_at: text(20), updated_at: text(20) },
  deleted: false,
};
const found = serialize({ cursor: { firstBatch: [order], id: 0n, ns: 'zava.orders' }, ok: 1 });
const hello = serialize({
  ...{ helloOk: true, ismaster: true, isWritablePrimary: true, readOnly: false, ok: 1 },
  ...{ maxBsonObjectSize: 16 * 1024 * 1024, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
  ...{ minWireVersion: 0, maxWireVersion: 25, logicalSessionTimeoutMinutes: 30, connectionId: 1 },
});

/** The driver sends small requests one at a time on a connection: each chunk is one whole frame. */
function answer(socket: Socket, request: Buffer): void {
  const isMessage = request.readInt32LE(12) === OP_MSG;
  const body = isMessage && request.includes('find\0') ? found : hello;
  const head = Buffer.alloc(HEADER_BYTES + (isMessage ? 5 : 20));
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(request.readInt32LE(4), 8);
  head.writeInt32LE(isMessage ? OP_MSG : OP_REPLY, 12);
  if (!isMessage) head.writeInt32LE(1, HEADER_BYTES + 16);
  socket.write(Buffer.concat([head, body]));
}

if (!isMainThread) {
  const listener = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', (request) => answer(socket, request));
    socket.on('error', () => socket.destroy());
  });
  listener.listen(0, '127.0.0.1', () => {
    parentPort?.postMessage((listener.address() as { port: number }).port);
  });
}

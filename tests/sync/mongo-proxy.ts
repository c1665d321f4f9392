/** A network between a gateway and MongoDB whose connections can die without a word, as a firewall lets them. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class MongoProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #dead = new Set<Socket>();
  #isDown = false;

  private constructor(mongoPort: number) {
    this.#server = createServer((client) => {
      const mongo = connect(mongoPort, '127.0.0.1');
      for (const [one, other] of [
        [client, mongo],
        [mongo, client],
      ] as const) {
        this.#sockets.add(one);
        if (this.#isDown) this.#dead.add(one);
        one.on('data', (data) => this.#dead.has(one) || other.write(data));
        one.on('error', () => undefined);
        one.on('close', () => {
          this.#sockets.delete(one);
          if (!this.#dead.has(one)) other.destroy();
        });
      }
    });
  }

  static async open(mongoUri: string): Promise<MongoProxy> {
    const proxy = new MongoProxy(Number(new URL(mongoUri.replace('mongodb:', 'http:')).port));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  uriFor(mongoUri: string): string {
    return mongoUri.replace(/:\d+\//, `:${(this.#server.address() as AddressInfo).port}/`);
  }

  /** Every connection is dead from now on, and so is each new one until `heal`; the dead never come back. */
  kill(): void {
    this.#isDown = true;
    for (const socket of this.#sockets) this.#dead.add(socket);
  }

  heal(): void {
    this.#isDown = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

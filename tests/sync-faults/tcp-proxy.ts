/** A network between a device and its gateway, to be cut one way or both, slowed down, or ended in the middle of a frame. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'up' | 'down';

interface Link {
  readonly device: Socket;
  readonly gateway: Socket;
}

export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #swallowed = new Set<Direction>();
  /** What of each connection may still come down before it is cut. */
  #downBytesLeft = Number.POSITIVE_INFINITY;
  #downBytesPerSecond = Number.POSITIVE_INFINITY;
  connections = 0;

  private constructor(gatewayPort: number) {
    this.#server = createServer((device) => {
      this.connections += 1;
      const gateway = connect(gatewayPort, '127.0.0.1');
      const link = { device, gateway };
      this.#links.add(link);
      device.on('data', (data) => this.#swallowed.has('up') || gateway.write(data));
      gateway.on('data', (data) => this.#bringDown(link, data));
      // Who hangs up is heard only where bytes still get through.
      this.#endTogether(link, device, gateway, 'up');
      this.#endTogether(link, gateway, device, 'down');
    });
  }

  static async open(gatewayPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(gatewayPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get uri(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/sync`;
  }

  /** Bytes in one direction vanish, while both ends believe in the connection. */
  swallow(...directions: Direction[]): void {
    for (const direction of directions) this.#swallowed.add(direction);
  }

  /** Everything goes through again; what was cut is for the ends to find. */
  heal(): void {
    this.#swallowed.clear();
    this.#downBytesLeft = Number.POSITIVE_INFINITY;
    this.#downBytesPerSecond = Number.POSITIVE_INFINITY;
  }

  slowDown(bytesPerSecond: number): void {
    this.#downBytesPerSecond = bytesPerSecond;
  }

  /** The connection ends once this many bytes more have come down: in the middle of a frame. */
  cutAfter(bytes: number): void {
    this.#downBytesLeft = bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { device, gateway } of this.#links) {
      device.destroy();
      gateway.destroy();
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #endTogether(link: Link, one: Socket, other: Socket, direction: Direction): void {
    one.on('error', () => undefined);
    one.on('close', () => {
      this.#links.delete(link);
      if (!this.#swallowed.has(direction)) other.destroy();
    });
  }

  #bringDown({ device, gateway }: Link, data: Buffer): void {
    if (this.#swallowed.has('down')) return;
    device.write(data.subarray(0, Math.max(0, this.#downBytesLeft)));
    this.#downBytesLeft -= data.length;
    if (this.#downBytesLeft <= 0) {
      this.#downBytesLeft = Number.POSITIVE_INFINITY;
      device.destroy();
      return;
    }
    if (this.#downBytesPerSecond === Number.POSITIVE_INFINITY) return;
    gateway.pause();
    setTimeout(() => gateway.resume(), (data.length / this.#downBytesPerSecond) * 1000);
  }
}

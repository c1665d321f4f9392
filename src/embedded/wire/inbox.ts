/**
 * The half-sent messages of all connections. Each may become 48 MB, and a client may open many connections and finish none:
 * what they hold together is bounded. Beyond the bound the connection that has been silent longest is closed.
 */

/** Ten of the largest messages at once. */
const INBOX_BYTES_MAX = 512 * 1024 * 1024;

export interface Sender {
  /** Its half message is given up. */
  giveUp(): void;
}

export class Inbox {
  /** In the order in which they last sent something. */
  readonly #bytesBySender = new Map<Sender, number>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = INBOX_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Notes what `sender` has sent of a message that is not whole yet; 0 when it has nothing of the kind, or is gone. */
  note(sender: Sender, bytes: number): void {
    const before = this.#bytesBySender.get(sender);
    if (before === undefined && bytes === 0) return;
    this.#bytes += bytes - (before ?? 0);
    this.#bytesBySender.delete(sender);
    if (bytes > 0) this.#bytesBySender.set(sender, bytes);
    while (this.#bytes > this.#bytesMax) {
      const [silent, held] = this.#bytesBySender.entries().next().value as [Sender, number];
      this.#bytesBySender.delete(silent);
      this.#bytes -= held;
      silent.giveUp();
    }
  }
}

/**
 * A device's connection to a gateway: the shell around {@link Replica}. Takes one input at a time, stores before it sends,
 * and comes again by itself after every loss, a little later each time.
 */
import {
  type ContentHash,
  gatewayFrameSchema,
  type HybridClock,
  type Operation,
  readFrame,
  type Subscription,
} from '../sync/index.ts';
import { mergedBatch } from './merged-batches.ts';
import {
  Replica,
  type ReplicaEffect,
  type ReplicaInput,
  type ReplicaMemory,
  type ReplicaState,
  type Shadow,
  type StoreBatch,
} from './replica.ts';

/** The device's durable store. Each method is one transaction. */
export interface DeviceStorage {
  load(): Promise<ReplicaMemory>;
  store(batch: StoreBatch): Promise<void>;
  /** Stores a retail action with its outbox entry; answers with the shadows of documents that had none. */
  perform(operation: Operation): Promise<ReadonlyMap<string, Shadow>>;
  /** The hash of every document of a collection, by `_id`. */
  hashes(collection: string): Promise<ReadonlyMap<string, ContentHash>>;
}

/** What this needs of a WebSocket: any of the browsers', of React Native's or of `ws`. */
export interface SocketLike {
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface DeviceLinkOptions {
  readonly deviceId: string;
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
  readonly storage: DeviceStorage;
  readonly clock: HybridClock;
  readonly wallClockMs: () => number;
  /** Tried in turn: any gateway will do. */
  readonly gatewayUris: readonly string[];
  readonly token: () => Promise<string> | string;
  /** 16 hexadecimal digits, at random: names the store's life where it was put back to an older state. */
  readonly newEpoch: () => string;
  readonly openSocket: (uri: string) => SocketLike;
  readonly onState: (state: LinkState) => void;
  readonly log: (line: string) => void;
}

export interface LinkState extends ReplicaState {
  /** False where the user, or the demonstration, has cut the network. */
  readonly isAllowedOnline: boolean;
  readonly lastSyncMs: number | null;
  readonly fault: string | null;
}

const TICK_MS = 500;
const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 15_000;
const RETRY_MS_REFUSED = 60_000;

export class DeviceLink {
  readonly #options: DeviceLinkOptions;
  #replica: Replica;
  #subscriptions: readonly Subscription[];
  #queue: Promise<unknown> = Promise.resolve();
  #mustReload = false;
  #socket: SocketLike | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #attempts = 0;
  #isAllowedOnline = true;
  #isClosed = false;
  #lastSyncMs: number | null = null;
  #fault: string | null = null;

  private constructor(options: DeviceLinkOptions, memory: ReplicaMemory) {
    this.#options = options;
    this.#subscriptions = options.subscriptions;
    this.#replica = this.#replicaOf(memory);
  }

  static async open(options: DeviceLinkOptions): Promise<DeviceLink> {
    const link = new DeviceLink(options, await options.storage.load());
    link.#timer = setInterval(() => link.#takeSoon({ kind: 'tick', wallClockMs: options.wallClockMs() }), TICK_MS);
    link.#connect();
    return link;
  }

  get state(): LinkState {
    return {
      ...this.#replica.state,
      isAllowedOnline: this.#isAllowedOnline,
      lastSyncMs: this.#lastSyncMs,
      fault: this.#fault,
    };
  }

  /**
   * Stores a retail action and sends it when it can. `make` builds the operation when its turn has come, so that it sees
   * all that was stored before. Resolves once it is durable on the device.
   */
  perform<Outcome extends { readonly operation: Operation | null }>(make: () => Promise<Outcome>): Promise<Outcome> {
    return this.#enqueue(async () => {
      const outcome = await make();
      if (outcome.operation === null) return outcome;
      const shadows = await this.#options.storage.perform(outcome.operation);
      this.#fault = null;
      await this.#run(this.#replica.handle({ kind: 'operation', operation: outcome.operation, shadows }));
      return outcome;
    });
  }

  subscribe(subscriptions: readonly Subscription[]): Promise<void> {
    this.#subscriptions = subscriptions;
    return this.#take({ kind: 'subscriptions', subscriptions });
  }

  /** Cuts the network, or lets it be again. */
  setOnline(isAllowed: boolean): void {
    this.#isAllowedOnline = isAllowed;
    this.#attempts = 0;
    if (isAllowed) this.#connect();
    else this.#hangUp();
    this.#tell();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#socket?.close();
    await this.#queue.catch(() => undefined);
  }

  #connect(): void {
    if (this.#socket !== null || this.#isClosed || !this.#isAllowedOnline) return;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    const { gatewayUris, openSocket, token, wallClockMs } = this.#options;
    const socket = openSocket(gatewayUris[this.#attempts % gatewayUris.length] as string);
    this.#socket = socket;
    this.#attempts += 1;
    socket.onopen = () =>
      this.#soon(async () => {
        if (this.#socket !== socket) return;
        await this.#run(this.#replica.handle({ kind: 'opened', token: await token(), wallClockMs: wallClockMs() }));
      });
    const heard: unknown[] = [];
    socket.onmessage = ({ data }) => {
      heard.push(data);
      this.#soon(() => this.#takeHeard(socket, heard));
    };
    // Every error is followed by a close.
    socket.onerror = () => undefined;
    socket.onclose = () => this.#onClose(socket);
  }

  /** All that has come by now; changes that wait behind each other are stored together. */
  async #takeHeard(socket: SocketLike, heard: unknown[]): Promise<void> {
    let waiting: readonly ReplicaEffect[] = [];
    while (heard.length > 0 && this.#socket === socket) {
      const frame = readFrame(gatewayFrameSchema, String(heard.shift()));
      const effects = this.#replica.handle({ kind: 'frame', frame, wallClockMs: this.#options.wallClockMs() });
      if (frame.type === 'welcome' || frame.type === 'pong') this.#attempts = 0;
      if (frame.type === 'changes' && frame.isCheckpoint) this.#lastSyncMs = this.#options.wallClockMs();
      const together = frame.type === 'changes' ? withStoredTogether(waiting, effects) : null;
      if (together === null) await this.#run(waiting);
      waiting = together ?? effects;
      if (frame.type === 'changes') continue;
      await this.#run(waiting);
      waiting = [];
    }
    await this.#run(waiting);
  }

  /** Without waiting for the other end, which may be gone: its word would come after half a minute, or never. */
  #hangUp(): void {
    const socket = this.#socket;
    if (socket === null) return;
    socket.close();
    this.#onClose(socket);
  }

  #onClose(socket: SocketLike): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#takeSoon({ kind: 'closed' });
    this.#soon(async () => this.#connectLater());
  }

  #connectLater(): void {
    if (this.#isClosed || !this.#isAllowedOnline) return;
    // Who was turned away may have been let in again, or have another token by then.
    const isRefused = this.#replica.state.phase === 'refused';
    const backoffMs = isRefused
      ? RETRY_MS_REFUSED
      : Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(this.#attempts, 8));
    this.#retry = setTimeout(() => this.#connect(), backoffMs * (0.5 + Math.random() / 2));
  }

  #take(input: ReplicaInput): Promise<void> {
    return this.#enqueue(() => this.#run(this.#replica.handle(input)));
  }

  #takeSoon(input: ReplicaInput): void {
    this.#soon(() => this.#run(this.#replica.handle(input)));
  }

  /** For what nobody waits for; its fault is told by the state. */
  #soon(work: () => Promise<void>): void {
    this.#enqueue(work).catch(() => undefined);
  }

  /** One thing at a time: what is stored and what the replica believes never part. */
  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(async () => {
      if (this.#mustReload) {
        this.#replica = this.#replicaOf(await this.#options.storage.load());
        this.#mustReload = false;
      }
      return await work();
    });
    this.#queue = done.catch((error: Error) => this.#onFault(error));
    return done;
  }

  /** The store refused, or a frame was not understood: start over from what is stored, with another connection. */
  #onFault(error: Error): void {
    this.#fault = error.message;
    this.#mustReload = true;
    this.#options.log(`${this.#options.name}: ${error.message}`);
    this.#hangUp();
    this.#tell();
  }

  async #run(effects: readonly ReplicaEffect[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'store':
          await this.#options.storage.store(effect.batch);
          this.#fault = null;
          break;
        case 'send':
          this.#socket?.send(JSON.stringify(effect.frame));
          break;
        case 'hash': {
          const { collection } = effect;
          const hashes = await this.#options.storage.hashes(collection);
          await this.#run(this.#replica.handle({ kind: 'hashed', collection, hashes }));
          break;
        }
        case 'close':
          this.#options.log(`${this.#options.name}: ${effect.message}`);
          this.#hangUp();
          break;
      }
    }
    this.#tell();
  }

  #replicaOf(memory: ReplicaMemory): Replica {
    const { deviceId, name, clock, newEpoch } = this.#options;
    return new Replica({ deviceId, name, subscriptions: this.#subscriptions, memory, clock, newEpoch });
  }

  #tell(): void {
    this.#options.onState(this.state);
  }
}

/** Each stores, and then says so. Null where the second has to wait for the first. */
function withStoredTogether(
  earlier: readonly ReplicaEffect[],
  later: readonly ReplicaEffect[],
): readonly ReplicaEffect[] | null {
  const [first, ...said] = earlier;
  const [second, ...saidLater] = later;
  if (first?.kind !== 'store' || second?.kind !== 'store') return null;
  const batch = mergedBatch(first.batch, second.batch);
  return batch === null ? null : [{ kind: 'store', batch }, ...said, ...saidLater];
}

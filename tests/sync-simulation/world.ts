/**
 * A company in one process: devices, gateways and MongoDB, joined by a network that loses connections at any moment. A
 * seed decides every step; the same seed makes the same run.
 */

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import {
  type CollectionName,
  compileFilter,
  hlcText,
  type Permissions,
  type Principal,
} from '../../src/domain/index.ts';
import { Replica, type ReplicaEffect, type ReplicaInput } from '../../src/edge/index.ts';
import { Channel, type ChannelEffect, type ChannelInput, hashesOf } from '../../src/gateway/index.ts';
import {
  type DeviceFrame,
  type Document,
  deviceFrameSchema,
  type GatewayFrame,
  gatewayFrameSchema,
  HybridClock,
  type Operation,
  type Position,
  readFrame,
  type Subscription,
  scopeOf,
} from '../../src/sync/index.ts';
import { DeviceStore } from './device-store.ts';
import { ModelDatabase } from './model-database.ts';

export const STORES = ['store_seattle', 'store_bellevue'] as const;
const START_MS = Date.parse('2026-11-22T08:00:00.000Z');

interface Link {
  readonly channel: Channel;
  readonly toGateway: string[];
  readonly toDevice: string[];
  /** Effects of the channel that wait for the database. */
  readonly tasks: Exclude<ChannelEffect, { kind: 'send' }>[];
  follows: Position | null;
  /** Whether a batch has come since it began to follow. */
  hasFollowed: boolean;
}

export class SimulatedDevice {
  readonly deviceId: string;
  principal: Principal;
  subscriptions: readonly Subscription[];
  store = new DeviceStore('0000000000000001');
  replica: Replica;
  clockSkewMs = 0;
  clock: HybridClock;
  link: Link | null = null;
  isRevoked = false;
  sequence = 0;
  readonly performed: Operation[] = [];

  constructor(deviceId: string, principal: Principal, subscriptions: readonly Subscription[]) {
    this.deviceId = deviceId;
    this.principal = principal;
    this.subscriptions = subscriptions;
    this.clock = new HybridClock(deviceId);
    this.replica = this.#start();
  }

  restart(): void {
    this.link = null;
    this.replica = this.#start();
  }

  #start(): Replica {
    return new Replica({
      deviceId: this.deviceId,
      name: this.deviceId,
      subscriptions: this.subscriptions,
      memory: this.store.memory(),
      newEpoch: () => (BigInt(`0x${this.store.epoch}`) + 1n).toString(16).padStart(16, '0'),
    });
  }
}

export interface WorldOptions {
  readonly seed: number;
  readonly permissions: Permissions;
  readonly devices: readonly SimulatedDevice[];
}

export class World {
  readonly database: ModelDatabase;
  readonly devices: readonly SimulatedDevice[];
  readonly permissions: Permissions;
  readonly #random: ReturnType<typeof xoroshiro128plus>;
  wallClockMs = START_MS;
  documents = 0;

  constructor({ seed, permissions, devices }: WorldOptions) {
    this.database = new ModelDatabase(permissions);
    this.devices = devices;
    this.permissions = permissions;
    this.#random = xoroshiro128plus(seed);
  }

  below(limit: number): number {
    return uniformInt(this.#random, 0, limit - 1);
  }

  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  // ── The network ──────────────────────────────────────────────────────────────────────────────────────────────────

  connect(device: SimulatedDevice): void {
    if (device.link !== null || device.replica.state.phase === 'refused') return;
    const channel = new Channel({
      gatewayId: 'gateway-1',
      permissions: this.permissions,
      wallClockMs: this.wallClockMs,
      chunkDocumentsMax: 3,
      waitingChangesMax: 20,
    });
    device.link = { channel, toGateway: [], toDevice: [], tasks: [], follows: null, hasFollowed: false };
    this.#toReplica(device, { kind: 'opened', token: device.deviceId, wallClockMs: this.wallClockMs });
  }

  cut(device: SimulatedDevice): void {
    if (device.link === null) return;
    device.link = null;
    this.#toReplica(device, { kind: 'closed' });
  }

  /** Carries one thing further on one link; false where there is nothing to carry. */
  carry(device: SimulatedDevice): boolean {
    const { link } = device;
    if (link === null) return false;
    const ways: (() => void)[] = [];
    if (link.toGateway.length > 0) ways.push(() => this.#receiveAtGateway(device, link));
    if (link.toDevice.length > 0) ways.push(() => this.#receiveAtDevice(device, link));
    if (link.tasks.length > 0) ways.push(() => this.#work(device, link));
    if (link.follows !== null && (!link.hasFollowed || link.follows.time < this.database.now().time))
      ways.push(() => this.#stream(device, link));
    if (ways.length === 0) return false;
    this.pick(ways)();
    return true;
  }

  #receiveAtGateway(device: SimulatedDevice, link: Link): void {
    const frame = readFrame(deviceFrameSchema, link.toGateway.shift() as string) as DeviceFrame;
    this.#toChannel(device, link, { kind: 'frame', frame });
  }

  #receiveAtDevice(device: SimulatedDevice, link: Link): void {
    const frame = readFrame(gatewayFrameSchema, link.toDevice.shift() as string) as GatewayFrame;
    this.#toReplica(device, { kind: 'frame', frame });
  }

  // ── The device ───────────────────────────────────────────────────────────────────────────────────────────────────

  perform(device: SimulatedDevice, action: string, changes: Operation['changes']): void {
    const { store } = device;
    device.sequence += 1;
    const operation: Operation = {
      sequence: device.sequence,
      hlc: device.clock.tick(this.wallClockMs + device.clockSkewMs),
      action,
      userId: device.principal.userId,
      changes,
    };
    device.performed.push(operation);
    const shadows = store.perform(operation);
    this.#toReplica(device, { kind: 'operation', operation, shadows });
  }

  changeSubscriptions(device: SimulatedDevice, subscriptions: readonly Subscription[]): void {
    device.subscriptions = subscriptions;
    this.#toReplica(device, { kind: 'subscriptions', subscriptions });
  }

  tick(device: SimulatedDevice): void {
    this.#toReplica(device, { kind: 'tick', wallClockMs: this.wallClockMs });
    if (device.link !== null) this.#toChannel(device, device.link, { kind: 'tick', wallClockMs: this.wallClockMs });
  }

  verify(device: SimulatedDevice): void {
    if (device.link !== null) this.#toChannel(device, device.link, { kind: 'verify' });
  }

  revoke(device: SimulatedDevice): void {
    device.isRevoked = true;
    if (device.link !== null) this.#toChannel(device, device.link, { kind: 'revoked', message: 'lost' });
  }

  grantAgain(device: SimulatedDevice): void {
    device.isRevoked = false;
    if (device.replica.state.phase === 'refused') device.restart();
  }

  #toReplica(device: SimulatedDevice, input: ReplicaInput): void {
    const effects = device.replica.handle(input);
    // A crash may fall between any two effects: what came after is not done.
    const crashAt =
      this.crashProbability > 0 && this.chance(this.crashProbability) ? this.below(effects.length + 1) : -1;
    for (const [index, effect] of effects.entries()) {
      if (index === crashAt) {
        device.restart();
        return;
      }
      this.#doOnDevice(device, effect);
    }
  }

  crashProbability = 0;

  #doOnDevice(device: SimulatedDevice, effect: ReplicaEffect): void {
    switch (effect.kind) {
      case 'send':
        device.link?.toGateway.push(JSON.stringify(effect.frame));
        return;
      case 'store':
        device.store.store(effect.batch);
        return;
      case 'hash':
        this.#toReplica(device, {
          kind: 'hashed',
          collection: effect.collection,
          hashes: device.store.hashes(effect.collection),
        });
        return;
      case 'close':
        this.cut(device);
        return;
    }
  }

  // ── The gateway ──────────────────────────────────────────────────────────────────────────────────────────────────

  #toChannel(device: SimulatedDevice, link: Link, input: ChannelInput): void {
    for (const effect of link.channel.handle(input)) {
      if (effect.kind === 'send') link.toDevice.push(JSON.stringify(effect.frame));
      else if (effect.kind === 'follow') {
        link.follows = effect.from;
        link.hasFollowed = false;
      } else if (effect.kind === 'unfollow') link.follows = null;
      else if (effect.kind === 'close') {
        // What was sent before the end still arrives.
        while (device.link === link && link.toDevice.length > 0) this.#receiveAtDevice(device, link);
        if (device.link === link) this.cut(device);
      } else link.tasks.push(effect);
    }
  }

  #stream(device: SimulatedDevice, link: Link): void {
    if (!this.database.keepsHistorySince(link.follows as Position)) {
      this.#toChannel(device, link, { kind: 'historyLost' });
      return;
    }
    const next = this.database.changesAfter(link.follows as Position).next();
    const batch = next.done === true ? { position: this.database.now(), changes: [] } : next.value;
    link.follows = batch.position;
    link.hasFollowed = true;
    this.#toChannel(device, link, { kind: 'changes', ...batch });
  }

  #work(device: SimulatedDevice, link: Link): void {
    const task = link.tasks.shift();
    if (task === undefined) return;
    const answer = (input: ChannelInput) => {
      if (device.link === link) this.#toChannel(device, link, input);
    };
    switch (task.kind) {
      case 'authenticate':
        if (device.isRevoked) answer({ kind: 'authenticated', principal: null, message: 'revoked' });
        else answer({ kind: 'authenticated', principal: device.principal });
        return;
      case 'start': {
        const { position } = task;
        const isHistoryKept = position !== null && this.database.keepsHistorySince(position);
        answer({ kind: 'started', ticket: task.ticket, now: this.database.now(), isHistoryKept });
        return;
      }
      case 'readChunk': {
        const matches = compileFilter(task.scope.filter);
        const rest = this.database
          .of(task.scope.collection)
          .filter((document) => matches(document) && (task.afterId === null || String(document['_id']) > task.afterId));
        const documents = rest.slice(0, task.limit);
        const lastId = (documents.at(-1)?.['_id'] as string | undefined) ?? null;
        answer({ kind: 'chunk', ticket: task.ticket, documents, lastId, isLast: rest.length <= task.limit });
        return;
      }
      case 'scan':
        if (task.at !== null && task.at.time !== this.database.now().time) {
          answer({ kind: 'scanned', ticket: task.ticket, hashes: null });
        } else {
          const hashes = hashesOf(task.scope, this.database.of(task.scope.collection));
          answer({ kind: 'scanned', ticket: task.ticket, hashes });
        }
        return;
      case 'readDocuments': {
        const ids = new Set(task.ids);
        const documents = this.database.of(task.scope.collection).filter((one) => ids.has(String(one['_id'])));
        answer({ kind: 'documents', ticket: task.ticket, documents });
        return;
      }
      case 'apply': {
        const results = task.operations.map((operation) =>
          this.chance(0.05)
            ? { outcome: 'retry' as const, sequence: (operation as Operation).sequence, afterMs: 10 }
            : this.database.apply({ ...device, epoch: device.store.epoch }, operation, this.wallClockMs),
        );
        // Applied, and the gateway dies before it can say so.
        if (this.chance(0.05)) this.cut(device);
        else answer({ kind: 'applied', results });
        return;
      }
    }
  }

  /** What this device should hold, when all is quiet. */
  expected(device: SimulatedDevice): Map<string, Document> {
    const expected = new Map<string, Document>();
    for (const [collection, scope] of scopeOf(device.subscriptions, this.permissions, device.principal)) {
      for (const document of this.database.of(collection)) {
        const shown = scope.visible(document);
        if (shown !== undefined) expected.set(`${collection}/${document['_id']}`, shown);
      }
    }
    return expected;
  }

  writeDirectly(collection: CollectionName, id: string, after: Document | null): void {
    this.database.writeDirectly(collection, id, after, this.wallClockMs);
  }

  hlcNow(): string {
    return hlcText(this.wallClockMs, 0, 'model');
  }
}

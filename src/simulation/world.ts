/**
 * A company in one process: devices, gateways and MongoDB, joined by a network. The real machines of both ends run in it;
 * time, network, processes and database are the world's. Nothing happens by itself: steps.ts decides what comes next.
 */
import type { CollectionName, Permissions, Principal } from '../domain/index.ts';
import type { ReplicaEffect, ReplicaInput } from '../edge/index.ts';
import { Channel } from '../gateway/index.ts';
import {
  type Document,
  gatewayFrameSchema,
  HybridClock,
  type Operation,
  readFrame,
  type Settlement,
  SyncError,
} from '../sync/index.ts';
import { BrokenPromise } from './broken-promise.ts';
import { aPrincipal, aScope, documentsAtStart, SMALL_SKEWS_MS, START_MS } from './company.ts';
import { SimulatedDevice } from './device.ts';
import type { FaultName } from './faults.ts';
import { SimulatedGateway } from './gateway.ts';
import { GatewaySide } from './gateway-side.ts';
import { Link } from './link.ts';
import { ModelDatabase } from './model-database.ts';
import { ModelTransactions } from './model-transactions.ts';
import { Random } from './random.ts';
import { heardFrame, openRules, type Sabotage, sabotagedBatch } from './sabotage.ts';
import { describeFrame, type TimelineEntry } from './timeline.ts';
import { Watch } from './watch.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly permissions: Permissions;
  readonly devices: number;
  readonly gateways: number;
  readonly faults: readonly FaultName[];
  /** Where only some devices take part: their places. */
  readonly participants?: ReadonlySet<number> | undefined;
  readonly sabotage?: Sabotage | undefined;
}

export class World {
  readonly permissions: Permissions;
  readonly database = new ModelDatabase();
  readonly transactions: ModelTransactions;
  readonly watch: Watch;
  readonly devices: readonly SimulatedDevice[];
  readonly #deviceAt = new Map<number, SimulatedDevice>();
  readonly gateways: readonly SimulatedGateway[];
  readonly timeline: TimelineEntry[] = [];
  readonly #gatewaySide: GatewaySide;
  readonly #sabotage: Sabotage | undefined;
  wallClockMs = START_MS;
  step: TimelineEntry['step'] = 'start';
  /** Of the step that is played. */
  random: Random;
  #links = 0;
  #actions = 0;
  framesCarried = 0;

  constructor({ seed, permissions, devices, gateways, faults, participants, sabotage }: WorldOptions) {
    this.#sabotage = sabotage;
    this.permissions = permissions;
    this.random = new Random(seed ^ 0x5eed);
    this.database.keepsPreImages = this.random.chance(0.9);
    this.transactions = new ModelTransactions(this.database, permissions, sabotage !== 'forgotten_records');
    this.watch = new Watch(this.database, permissions);
    this.#gatewaySide = new GatewaySide(this);
    this.database.write(
      new Map(documentsAtStart(this.random).map(([collection, one]) => [`${collection}/${one['_id']}`, one])),
    );
    const rules = sabotage === 'open_rules' ? openRules(permissions) : permissions;
    this.gateways = Array.from(
      { length: gateways },
      (_, index) => new SimulatedGateway(`gateway-${index + 1}`, rules, this.database.now()),
    );
    for (let place = 0; place < devices; place++) {
      if (participants?.has(place) === false) continue;
      // From its own place, so that a device is the same in a smaller world.
      const random = new Random((seed ^ 0xde71ce) + place * 7919);
      const name = `device-${place + 1}`;
      const device = new SimulatedDevice(name, aPrincipal(random, `user-${place + 1}`), aScope(random));
      if (faults.includes('clock') && random.chance(0.5)) device.clockSkewMs = random.pick(SMALL_SKEWS_MS);
      this.#deviceAt.set(place, device);
    }
    this.devices = [...this.#deviceAt.values()];
    for (const device of this.devices) this.watch.expectScope(device);
  }

  /** Undefined where it takes no part. */
  deviceAt(place: number): SimulatedDevice | undefined {
    return this.#deviceAt.get(place);
  }

  tell(who: string, what: string, isTraffic = false): void {
    this.timeline.push({ step: this.step, atMs: this.wallClockMs, who, what, isTraffic });
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  clockOf = (device: SimulatedDevice): number => this.wallClockMs + device.clockSkewMs;

  gatewayClockOf = (gateway: SimulatedGateway): number => this.wallClockMs + gateway.clockSkewMs;

  /** A second passes, everywhere. */
  tick(): void {
    this.wallClockMs += 1_000;
    this.database.beat();
    for (const gateway of this.gateways) this.#gatewaySide.tick(gateway);
    for (const device of this.devices) this.toReplica(device, { kind: 'tick', wallClockMs: this.clockOf(device) });
  }

  // ── The network ──────────────────────────────────────────────────────────────────────────────────────────────────

  connect(device: SimulatedDevice): void {
    if (device.link !== null || device.replica.state.phase === 'refused') return;
    const gateway = this.random.pick(this.gateways);
    this.#links += 1;
    const channel = new Channel({
      gatewayId: gateway.gatewayId,
      permissions: gateway.permissions,
      groups: gateway.groups,
      wallClockMs: this.gatewayClockOf(gateway),
      // Small, so that a crash finds its place in the middle.
      chunkDocumentsMax: 4,
      frameDocumentsMax: 2,
      waitingChangesMax: 20,
    });
    const link = new Link(this.#links, channel);
    gateway.links.add(link);
    device.link = link;
    this.tell(device.deviceId, `connects to ${gateway.gatewayId}`);
    this.toReplica(device, { kind: 'opened', token: device.deviceId, wallClockMs: this.clockOf(device) });
  }

  /** The device's end notices; what it has sent may still arrive. */
  cut(device: SimulatedDevice): void {
    if (device.link === null) return;
    device.link.closeAtDevice();
    device.link = null;
    this.toReplica(device, { kind: 'closed' });
  }

  deviceOf(link: Link): SimulatedDevice | undefined {
    return this.devices.find((device) => device.link === link);
  }

  /** Every connection, as its gateway has it, with the device whose it was. */
  links(): { gateway: SimulatedGateway; link: Link }[] {
    return this.gateways.flatMap((gateway) => [...gateway.links].map((link) => ({ gateway, link })));
  }

  /** Carries one thing further on one link; false where there is nothing to carry. */
  carry(gateway: SimulatedGateway | null, link: Link): boolean {
    const device = this.deviceOf(link);
    const ways = gateway === null ? [] : this.#gatewaySide.ways(gateway, link);
    if (device !== undefined && link.toDevice.length > 0 && (!link.isSlow || this.random.chance(0.2))) {
      ways.push(() => this.#receiveAtDevice(device, link));
    }
    if (device !== undefined && !link.isUpAtGateway && link.toDevice.length === 0 && !link.vanishesToDevice) {
      ways.push(() => this.cut(device));
    }
    if (ways.length === 0) return false;
    this.framesCarried += 1;
    this.random.pick(ways)();
    if (link.isOver) gateway?.links.delete(link);
    return true;
  }

  #receiveAtDevice(device: SimulatedDevice, link: Link): void {
    const text = link.toDevice.shift() as string;
    try {
      const frame = heardFrame(readFrame(gatewayFrameSchema, text), this.#sabotage);
      this.tell(device.deviceId, `← ${describeFrame(frame)}`, frame.type !== 'goodbye' && frame.type !== 'plan');
      this.toReplica(device, { kind: 'frame', frame, wallClockMs: this.clockOf(device) });
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      this.tell(device.deviceId, `starts over: ${error.message}`);
      device.reload();
    }
  }

  // ── The device ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Something its user does; acknowledged as soon as it is stored. */
  perform(
    device: SimulatedDevice,
    verb: string,
    changesAt: (hlc: string) => Operation['changes'],
    settlement?: { readonly settles: Settlement; readonly originalHlc: string },
  ): void {
    this.#actions += 1;
    const { store } = device;
    const hlc = device.clock.tick(this.clockOf(device));
    if (hlc <= store.newestHlc) {
      throw new BrokenPromise('clock', `${device.deviceId} stamped ${hlc} after ${store.newestHlc}.`);
    }
    const isReplay = settlement?.settles.how === 'replay';
    const operation: Operation = {
      sequence: store.sequence + 1,
      hlc: isReplay ? settlement.originalHlc : hlc,
      ...(settlement === undefined ? {} : { settles: settlement.settles }),
      // Names this operation for good, also where it goes up again under another number.
      action: `${verb} ${this.#actions}`,
      userId: device.principal.userId,
      changes: changesAt(hlc),
    };
    if (this.#crashesNow(device)) return;
    this.transactions.seen.note(operation, (collection, id) => this.watch.versionsShown(device, collection, id));
    const shadows = store.perform(operation);
    device.acknowledged.push({ operation, isLostWithStore: false });
    const targets = operation.changes.map((change) => `${change.collection}/${shortId(change.id)}`);
    this.tell(device.deviceId, `${operation.action}: ${targets.join(', ')}`);
    if (this.#crashesNow(device)) return;
    this.toReplica(device, { kind: 'operation', operation, shadows });
  }

  toReplica(device: SimulatedDevice, input: ReplicaInput): void {
    const { replica } = device;
    let hasStored = input.kind === 'operation';
    for (const effect of replica.handle(input)) {
      if (this.#crashesNow(device)) return;
      // The rest belongs to a process that is no more.
      if (device.replica !== replica) return;
      this.#doOnDevice(device, effect);
      if (effect.kind === 'store') hasStored = true;
    }
    if (hasStored) this.watch.requireView(device);
  }

  #crashesNow(device: SimulatedDevice): boolean {
    if (device.effectsUntilCrash === null) return false;
    device.effectsUntilCrash -= 1;
    if (device.effectsUntilCrash > 0) return false;
    this.crash(device);
    return true;
  }

  /** What it had sent may be on its way still, or not. */
  crash(device: SimulatedDevice): void {
    this.tell(device.deviceId, 'is killed, and starts again');
    if (device.link !== null) device.link.toGateway.length = this.random.below(device.link.toGateway.length + 1);
    if (this.#sabotage === 'forgotten_outbox') device.store.outbox.clear();
    if (this.#sabotage === 'forgotten_shadows') device.store.shadows.clear();
    device.restart();
  }

  #doOnDevice(device: SimulatedDevice, effect: ReplicaEffect): void {
    switch (effect.kind) {
      case 'send':
        device.link?.sendToGateway(JSON.stringify(effect.frame));
        return;
      case 'store':
        for (const { operation, reason } of effect.batch.rejected) {
          this.tell(device.deviceId, `is told that '${operation.action}' was refused: ${reason}`);
        }
        this.watch.requireShown(device, effect.batch);
        device.store.store(sabotagedBatch(effect.batch, this.#sabotage, this.database.now()));
        this.watch.requireNoHole(device);
        return;
      case 'hash': {
        const { collection } = effect;
        this.toReplica(device, { kind: 'hashed', collection, hashes: device.store.hashes(collection) });
        return;
      }
      case 'close':
        this.tell(device.deviceId, `closes: ${effect.message}`);
        this.cut(device);
        return;
    }
  }

  // ── Whoever has power over devices ───────────────────────────────────────────────────────────────────────────────

  changeScope(device: SimulatedDevice): void {
    const before = device.subscriptions;
    this.#askFor(device, aScope(this.random));
    // Somebody who looks at another store for a moment: the first answer comes when it is not wanted any more.
    if (this.random.chance(0.4)) this.#askFor(device, before);
  }

  #askFor(device: SimulatedDevice, subscriptions: SimulatedDevice['subscriptions']): void {
    device.subscriptions = subscriptions;
    this.watch.expectScope(device);
    this.tell(device.deviceId, `asks for ${subscriptions.map(({ collection }) => collection).join(', ')}`);
    this.toReplica(device, { kind: 'subscriptions', subscriptions });
  }

  changeRole(device: SimulatedDevice): void {
    device.principal = aPrincipal(this.random, device.principal.userId);
    this.watch.expectScope(device);
    const { role, stores } = device.principal;
    this.tell(device.deviceId, `is now a ${role} of ${stores === 'all' ? 'all stores' : stores.join(', ')}`);
    for (const { gateway, link } of this.links()) {
      if (link.uploader?.deviceId === device.deviceId) {
        this.#gatewaySide.toChannel(gateway, link, { kind: 'scopeChanged' });
      }
    }
  }

  revoke(device: SimulatedDevice): void {
    device.isRevoked = true;
    this.tell(device.deviceId, 'is shut out');
    for (const { gateway, link } of this.links()) {
      if (link.uploader?.deviceId === device.deviceId) {
        this.#gatewaySide.toChannel(gateway, link, { kind: 'revoked', message: 'lost' });
      }
    }
  }

  grant(device: SimulatedDevice): void {
    if (device.isRevoked) this.tell(device.deviceId, 'is let in again');
    device.isRevoked = false;
    if (device.replica.state.phase === 'refused') device.restart();
  }

  restore(device: SimulatedDevice): void {
    this.tell(device.deviceId, 'is restored from its backup');
    this.transactions.inOrder.exempt(device.deviceId);
    device.restore();
  }

  /** A person at headquarters takes up one entry of the inbox. */
  settleAtHeadquarters(): void {
    const open = [...this.transactions.inbox].filter(([, { isOpen }]) => isOpen);
    if (open.length === 0) return;
    const [inboxId, { deviceId }] = this.random.pick(open);
    const how = this.random.pick(['replay', 'discard'] as const);
    const isSettled = this.transactions.settle(inboxId, how, HEADQUARTERS, this.wallClockMs);
    this.tell('headquarters', `${how}s ${inboxId}${isSettled ? '' : ', and it stays refused'}`);
    for (const { link } of this.links()) if (link.uploader?.deviceId === deviceId) this.#gatewaySide.tellSettled(link);
  }

  verify(gateway: SimulatedGateway, link: Link): void {
    this.#gatewaySide.toChannel(gateway, link, { kind: 'verify' });
  }

  repeatStream(gateway: SimulatedGateway, link: Link): void {
    this.#gatewaySide.repeatStream(gateway, link);
  }

  hearMore(gateway: SimulatedGateway): void {
    this.#gatewaySide.hear(gateway);
  }

  restartGateway(gateway: SimulatedGateway): void {
    this.tell(gateway.gatewayId, 'is killed, and starts again');
    gateway.restart(this.database.now());
  }

  /** For a count that covers whatever is in an item's level. */
  stampAboveMovements(itemId: string): string {
    const clock = new HybridClock('mongodb');
    for (const movement of this.database.of('stock_movements')) {
      if (movement['inventory_id'] === itemId) clock.observe(String(movement['hlc']));
    }
    return clock.tick(this.wallClockMs);
  }

  writeDirectly(collection: CollectionName, id: string, after: Document | null): void {
    this.tell('MongoDB', `${after === null ? 'deletes' : 'writes'} ${collection}/${shortId(id)}`);
    this.transactions.writeDirectly(collection, id, after, this.wallClockMs);
  }
}

const HEADQUARTERS: Principal = { role: 'headquarters', userId: 'office', stores: 'all' };

const shortId = (id: string): string => (id.length === 36 ? `…${id.slice(-4)}` : id);

/** The shell around the gateways' channels in the simulated world: what `gateway/server.ts` is in the real one. */
import { compileFilter } from '../domain/index.ts';
import { type ChannelInput, hashesOf } from '../gateway/index.ts';
import {
  deviceFrameSchema,
  type Hlc,
  type Operation,
  type OperationResult,
  type Position,
  readFrame,
  SyncError,
} from '../sync/index.ts';
import type { SimulatedGateway } from './gateway.ts';
import type { Link, Question } from './link.ts';
import { earlier } from './model-database.ts';
import { describeFrame } from './timeline.ts';
import type { World } from './world.ts';

/** A stream that has told nothing for so long is opened again. */
const STALLED_MS_MAX = 10_000;
/** Frames that may wait for a device before its connection is given up. */
const WAITING_FRAMES_MAX = 60;
const ATTEMPTS_MAX = 5;

export class GatewaySide {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** What could go on next on a link. */
  ways(gateway: SimulatedGateway, link: Link): (() => void)[] {
    const ways: (() => void)[] = [];
    if (link.transaction !== null) ways.push(() => this.#commit(gateway, link));
    if (!link.isUpAtGateway) return ways;
    if (link.toGateway.length > 0) ways.push(() => this.#receive(gateway, link));
    else if (!link.isUpAtDevice && !link.vanishesToGateway) ways.push(() => link.closeAtGateway());
    if (link.questions.length > 0) ways.push(() => this.#look(gateway, link));
    if (link.answers.length > 0) ways.push(() => this.#answer(gateway, link));
    if (link.transaction === null && link.uploads.length > 0) ways.push(() => this.#begin(gateway, link));
    if (link.follows !== null && (!link.hasFollowed || link.follows.time < gateway.heard.time)) {
      ways.push(() => this.#follow(gateway, link));
    }
    return ways;
  }

  tick(gateway: SimulatedGateway): void {
    const { wallClockMs, database } = this.#world;
    if (gateway.stalledSinceMs !== null && wallClockMs - gateway.stalledSinceMs > STALLED_MS_MAX) {
      this.#world.tell(gateway.gatewayId, 'opens its change stream again');
      gateway.stalledSinceMs = null;
    }
    this.hear(gateway);
    if (gateway.stalledSinceMs === null) gateway.heard = database.now();
    for (const link of gateway.links) {
      this.toChannel(gateway, link, { kind: 'tick', wallClockMs: this.#world.gatewayClockOf(gateway) });
      this.tellSettled(link);
    }
  }

  /** The change stream tells a moment more, or that the history is gone. */
  hear(gateway: SimulatedGateway): void {
    const { database } = this.#world;
    if (gateway.stalledSinceMs !== null) return;
    if (database.keepsHistorySince(gateway.heard)) {
      const next = database.batchAfter(gateway.heard, database.now());
      if (next !== null) gateway.heard = next.position;
      return;
    }
    this.#world.tell(gateway.gatewayId, 'finds that MongoDB’s history is gone');
    gateway.heard = database.now();
    for (const link of gateway.links) {
      if (link.follows === null) continue;
      link.follows = null;
      this.toChannel(gateway, link, { kind: 'historyLost' });
    }
  }

  /** A stream that goes back in time. */
  repeatStream(gateway: SimulatedGateway, link: Link): void {
    if (link.follows === null) return;
    const { database, random } = this.#world;
    const from = earlier(link.follows, 1 + random.below(6));
    const batch = database.keepsHistorySince(from) ? database.batchAfter(from, link.follows) : null;
    if (batch === null) return;
    this.#world.tell(gateway.gatewayId, `hears again what it knows, from ${Number.parseInt(batch.position.time, 16)}`);
    this.toChannel(gateway, link, { kind: 'changes', ...batch, hlc: this.#newestHlcAt(batch.position) });
  }

  /** As the stream tells of operations. */
  #newestHlcAt(position: Position): Hlc {
    return this.#world.transactions.newestHlcAt(position);
  }

  toChannel(gateway: SimulatedGateway, link: Link, input: ChannelInput): void {
    if (!link.isUpAtGateway) return;
    for (const effect of link.channel.handle(input)) {
      if (this.#crashesNow(gateway) || !link.isUpAtGateway) return;
      switch (effect.kind) {
        case 'send': {
          if (effect.frame.type === 'results') rememberRejected(link, effect.frame.results);
          const device = this.#world.devices.find(({ deviceId }) => deviceId === link.uploader?.deviceId);
          if (device !== undefined) this.#world.watch.requirePrivacy(device, effect.frame);
          link.sendToDevice(JSON.stringify(effect.frame));
          break;
        }
        case 'follow':
          link.follows = effect.from;
          link.hasFollowed = false;
          break;
        case 'unfollow':
          link.follows = null;
          break;
        case 'close':
          link.closeAtGateway();
          break;
        case 'apply':
          link.uploads.push(...effect.operations);
          break;
        default:
          link.questions.push(effect);
      }
    }
    if (link.toDevice.length > WAITING_FRAMES_MAX) link.closeAtGateway();
  }

  #crashesNow(gateway: SimulatedGateway): boolean {
    if (gateway.effectsUntilCrash === null) return false;
    gateway.effectsUntilCrash -= 1;
    if (gateway.effectsUntilCrash > 0) return false;
    this.#world.restartGateway(gateway);
    return true;
  }

  #receive(gateway: SimulatedGateway, link: Link): void {
    const text = link.toGateway.shift() as string;
    try {
      const frame = readFrame(deviceFrameSchema, text);
      this.#world.tell(gateway.gatewayId, `← ${link.uploader?.deviceId ?? 'a device'}: ${describeFrame(frame)}`, true);
      this.toChannel(gateway, link, { kind: 'frame', frame });
      if (frame.type === 'subscribe' || frame.type === 'resume') {
        for (const inboxId of frame.rejected ?? []) link.rejectedIds.add(inboxId);
        this.tellSettled(link);
      }
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const { code, message } = error;
      this.#world.tell(gateway.gatewayId, `refuses a frame: ${message}`);
      link.sendToDevice(JSON.stringify({ type: 'goodbye', code, message, retryAfterMs: null }));
      link.closeAtGateway();
    }
  }

  /** Refused operations of this device that somebody has settled. */
  tellSettled(link: Link): void {
    const { inbox } = this.#world.transactions;
    const settled = [...link.rejectedIds].filter((inboxId) => inbox.get(inboxId)?.isOpen === false);
    if (settled.length === 0 || !link.isUpAtGateway) return;
    for (const inboxId of settled) link.rejectedIds.delete(inboxId);
    const entries = settled.map((inboxId) => ({ inboxId, state: 'replayed' }));
    link.sendToDevice(JSON.stringify({ type: 'settled', entries }));
  }

  // ── What the channel asks of MongoDB; between reading and answering others may write ─────────────────────────────────

  #look(gateway: SimulatedGateway, link: Link): void {
    const at = this.#world.random.below(link.questions.length);
    const [question] = link.questions.splice(at, 1) as [Question];
    link.answers.push(this.#answerOf(gateway, link, question));
  }

  #answer(gateway: SimulatedGateway, link: Link): void {
    const at = this.#world.random.below(link.answers.length);
    const [answer] = link.answers.splice(at, 1) as [ChannelInput];
    this.toChannel(gateway, link, answer);
  }

  #answerOf(gateway: SimulatedGateway, link: Link, question: Question): ChannelInput {
    const { database } = this.#world;
    switch (question.kind) {
      case 'authenticate':
        return this.#authenticate(link, question.hello.deviceId, question.hello.epoch);
      case 'start': {
        const { ticket, position } = question;
        const isHistoryKept = position !== null && database.keepsHistorySince(position);
        return { kind: 'started', ticket, now: gateway.heard, hlc: this.#newestHlcAt(gateway.heard), isHistoryKept };
      }
      case 'readChunk': {
        const { ticket, scope, afterId, limit } = question;
        const matches = compileFilter(scope.filter);
        const rest = database
          .of(scope.collection)
          .filter((document) => matches(document) && (afterId === null || String(document['_id']) > afterId));
        const documents = rest.slice(0, limit);
        const lastId = (documents.at(-1)?.['_id'] as string | undefined) ?? null;
        const hlc = this.#newestHlcAt(database.now());
        return { kind: 'chunk', ticket, hlc, documents, lastId, isLast: documents.length < limit };
      }
      case 'scan': {
        const { ticket, scope, at } = question;
        if (at !== null && !database.keepsHistorySince(at)) return { kind: 'scanned', ticket, hashes: null };
        const documents = at === null ? database.of(scope.collection) : database.ofAt(scope.collection, at);
        return { kind: 'scanned', ticket, hashes: hashesOf(scope, documents) };
      }
      case 'readDocuments': {
        const ids = new Set(question.ids);
        const documents = database.of(question.scope.collection).filter((one) => ids.has(String(one['_id'])));
        return { kind: 'documents', ticket: question.ticket, hlc: this.#newestHlcAt(database.now()), documents };
      }
    }
  }

  #authenticate(link: Link, deviceId: string, epoch: string): ChannelInput {
    const device = this.#world.devices.find((each) => each.deviceId === deviceId);
    if (device === undefined || device.isRevoked) {
      return { kind: 'authenticated', principal: null, message: 'This device was shut out.' };
    }
    link.uploader = { deviceId, epoch, principal: device.principal };
    return { kind: 'authenticated', principal: device.principal };
  }

  // ── Applying ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #begin(gateway: SimulatedGateway, link: Link): void {
    const value = link.uploads.shift();
    if (link.uploader === null) return;
    const { sequence } = value as Operation;
    if (gateway.operationsPutOff > 0) {
      gateway.operationsPutOff -= 1;
      this.toChannel(gateway, link, { kind: 'applied', results: [{ outcome: 'retry', sequence, afterMs: 1_000 }] });
      return;
    }
    if (this.#crashesNow(gateway)) return;
    const wallClockMs = this.#world.gatewayClockOf(gateway);
    const begun = this.#world.transactions.begin(link.uploader, value, wallClockMs);
    if ('outcome' in begun) this.toChannel(gateway, link, { kind: 'applied', results: [begun] });
    else link.transaction = { value, begun, attempt: 1 };
  }

  /** Also where the connection is gone: nobody takes back what was begun. */
  #commit(gateway: SimulatedGateway, link: Link): void {
    const { transaction, uploader } = link;
    if (transaction === null || uploader === null) return;
    if (this.#crashesNow(gateway)) return;
    const { transactions, watch } = this.#world;
    const { value, begun, attempt } = transaction;
    const result = transactions.commit(begun);
    link.transaction = null;
    if (result === null) {
      this.#world.tell(gateway.gatewayId, `meets another writer in '${(value as Operation).action}'`);
      this.#again(gateway, link, value, attempt);
      return;
    }
    for (const thing of begun.things)
      if (thing.startsWith('inventory/')) watch.requireStock(thing.slice('inventory/'.length));
    this.#world.tell(
      gateway.gatewayId,
      `'${(value as Operation).action}' is ${result.outcome}`,
      result.outcome === 'applied',
    );
    if (this.#crashesNow(gateway)) return;
    this.toChannel(gateway, link, { kind: 'applied', results: [result] });
  }

  #again(gateway: SimulatedGateway, link: Link, value: unknown, attempt: number): void {
    const { sequence } = value as Operation;
    if (attempt >= ATTEMPTS_MAX || link.uploader === null) {
      this.toChannel(gateway, link, { kind: 'applied', results: [{ outcome: 'retry', sequence, afterMs: 1_000 }] });
      return;
    }
    const begun = this.#world.transactions.begin(link.uploader, value, this.#world.gatewayClockOf(gateway));
    if ('outcome' in begun) this.toChannel(gateway, link, { kind: 'applied', results: [begun] });
    else link.transaction = { value, begun, attempt: attempt + 1 };
  }

  #follow(gateway: SimulatedGateway, link: Link): void {
    const { database } = this.#world;
    const from = link.follows;
    if (from === null) return;
    if (!database.keepsHistorySince(from)) {
      link.follows = null;
      this.toChannel(gateway, link, { kind: 'historyLost' });
      return;
    }
    const next = database.batchAfter(from, gateway.heard);
    const batch = next ?? { position: from.time > gateway.heard.time ? from : gateway.heard, changes: [] };
    link.follows = batch.position;
    link.hasFollowed = true;
    this.toChannel(gateway, link, { kind: 'changes', ...batch, hlc: this.#newestHlcAt(batch.position) });
  }
}

function rememberRejected(link: Link, results: readonly OperationResult[]): void {
  for (const result of results) if (result.outcome === 'rejected') link.rejectedIds.add(result.inboxId);
}

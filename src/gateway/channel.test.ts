import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hlcText, permissionsSchema } from '../domain/index.ts';
import {
  BUCKETS,
  contentHash,
  type DeviceFrame,
  type Document,
  type GatewayFrame,
  type Position,
  SetChecksum,
  scopeDigest,
} from '../sync/index.ts';
import { Channel } from './channel.ts';
import type { ChannelEffect, StreamChange } from './channel-effects.ts';
import { frameText } from './frame-text.ts';
import { ScopeGroups } from './scope-group.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);

const positionAt = (time: number): Position => ({ time: time.toString(16).padStart(16, '0'), resumeToken: null });

const aCustomer = (number: number, more: object = {}): Document => ({
  _id: `customer_${number}`,
  customer_id: `customer_${number}`,
  primary_store_id: 'store_seattle',
  ...more,
});

const changed = (document: Document): StreamChange => ({
  collection: 'customers',
  id: String(document['_id']),
  before: null,
  after: document,
});

const UNDER_WAY_MAX = 6;
const HLC = hlcText(0, 0, 'gateway');

type Holdings = Extract<DeviceFrame, { type: 'subscribe' }>['holdings'];
type Changes = Extract<GatewayFrame, { type: 'changes' }>;
type Snapshot = Extract<GatewayFrame, { type: 'snapshot' }>;

/** A channel whose device holds all its customers and follows. */
class FollowingDevice {
  readonly channel: Channel;
  readonly effects: ChannelEffect[] = [];
  #time = 1;

  constructor(groups = new ScopeGroups(permissions), { holdsAll = true, versionMax = 2 } = {}) {
    this.channel = new Channel({
      gatewayId: 'gateway-1',
      permissions,
      groups,
      wallClockMs: 0,
      waitingChangesMax: 1_000,
    });
    const hello = { versionMin: 1, versionMax, token: 't', deviceId: 'tablet-1', epoch: '0123456789abcdef' };
    this.take({ kind: 'frame', frame: { type: 'hello', ...hello, name: 'tablet-1', wallClockMs: 0 } });
    this.take({
      kind: 'authenticated',
      principal: { role: 'sales_rep', userId: 'rep-1', stores: ['store_seattle'] },
    });
    const subscriptions = [{ collection: 'customers' as const, where: {} }];
    const fingerprint = groups
      .groupOf(subscriptions, { role: 'sales_rep', userId: 'rep-1', stores: ['store_seattle'] })
      .scopes.get('customers')?.fingerprint as string;
    const holdings: Holdings = holdsAll ? { customers: { state: 'whole', fingerprint } } : {};
    const position = positionAt(this.#time);
    this.take({
      kind: 'frame',
      frame: { type: 'subscribe', request: 1, subscriptions, position, awaitsTime: null, holdings },
    });
    this.take({ kind: 'started', ticket: 1, now: position, hlc: HLC, isHistoryKept: true });
    if (holdsAll) this.confirmAll();
  }

  take(input: Parameters<Channel['handle']>[0]): void {
    this.effects.push(...this.channel.handle(input));
  }

  tell(changes: readonly StreamChange[]): void {
    this.#time += 1;
    this.take({ kind: 'changes', position: positionAt(this.#time), hlc: HLC, changes });
  }

  confirmAll(): void {
    const newest = this.numbered.at(-1)?.frame ?? 0;
    this.take({ kind: 'frame', frame: { type: 'confirm', frame: newest } });
  }

  get numbered(): (Changes | Snapshot)[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind !== 'send') return [];
      return effect.frame.type === 'changes' || effect.frame.type === 'snapshot' ? [effect.frame] : [];
    });
  }

  get changes(): Changes[] {
    return this.numbered.filter((frame): frame is Changes => frame.type === 'changes');
  }

  did(kind: ChannelEffect['kind']): number {
    return this.effects.filter((effect) => effect.kind === kind).length;
  }
}

const idsOf = (frames: readonly Changes[]): string[] =>
  frames.flatMap(({ upserts }) => upserts.map(({ document }) => String(document['_id'])));

describe('[GW21] a device that is slow', () => {
  test('is sent so many frames and no more until it confirms; then all that waits in one', () => {
    const device = new FollowingDevice();
    for (let number = 1; number <= 100; number++) device.tell([changed(aCustomer(number))]);
    expect(device.changes).toHaveLength(UNDER_WAY_MAX);
    device.confirmAll();
    expect(device.changes).toHaveLength(UNDER_WAY_MAX + 1);
    expect(idsOf(device.changes)).toEqual(Array.from({ length: 100 }, (_, index) => `customer_${index + 1}`));
  });

  test('of a document that changes again and again is told the last state alone', () => {
    const device = new FollowingDevice();
    for (let turn = 1; turn <= 100; turn++) device.tell([changed(aCustomer(1, { turn }))]);
    device.confirmAll();
    expect(idsOf(device.changes)).toHaveLength(UNDER_WAY_MAX + 1);
    expect(device.changes.at(-1)?.upserts[0]?.document).toMatchObject({ turn: 100 });
  });

  test('keeps the newest state of what waits, though the change stream goes back in time', () => {
    const device = new FollowingDevice();
    for (let turn = 1; turn <= 10; turn++) device.tell([changed(aCustomer(1, { turn }))]);
    device.take({ kind: 'changes', position: positionAt(9), hlc: HLC, changes: [changed(aCustomer(1, { turn: 8 }))] });
    device.confirmAll();
    expect(device.changes.at(-1)).toMatchObject({
      position: positionAt(11),
      upserts: [{ document: { turn: 10 } }],
    });
  });

  test('that is idle gets a moment larger than what may wait at once, and is not let go', () => {
    const device = new FollowingDevice();
    device.tell(Array.from({ length: 1_500 }, (_, index) => changed(aCustomer(index))));
    expect(device.channel.state.isLagging).toBe(false);
    expect(idsOf(device.changes)).toHaveLength(1_500);
    expect(device.changes.map(({ isCheckpoint }) => isCheckpoint).slice(-3)).toEqual([false, false, true]);
  });

  test('and was let go while it was compared is read again once that is over', () => {
    const device = new FollowingDevice();
    device.tell([]);
    device.confirmAll();
    device.take({ kind: 'verify' });
    const position = positionAt(2);
    const buckets = Array.from({ length: BUCKETS }, () => new SetChecksum().buckets()[0] as string);
    device.take({ kind: 'frame', frame: { type: 'checksums', collection: 'customers', position, buckets } });
    for (let number = 1; number <= 2_000; number++) device.tell([changed(aCustomer(number))]);
    expect(device.channel.state.isLagging).toBe(true);
    const follows = device.did('follow');
    const scan = device.effects.findLast((effect) => effect.kind === 'scan');
    device.take({ kind: 'scanned', ticket: (scan as { ticket: number }).ticket, hashes: new Map() });
    expect(device.channel.state.isLagging).toBe(false);
    expect(device.did('follow')).toBe(follows + 1);
  });

  test('costs no memory beyond a bound: what waits is let go, and read again from where the device is', () => {
    const device = new FollowingDevice();
    const follows = device.did('follow');
    for (let number = 1; number <= 2_000; number++) device.tell([changed(aCustomer(number))]);
    expect(device.did('unfollow')).toBe(1);
    expect(device.channel.state.isLagging).toBe(true);
    const reached = device.changes.at(-1)?.position;
    device.confirmAll();
    expect(device.channel.state.isLagging).toBe(false);
    expect(device.did('follow')).toBe(follows + 1);
    expect(device.effects.filter((effect) => effect.kind === 'follow').at(-1)).toMatchObject({ from: reached });
  });
});

describe('[GW22] a frame', () => {
  test('holds so many documents and so many bytes; the checkpoint comes with the last of them', () => {
    const device = new FollowingDevice();
    const large = { notes: 'x'.repeat(10_000) };
    device.tell(Array.from({ length: 800 }, (_, number) => changed(aCustomer(number, number < 400 ? large : {}))));
    for (const { upserts } of device.changes) {
      expect(upserts.length).toBeLessThanOrEqual(500);
      expect(JSON.stringify(upserts).length).toBeLessThan(1_100_000);
    }
    expect(idsOf(device.changes)).toHaveLength(800);
    expect(device.changes.filter(({ isCheckpoint }) => isCheckpoint)).toEqual([device.changes.at(-1)]);
  });

  test('of a snapshot says how far it reaches only when all up to there was sent', () => {
    const device = new FollowingDevice(undefined, { holdsAll: false });
    const documents = Array.from({ length: 300 }, (_, number) => aCustomer(number, { notes: 'x'.repeat(10_000) }));
    device.take({ kind: 'chunk', ticket: 2, hlc: HLC, documents, lastId: 'customer_99', isLast: false });
    const frames = device.numbered as Snapshot[];
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.map(({ lastId }) => lastId)).toEqual([...frames.slice(1).map(() => null), 'customer_99']);
    expect(frames.flatMap((frame) => frame.documents)).toHaveLength(300);
  });

  test('goes to devices that see the same as the same bytes', () => {
    const groups = new ScopeGroups(permissions);
    const devices = [new FollowingDevice(groups), new FollowingDevice(groups)];
    const changes = [changed(aCustomer(1)), changed(aCustomer(2, { primary_store_id: 'store_tacoma' }))];
    const position = positionAt(9);
    for (const device of devices) device.take({ kind: 'changes', position, hlc: HLC, changes });
    const [one, other] = devices.map((device) => frameText(device.changes.at(-1) as Changes));
    expect(one?.shared).not.toBeNull();
    expect(one?.shared).toBe(other?.shared);
    const whole = JSON.parse(`${one?.head}${one?.shared?.plain}`) as Changes;
    expect(whole).toEqual(devices[0]?.changes.at(-1));
    expect(idsOf([whole])).toEqual(['customer_1']);
  });
});

test('[GW23] what a role may not see of a document is no change for it', () => {
  const groups = new ScopeGroups(permissions);
  const subscriptions = [{ collection: 'inventory' as const, where: {} }];
  const group = groups.groupOf(subscriptions, { role: 'worker', userId: 'w', stores: ['store_seattle'] });
  const item = {
    _id: 'i',
    inventory_id: 'i',
    store_id: 'store_tacoma',
    product_id: 'prod_1',
    stock_level: 4,
    notes: '',
  };
  const change = (more: object): StreamChange => ({
    collection: 'inventory',
    id: 'i',
    before: item,
    after: { ...item, ...more },
  });
  const portions = (more: object) => group.portions([{ position: positionAt(2), hlc: HLC, changes: [change(more)] }]);
  expect(portions({ notes: 'dusty' })).toEqual([{ upserts: [], removals: [] }]);
  expect(portions({ stock_level: 3 })[0]?.upserts).toHaveLength(1);
});

test.each([
  [2, HLC],
  [1, undefined],
])('[GW67] a device that speaks version %i is told of the newest stamp: %s', (versionMax, hlc) => {
  const device = new FollowingDevice(new ScopeGroups(permissions), { versionMax });
  device.tell([changed(aCustomer(1))]);
  const welcome = device.effects.find((effect) => effect.kind === 'send' && effect.frame.type === 'welcome');
  expect(welcome).toMatchObject({ frame: { version: versionMax } });
  expect(device.changes.at(-1)?.hlc).toBe(hlc);
});

describe('[GW68] a device that holds everything and comes again', () => {
  const principal = { role: 'sales_rep', userId: 'rep-1', stores: ['store_seattle'] } as const;
  const subscriptions = [{ collection: 'customers' as const, where: {} }];
  const position = positionAt(1);
  const hello = { versionMin: 1, versionMax: 2, token: 't', deviceId: 'tablet-1', epoch: '0123456789abcdef' };

  function resuming(groups: ScopeGroups, digest: string) {
    const channel = new Channel({ gatewayId: 'gateway-1', permissions, groups, wallClockMs: 0 });
    const frames: GatewayFrame[] = [];
    const take = (input: Parameters<Channel['handle']>[0]) => {
      for (const effect of channel.handle(input)) if (effect.kind === 'send') frames.push(effect.frame);
    };
    take({ kind: 'frame', frame: { type: 'hello', ...hello, name: 'tablet-1', wallClockMs: 0 } });
    take({ kind: 'authenticated', principal });
    take({ kind: 'frame', frame: { type: 'resume', request: 1, digest, position, awaitsTime: null } });
    take({ kind: 'started', ticket: 1, now: positionAt(3), hlc: HLC, isHistoryKept: true });
    return frames.slice(1);
  }

  test('names what it asks for and holds, and is told nothing that it knows', () => {
    const groups = new ScopeGroups(permissions);
    const { whole } = groups.groupOf(subscriptions, principal);
    const digest = scopeDigest(whole.subscriptions, whole.holdings);
    const plan = { type: 'plan', request: 1, position: null, hlc: HLC, collections: null };
    expect(resuming(groups, digest)).toEqual([plan]);
  });

  test('is asked for all of it by a gateway that does not know the name', () => {
    const unknown = [{ type: 'resume_unknown', request: 1 }];
    expect(resuming(new ScopeGroups(permissions), '0123456789abcdef')).toEqual(unknown);
  });
});

describe('[GW69] contents in parts', () => {
  test('are put together before they are judged', () => {
    const device = new FollowingDevice();
    device.tell([]);
    device.confirmAll();
    device.take({ kind: 'verify' });
    const documents = Array.from({ length: 6 }, (_, index) => aCustomer(index));
    const theirs = new SetChecksum();
    for (const document of documents.slice(1)) theirs.add(String(document['_id']), contentHash(document));
    const [collection, position] = ['customers', positionAt(2)];
    device.take({ kind: 'frame', frame: { type: 'checksums', collection, position, buckets: theirs.buckets() } });
    const scan = device.effects.findLast((effect) => effect.kind === 'scan') as { ticket: number };
    const ours = new Map(documents.slice(0, 5).map((one) => [String(one['_id']), contentHash(one)]));
    device.take({ kind: 'scanned', ticket: scan.ticket, hashes: ours });
    for (const [index, document] of documents.slice(1).entries()) {
      expect(device.did('readDocuments')).toBe(0);
      const hashes = { [String(document['_id'])]: contentHash(document) };
      device.take({ kind: 'frame', frame: { type: 'contents', collection, hashes, isLast: index === 4 } });
    }
    const read = device.effects.findLast((effect) => effect.kind === 'readDocuments') as { ids: readonly string[] };
    expect(read.ids.toSorted()).toEqual(['customer_0', 'customer_5']);
  });
});

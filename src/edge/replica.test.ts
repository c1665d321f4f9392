import { describe, expect, test } from 'vitest';
import { hlcText } from '../domain/index.ts';
import {
  type DeviceFrame,
  type DocumentChange,
  type GatewayFrame,
  HybridClock,
  LIMITS,
  OPERATION_CHARACTERS_MAX,
  type Operation,
  type OperationResult,
  operationHash,
} from '../sync/index.ts';
import { contentsInParts } from './held-contents.ts';
import type { OutboxEntry } from './outbox.ts';
import { Replica, type ReplicaEffect, type ReplicaMemory, type StoreBatch } from './replica.ts';

const noon = Date.parse('2026-11-22T12:00:00.000Z');
const EPOCH = '0123456789abcdef';
const OTHER_EPOCH = 'fedcba9876543210';
const AT = { time: '0000000000000010', resumeToken: null };

const create = (id: string): DocumentChange => ({ kind: 'create', collection: 'customers', id, document: { _id: id } });
const anOperation = (sequence: number, changes: DocumentChange[], more: Partial<Operation> = {}): Operation => ({
  sequence,
  hlc: hlcText(noon, sequence, 'tablet-1'),
  action: 'create_customer',
  userId: 'rep-1',
  changes,
  ...more,
});
const waiting = (operation: Operation): OutboxEntry => ({ operation, appliedTime: null });
const applied = (sequence: number, time = AT.time): OperationResult => ({
  outcome: 'applied',
  sequence,
  time,
  lostFields: 0,
  wasClamped: false,
});
const rejected = (sequence: number, reason: 'payload_differs' | 'outside_scope' | 'already_settled', inboxId: string) =>
  ({ outcome: 'rejected', sequence, reason, message: 'no', inboxId }) as const;

/** A replica with its memory, connected and at a checkpoint. */
class Connected {
  readonly replica: Replica;
  readonly frames: DeviceFrame[] = [];
  readonly batches: StoreBatch[] = [];
  readonly closes: string[] = [];
  readonly clock = new HybridClock('tablet-1');

  constructor(memory: Partial<ReplicaMemory> = {}) {
    const outbox = memory.outbox ?? [];
    this.replica = new Replica({
      deviceId: 'tablet-1',
      name: 'Tablet',
      subscriptions: [{ collection: 'customers', where: {} }],
      newEpoch: () => OTHER_EPOCH,
      clock: this.clock,
      memory: {
        epoch: EPOCH,
        lastSequence: outbox.at(-1)?.operation.sequence ?? 0,
        position: null,
        holdings: {},
        outbox,
        shadows: new Map(),
        rejectedIds: [],
        ...memory,
      },
    });
    this.connect(memory.holdings);
  }

  connect(holdings: ReplicaMemory['holdings'] = {}): void {
    this.#did(this.replica.handle({ kind: 'opened', token: 't', wallClockMs: noon }));
    const welcome = { role: 'sales_rep', stores: [], heartbeatMs: 3_000, operationsPerUploadMax: 200 };
    this.hear({ type: 'welcome', version: 1, gatewayId: 'g', wallClockMs: noon, ...welcome });
    const { request } = this.sent('subscribe').at(-1) as Extract<DeviceFrame, { type: 'subscribe' }>;
    const collections = Object.fromEntries(
      Object.keys(holdings).map((name) => [name, { fingerprint: EPOCH, way: 'changes' as const }]),
    );
    this.hear({ type: 'plan', request, position: AT, collections });
    this.checkpoint(AT.time);
  }

  checkpoint(time: string): void {
    const nothing = { upserts: [], removals: [], isCheckpoint: true };
    this.hear({ type: 'changes', frame: 1, position: { time, resumeToken: null }, ...nothing });
  }

  hear(frame: GatewayFrame): void {
    this.#did(this.replica.handle({ kind: 'frame', frame, wallClockMs: noon }));
  }

  answer(...results: OperationResult[]): void {
    this.hear({ type: 'results', results });
  }

  close(): void {
    this.#did(this.replica.handle({ kind: 'closed' }));
  }

  perform(operation: Operation): void {
    this.#did(this.replica.handle({ kind: 'operation', operation, shadows: new Map() }));
  }

  sent<Type extends DeviceFrame['type']>(type: Type): Extract<DeviceFrame, { type: Type }>[] {
    return this.frames.filter((frame): frame is Extract<DeviceFrame, { type: Type }> => frame.type === type);
  }

  /** Since it was asked last. */
  uploaded(): Operation[] {
    const operations = this.sent('upload').flatMap((frame) => frame.operations as Operation[]);
    this.frames.length = 0;
    return operations;
  }

  #did(effects: readonly ReplicaEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send') this.frames.push(effect.frame);
      if (effect.kind === 'store') this.batches.push(effect.batch);
      if (effect.kind === 'close') this.closes.push(effect.code);
    }
  }
}

describe('a device whose store was put back to an older state', () => {
  // The last waits for the one before it, and is never sent under its old number.
  const changed = [['c5'], ['c6'], ['c7'], ['c7', 'c8']];
  const outbox = changed.map((ids, index) => waiting(anOperation(index + 5, ids.map(create))));

  test('[ED28] begins a new life: what MongoDB does not have is sent once more under new numbers, what it set aside is settled by that', () => {
    const device = new Connected({ outbox });
    expect(device.uploaded().map(({ sequence }) => sequence)).toEqual([5, 6, 7]);
    device.answer(applied(5), rejected(6, 'payload_differs', 'tablet-1:x:6:h6'));
    expect(device.closes).toEqual([]);
    device.answer({ outcome: 'retry', sequence: 7, afterMs: 0 });
    expect(device.closes).toEqual([]);
    expect(device.uploaded().map(({ sequence }) => sequence)).toEqual([7]);
    device.answer(rejected(7, 'payload_differs', 'tablet-1:x:7:h7'));
    expect(device.closes).toEqual(['EPOCH_CHANGED']);
    const batch = device.batches.at(-1) as StoreBatch;
    expect(batch.newLife).toEqual({ epoch: OTHER_EPOCH, lastSequence: 11 });
    expect(batch.outbox.remove).toEqual([6, 7, 8]);
    expect(batch.rejected).toEqual([]);
    expect(device.uploaded()).toEqual([]);
    device.close();
    device.connect();
    expect(device.sent('hello')[0]?.epoch).toBe(OTHER_EPOCH);
    const again = device.uploaded();
    device.answer(applied(9), applied(10));
    again.push(...device.uploaded());
    expect(again.map(({ sequence, settles }) => [sequence, settles?.inboxId])).toEqual([
      [9, 'tablet-1:x:6:h6'],
      [10, 'tablet-1:x:7:h7'],
      [11, undefined],
    ]);
    expect(again.map(({ changes }) => changes)).toEqual(outbox.slice(1).map(({ operation }) => operation.changes));
  });

  test('[ED28] asks again under the old numbers when the connection was lost in between', () => {
    const device = new Connected({ outbox });
    device.uploaded();
    device.answer(rejected(6, 'payload_differs', 'tablet-1:x:6:h6'));
    device.close();
    device.connect();
    expect(device.sent('hello')[0]?.epoch).toBe(EPOCH);
    expect(device.uploaded().map(operationHash)).toEqual(
      outbox.slice(0, 3).map(({ operation }) => operationHash(operation)),
    );
  });
});

describe('a settlement', () => {
  const inboxId = `tablet-1:${EPOCH}:3`;
  const settlement = (how: 'replay' | 'change' | 'discard') =>
    anOperation(4, how === 'discard' ? [] : [create('c3')], { settles: { inboxId, how } });

  test('[ED26] is done when headquarters has applied it: what was refused is gone then', () => {
    const device = new Connected({ rejectedIds: [inboxId] });
    expect(device.sent('subscribe')[0]?.rejected).toEqual([inboxId]);
    device.perform(settlement('discard'));
    expect(device.uploaded()).toHaveLength(1);
    device.answer(applied(4));
    expect(device.batches.flatMap(({ settled }) => settled)).toEqual([inboxId]);
  });

  test('[ED26] that is refused in its turn leaves one thing to settle, with the newest reason and contents', () => {
    const device = new Connected({ rejectedIds: [inboxId] });
    device.perform(settlement('change'));
    device.answer(rejected(4, 'outside_scope', inboxId));
    const { rejected: kept, settled } = device.batches.at(-1) as StoreBatch;
    expect(settled).toEqual([]);
    expect(kept).toMatchObject([{ inboxId, reason: 'outside_scope', operation: { sequence: 4 } }]);
    expect(kept[0]?.operation.settles).toBeUndefined();
  });

  test('[ED26] that came second is told; only what it carried is left to settle', () => {
    const second = new Connected({ rejectedIds: [inboxId] });
    second.perform(settlement('replay'));
    second.answer(rejected(4, 'already_settled', `tablet-1:${EPOCH}:4`));
    expect(second.batches.at(-1)).toMatchObject({
      settled: [inboxId],
      rejected: [{ inboxId: `tablet-1:${EPOCH}:4`, reason: 'already_settled' }],
    });
    const empty = new Connected({ rejectedIds: [inboxId] });
    empty.perform(settlement('discard'));
    empty.answer(rejected(4, 'already_settled', `tablet-1:${EPOCH}:4`));
    expect(empty.batches.at(-1)).toMatchObject({ settled: [inboxId], rejected: [] });
  });

  test('[ED26] at headquarters takes the entry from the device', () => {
    const device = new Connected({ rejectedIds: [inboxId] });
    const entries = [
      { inboxId, state: 'discarded' as const },
      { inboxId: 'another', state: 'replayed' as const },
    ];
    device.hear({ type: 'settled', entries });
    expect(device.batches.at(-1)?.settled).toEqual([inboxId]);
  });
});

describe('an outbox after a day without a network', () => {
  /** How often any operation's changes are looked at while all of them are sent, answered and come back. */
  function looksOf(count: number): number {
    let looks = 0;
    const outbox = Array.from({ length: count }, (_, index): OutboxEntry => {
      const changes = [create(`order_${index}`), create(`item_${index}`), create(`customer_${Math.floor(index / 4)}`)];
      const { changes: _changes, ...rest } = anOperation(index + 1, changes);
      const counted = Object.defineProperty(rest, 'changes', {
        enumerable: true,
        get: () => {
          looks += 1;
          return changes;
        },
      }) as Operation;
      return { operation: counted, appliedTime: null };
    });
    const device = new Connected({ outbox });
    let sent = device.uploaded();
    let done = 0;
    while (sent.length > 0) {
      for (const { sequence } of sent) {
        done += 1;
        const time = (BigInt(`0x${AT.time}`) + BigInt(done)).toString(16).padStart(16, '0');
        device.answer(applied(sequence, time));
        device.checkpoint(time);
        device.batches.length = 0;
        void device.replica.state;
      }
      sent = device.uploaded();
    }
    expect(done).toBe(count);
    expect(device.replica.state.pendingOperations).toBe(0);
    return looks;
  }

  test('[ED27] costs per operation what a small one costs', () => {
    const perOperation = looksOf(250) / 250;
    expect(looksOf(2_000) / 2_000).toBeLessThan(perOperation * 1.1);
  });

  test('[ED27] an operation that no frame can carry is named instead, and the others go up', () => {
    const large = anOperation(1, [
      {
        kind: 'create',
        collection: 'customers',
        id: 'c1',
        document: { _id: 'c1', notes: 'x'.repeat(OPERATION_CHARACTERS_MAX) },
      },
    ]);
    const device = new Connected({ outbox: [waiting(large), waiting(anOperation(2, [create('c2')]))] });
    const [named, ...others] = device.uploaded();
    expect(named).toMatchObject({ sequence: 1, characters: expect.any(Number) });
    expect(named).not.toHaveProperty('changes');
    device.answer(applied(1));
    expect([...others, ...device.uploaded()].map(({ sequence }) => sequence)).toContain(2);
  });
});

describe('a device that lost its shadows', () => {
  test('[ED29] keeps its own work on top of what MongoDB sends', () => {
    const edit: DocumentChange = {
      kind: 'set',
      collection: 'customers',
      id: 'c1',
      fields: { first_name: 'Grace' },
      unset: [],
      seen: {},
    };
    const device = new Connected({ outbox: [waiting(anOperation(1, [edit]))] });
    const document = { _id: 'c1', first_name: 'Ada', last_name: 'Byron' };
    const upserts = [{ collection: 'customers', document }];
    device.hear({ type: 'changes', frame: 2, position: AT, upserts, removals: [], isCheckpoint: true });
    expect(device.batches.at(-1)).toMatchObject({
      upserts: [{ document: { first_name: 'Grace', last_name: 'Byron' } }],
      shadows: { put: [{ key: 'customers/c1', shadow: { document, isGone: false } }] },
    });
  });
});

describe('[ED43] a device edits after what it has seen', () => {
  const ahead = hlcText(noon + 59_000, 3, 'gateway');
  const nothing = { upserts: [], removals: [], isCheckpoint: true };
  const welcome = { role: 'sales_rep', stores: [], heartbeatMs: 3_000, operationsPerUploadMax: 200 };
  const changes = { type: 'changes' as const, frame: 1, position: AT, ...nothing };

  test('its clock takes the newest stamp of what it is brought for seen, and keeps it with the documents', () => {
    const device = new Connected();
    device.hear({ ...changes, hlc: ahead });
    expect(device.clock.tick(noon) > ahead).toBe(true);
    expect(device.batches.at(-1)?.sync?.newestHlc).toBe(hlcText(noon + 59_000, 3, 'tablet-1'));
  });

  test('a gateway that speaks of stamps must not leave them out; an older one does not know of them', () => {
    const device = new Connected();
    device.hear({ type: 'welcome', version: 2, gatewayId: 'g', wallClockMs: noon, ...welcome });
    expect(() => device.hear(changes)).toThrow(/without the newest stamp/);
    device.hear({ type: 'welcome', version: 1, gatewayId: 'g', wallClockMs: noon, ...welcome });
    device.hear(changes);
  });
});

test('[ED44] the contents of 300,000 documents come in parts that fit a frame', () => {
  const hash = '0123456789abcdef';
  const contents = Array.from({ length: 300_000 }, (_, index) => [`${index}`.padStart(36, '0'), hash] as const);
  const parts = contentsInParts(contents);
  expect(parts.flat()).toHaveLength(contents.length);
  for (const part of parts) {
    const frame = { type: 'contents', collection: 'customers', hashes: Object.fromEntries(part), isLast: false };
    expect(JSON.stringify(frame).length).toBeLessThan(LIMITS.frameBytesMax);
  }
  expect(contentsInParts([])).toEqual([[]]);
});

describe('[ED45] a device that holds everything', () => {
  const memory: Partial<ReplicaMemory> = {
    position: AT,
    holdings: { customers: { state: 'whole', fingerprint: EPOCH } },
  };
  const welcome = { role: 'sales_rep', stores: [], heartbeatMs: 3_000, operationsPerUploadMax: 200 };

  test('names what it asks for; tells all of it where the name is not known; and takes a plan that says nothing new', () => {
    const device = new Connected(memory);
    device.frames.length = 0;
    device.hear({ type: 'welcome', version: 2, gatewayId: 'g', wallClockMs: noon, ...welcome });
    const [{ request, digest }] = device.sent('resume') as [Extract<DeviceFrame, { type: 'resume' }>];
    expect(digest).toMatch(/^[0-9a-f]{16}$/);
    device.hear({ type: 'resume_unknown', request });
    expect(device.sent('subscribe')).toMatchObject([{ request, holdings: memory.holdings, position: AT }]);
    const hlc = hlcText(noon, 0, 'gateway');
    device.hear({ type: 'plan', request, position: null, hlc, collections: null });
    const position = { time: '0000000000000020', resumeToken: null };
    device.hear({ type: 'changes', frame: 1, position, hlc, upserts: [], removals: [], isCheckpoint: true });
    expect(device.replica.state).toMatchObject({ phase: 'online', position });
    expect(device.batches.at(-1)?.sync?.holdings).toEqual(memory.holdings);
  });
});

/** [ES12] What a change stream tells is what happened: its events alone make the collection. */
import { BSON, type ChangeStreamDocument, type ChangeStreamUpdateDocument, type Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Operation, operations } from './arbitrary/operations.ts';
import { order } from './model/order.ts';
import { Run } from './run.ts';
import { exact, openEmbedded, type Peer } from './servers.ts';
import { holds, testMs } from './settings.ts';

let peer: Peer;
beforeAll(async () => {
  peer = await openEmbedded();
});

type Event = ChangeStreamDocument & Document;

const options = { fullDocument: 'required', fullDocumentBeforeChange: 'required', maxAwaitTimeMS: 20 } as const;
const END = 'end';

const ONCE_FAILED: Operation[][] = [
  // Fields that only changed their places.
  [
    { kind: 'insertMany', documents: [{ _id: 4, c: '', a: -1 }], ordered: true },
    {
      kind: 'update',
      filter: { _id: 4 },
      update: [{ $replaceWith: { _id: '$_id', a: '$a', b: '$b', c: '$c' } }],
      upsert: false,
      many: false,
    },
  ],
];

let last = 0;

/** Equal for documents with the same fields in any order: a description says nothing of the order. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, unordered(field)]));
}

const copyOf = (document: Document): Document =>
  BSON.deserialize(BSON.serialize(document), { promoteValues: false, promoteLongs: false, bsonRegExp: true });

/** The document before, with what the description says done to it. */
function applied(before: Document, description: ChangeStreamUpdateDocument['updateDescription']): Document {
  const document = copyOf(before);
  const ownerOf = (path: string): [Document, string] => {
    const names = path.split('.');
    const owner = names.slice(0, -1).reduce<Document>((value, name) => value[name] as Document, document);
    return [owner, names.at(-1)!];
  };
  for (const path of description.removedFields ?? []) {
    const [owner, name] = ownerOf(path);
    expect(Object.hasOwn(owner, name), `${path} was there to be removed`).toBe(true);
    delete owner[name];
  }
  for (const { field, newSize } of description.truncatedArrays ?? []) {
    const [owner, name] = ownerOf(field);
    (owner[name] as unknown[]).length = Number(newSize);
  }
  for (const [path, value] of Object.entries(description.updatedFields ?? {})) {
    const [owner, name] = ownerOf(path);
    owner[name] = value;
  }
  return document;
}

function check(event: Event, documents: Map<string, Document>): void {
  const id = exact((event['documentKey'] as Document)['_id']);
  const held = documents.get(id);
  const before = event['fullDocumentBeforeChange'] as Document | undefined;
  const after = event['fullDocument'] as Document | undefined;
  const tell = `${event.operationType} of ${id}`;
  if (event.operationType === 'insert') {
    expect(held, tell).toBeUndefined();
    documents.set(id, after!);
    return;
  }
  expect(exact(before), `${tell}: the image before`).toBe(exact(held));
  if (event.operationType === 'delete') {
    documents.delete(id);
    return;
  }
  expect(['update', 'replace']).toContain(event.operationType);
  if (event.operationType === 'update') {
    const made = applied(before!, event.updateDescription);
    expect(exact(unordered(made)), `${tell}: ${exact(event.updateDescription)}`).toBe(exact(unordered(after)));
    const { updatedFields, removedFields, truncatedArrays } = event.updateDescription;
    const told =
      Object.keys(updatedFields ?? {}).length + (removedFields?.length ?? 0) + (truncatedArrays?.length ?? 0);
    expect(told, `${tell} tells of something: ${exact(before)} became ${exact(after)}`).toBeGreaterThan(0);
  }
  documents.set(id, after!);
}

describe('the events of a change stream', () => {
  test(
    '[ES12] make the collection from nothing, each in its place, and the same again from any token',
    async () => {
      await holds('change streams', operations, { cases: 20, onceFailed: ONCE_FAILED }, async (sequence) => {
        const run = new Run(peer, `s${++last}`, true);
        await run.open({ changeStreamPreAndPostImages: { enabled: true } });
        const collection = peer.db.collection(`s${last}`);
        const stream = collection.watch([], options);
        try {
          await stream.tryNext();
          for (const operation of sequence) await run.answer(operation);
          await run.settle();
          await collection.insertOne({ _id: END as never });
          const events: Event[] = [];
          for (;;) {
            const event = (await stream.next()) as Event;
            if (event['documentKey']?._id === END) break;
            events.push(event);
          }
          const documents = new Map<string, Document>();
          for (const event of events) check(event, documents);
          const stored = await collection.find({ _id: { $ne: END as never } }).toArray();
          expect([...documents.values()].map(exact).sort()).toEqual(stored.map(exact).sort());
          for (const [at, event] of events.slice(1).entries()) {
            const previous = events[at]!;
            expect(order(event['clusterTime'], previous['clusterTime']), 'cluster times ascend').toBeGreaterThanOrEqual(
              0,
            );
            const [token, tokenBefore] = [event._id, previous._id].map((id) => String((id as Document)['_data']));
            expect(token! > tokenBefore!, `tokens ascend: ${tokenBefore} ${token}`).toBe(true);
          }
          if (events.length > 0) {
            const middle = events[Math.floor(events.length / 2)]!;
            const again = collection.watch([], { ...options, resumeAfter: middle._id });
            try {
              for (const event of events.slice(Math.floor(events.length / 2) + 1)) {
                expect(exact(await again.next()), 'resumed').toBe(exact(event));
              }
            } finally {
              await again.close();
            }
          }
        } finally {
          await stream.close();
          await run.close();
        }
      });
    },
    testMs,
  );
});

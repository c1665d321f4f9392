/**
 * Random sequences of operations on two servers that must agree in results, counts and codes of errors. Where
 * MONGODB_CONNECTION_STRING names a MongoDB, it is the peer; else a second embedded server is, without the case's
 * indexes, so that the same comparing code runs and every plan has another one to agree with.
 */
import type { ClientSession, Collection, Document } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Operation, operations } from './arbitrary/operations.ts';
import { connect, exact, isRefused, openEmbedded, outcomeOf, type Peer } from './servers.ts';
import { holds, testMs } from './settings.ts';

const uri = process.env['MONGODB_CONNECTION_STRING'] ?? '';
const isReal = uri !== '';

let own: Peer;
let peer: Peer;
beforeAll(async () => {
  own = await openEmbedded();
  peer = isReal ? await connect(uri, `zava_truth_${process.pid}`) : await openEmbedded();
  process.stdout.write(
    isReal
      ? `truth: operations run on the embedded server and on ${new URL(uri).host}\n`
      : 'truth: operations run on two embedded servers, one of them without indexes: MONGODB_CONNECTION_STRING is not set\n',
  );
});

/** What a sequence is run on. */
class Run {
  readonly #peer: Peer;
  readonly #collection: Collection<Document>;
  readonly #withIndexes: boolean;
  #session: ClientSession | undefined;

  constructor(peer: Peer, name: string, withIndexes: boolean) {
    this.#peer = peer;
    this.#collection = peer.db.collection(name);
    this.#withIndexes = withIndexes;
  }

  async open(): Promise<void> {
    await this.#collection.drop().catch(() => undefined);
    await this.#peer.db.createCollection(this.#collection.collectionName);
  }

  async close(): Promise<void> {
    if (this.#session !== undefined) await this.#end('abort');
    await this.#collection.drop().catch(() => undefined);
  }

  /** The answer as text that two servers can be compared by. */
  async answer(operation: Operation): Promise<string> {
    const outcome = await outcomeOf(() => this.#run(operation));
    if (!isRefused(outcome)) return exact(outcome.result);
    // An operation that fails inside a transaction ends it.
    if (this.#session !== undefined) await this.#end('abort');
    return `refused with ${outcome.code}`;
  }

  async documents(): Promise<string[]> {
    return (await this.#collection.find().sort({ _id: 1 }).toArray()).map(exact);
  }

  async #end(how: 'commit' | 'abort'): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    if (how === 'commit') await session.commitTransaction();
    else if (session.inTransaction()) await session.abortTransaction();
    await session.endSession();
  }

  async #run(operation: Operation): Promise<unknown> {
    const collection = this.#collection;
    const options = this.#session === undefined ? {} : { session: this.#session };
    switch (operation.kind) {
      case 'begin':
        if (this.#session === undefined) {
          this.#session = this.#peer.client.startSession();
          this.#session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
        }
        return 'begun';
      case 'commit':
      case 'abort':
        await this.#end(operation.kind);
        return 'ended';
      case 'createIndex': {
        // A server without indexes must answer the same; a unique one is part of the answer.
        const isNeeded = operation.options['unique'] === true;
        if ((this.#withIndexes || isNeeded) && this.#session === undefined) {
          const made = await outcomeOf(() => collection.createIndex(operation.key as never, operation.options));
          // Arrays side by side keep a server from making it: then neither has it.
          return isNeeded && isRefused(made) ? made.code : 'made';
        }
        return 'made';
      }
      case 'insertMany': {
        const result = await collection.insertMany(
          operation.documents.map((one) => ({ ...one })),
          { ...options, ordered: operation.ordered },
        );
        return { n: Number(result.insertedCount) };
      }
      case 'update': {
        const { filter, update, upsert, many } = operation;
        const result = many
          ? await collection.updateMany(filter, update as Document, { ...options, upsert })
          : await collection.updateOne(filter, update as Document, { ...options, upsert, sort: { _id: 1 } });
        return { n: Number(result.matchedCount), m: Number(result.modifiedCount), u: Number(result.upsertedCount) };
      }
      case 'replace': {
        const result = await collection.replaceOne(operation.filter, operation.document, {
          ...options,
          upsert: operation.upsert,
          sort: { _id: 1 },
        });
        return { n: Number(result.matchedCount), m: Number(result.modifiedCount), u: Number(result.upsertedCount) };
      }
      case 'delete':
        return { n: Number((await collection.deleteMany(operation.filter, options)).deletedCount) };
      case 'findAndModify': {
        const { filter, update, after, projection } = operation;
        const more = { ...options, sort: { _id: -1 } as const, projection };
        return update === null
          ? await collection.findOneAndDelete(filter, more)
          : await collection.findOneAndUpdate(filter, update as Document, {
              ...more,
              returnDocument: after ? 'after' : 'before',
            });
      }
      case 'bulkWrite': {
        const result = await collection.bulkWrite(operation.writes as never, {
          ...options,
          ordered: operation.ordered,
        });
        return [
          result.insertedCount,
          result.matchedCount,
          result.modifiedCount,
          result.deletedCount,
          result.upsertedCount,
        ].map(Number);
      }
      case 'find':
        return await collection
          .find(operation.filter, {
            ...options,
            sort: { ...operation.sort, _id: 1 },
            skip: operation.skip,
            limit: operation.limit,
            projection: operation.projection,
          })
          .toArray();
      case 'count':
        return Number(await collection.countDocuments(operation.filter, options));
      case 'aggregate': {
        const documents = await collection.aggregate(operation.pipeline, options).toArray();
        return documents.map(exact).sort();
      }
    }
  }
}

let last = 0;

describe(`the embedded server and ${isReal ? 'a real MongoDB' : 'a second embedded server without indexes'} agree`, () => {
  test(
    '[ES6] [ES9] [ES11] on random sequences of writes, reads, indexes and transactions',
    async () => {
      await holds('sequences of operations', operations, { cases: 60 }, async (sequence) => {
        const name = `c${++last}`;
        const mine = new Run(own, name, true);
        const theirs = new Run(peer, name, isReal);
        try {
          await mine.open();
          await theirs.open();
          for (const [at, operation] of sequence.entries()) {
            const is = await mine.answer(operation);
            const must = await theirs.answer(operation);
            expect(is, `operation ${at}, ${exact(operation)}`).toBe(must);
          }
          expect(await mine.documents(), 'the documents at the end').toEqual(await theirs.documents());
        } finally {
          await mine.close();
          await theirs.close();
        }
      });
    },
    testMs,
  );
});

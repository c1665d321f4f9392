/** Runs the operations of `arbitrary/operations.ts` on a server. */
import type { ClientSession, Collection, CreateCollectionOptions, Document } from 'mongodb';
import type { Operation } from './arbitrary/operations.ts';
import { exact, isRefused, outcomeOf, type Peer } from './servers.ts';

/** One collection on one server, and the transaction that is open on it. */
export class Run {
  readonly #peer: Peer;
  readonly #collection: Collection<Document>;
  readonly #withIndexes: boolean;
  #session: ClientSession | undefined;

  constructor(peer: Peer, name: string, withIndexes: boolean) {
    this.#peer = peer;
    this.#collection = peer.db.collection(name);
    this.#withIndexes = withIndexes;
  }

  async open(options: CreateCollectionOptions = {}): Promise<void> {
    await this.#collection.drop().catch(() => undefined);
    await this.#peer.db.createCollection(this.#collection.collectionName, options);
  }

  /** Ends the open transaction, if there is one. */
  async settle(): Promise<void> {
    if (this.#session !== undefined) await this.#end('abort');
  }

  async close(): Promise<void> {
    await this.settle();
    await this.#collection.drop().catch(() => undefined);
  }

  /** The answer as text that two servers can be compared by. */
  async answer(operation: Operation): Promise<string> {
    const outcome = await outcomeOf(() => this.#run(operation));
    if (!isRefused(outcome)) return exact(outcome.result);
    // An operation that fails inside a transaction ends it.
    await this.settle();
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

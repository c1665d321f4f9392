/** Carries out the workload's operations with the official driver. */
import {
  type AnyBulkWriteOperation,
  Binary,
  type ClientSession,
  type Collection,
  Long,
  type MongoClient,
  MongoServerError,
} from 'mongodb';
import { canonical, type Fields, show, type Value } from './model.ts';
import { type Call, COUNTER_COLLECTION, COUNTER_ID, type Operation, type WriteModel } from './workload.ts';

export const DATABASE = 'torture';

/**
 * `acknowledged`: what it promised is there. `unknown`: the connection was lost on the way. `refused`: the server said
 * that nothing of it stays, as it may (two transactions met). `wrong`: it answered what it must not.
 */
export type Outcome =
  | { readonly outcome: 'acknowledged' | 'refused' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'wrong'; readonly what: string };

type Row = Fields & { _id: string };

const WRITE_CONFLICT = 112;

export class Performer {
  readonly #client: MongoClient;
  readonly #retrySession: Binary;
  readonly #retries: ClientSession;

  /** `sessionBytes`: the id of the session that this client's retryable writes use, before a crash and after it. */
  constructor(client: MongoClient, sessionBytes: Uint8Array) {
    this.#client = client;
    this.#retrySession = new Binary(sessionBytes, Binary.SUBTYPE_UUID);
    this.#retries = client.startSession();
    // The driver draws a session's id itself; a write that is sent again after a crash needs the same one.
    (this.#retries.serverSession as { id: object }).id = { id: this.#retrySession };
  }

  async perform(operation: Operation): Promise<Outcome> {
    const { call, code, returns } = operation;
    let found: readonly Fields[] | undefined;
    let commitSent = false;
    try {
      if (call.do === 'transaction') await this.#transaction(call, () => (commitSent = true));
      else found = await this.#perform(call);
    } catch (error) {
      if (!(error instanceof MongoServerError)) {
        // What was sent before a commit was asked for must not be there.
        return { outcome: call.do === 'transaction' && !commitSent ? 'refused' : 'unknown' };
      }
      if (code !== undefined && error.code === code) return { outcome: 'acknowledged' };
      if (call.do === 'transaction' && error.hasErrorLabel('TransientTransactionError')) return { outcome: 'refused' };
      if (call.do === 'transaction' && !commitSent && isShutdown(error)) return { outcome: 'refused' };
      if (isShutdown(error)) return { outcome: 'unknown' };
      const labels = error.errorLabels.join(', ');
      return {
        outcome: 'wrong',
        what: `${call.do} failed with ${error.code} ${error.codeName} [${labels}]: ${error.message}`,
      };
    }
    if (code !== undefined) return { outcome: 'wrong', what: `${call.do} succeeded, but must fail with ${code}` };
    if (returns !== undefined && found !== undefined) {
      const [is, must] = [found, returns].map((list) =>
        list
          .map((each) => canonical(each))
          .sort()
          .join(),
      );
      if (is !== must) {
        return {
          outcome: 'wrong',
          what: `${call.do} returned ${show(found as unknown as Value)}, but must return ${show(returns as unknown as Value)}`,
        };
      }
    }
    return { outcome: 'acknowledged' };
  }

  /** Sends a retryable write once more, as a driver does that never saw the answer. */
  async repeat(call: Extract<Call, { do: 'retryable' }>): Promise<void> {
    await this.#perform(call);
  }

  async #transaction(call: Extract<Call, { do: 'transaction' }>, onCommit: () => void): Promise<void> {
    const session = this.#client.startSession();
    try {
      session.startTransaction();
      for (const each of call.calls) await this.#perform(each, session);
      if (call.end === 'abort') await session.abortTransaction();
      else {
        onCommit();
        await session.commitTransaction();
      }
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => {});
      throw error;
    } finally {
      await session.endSession().catch(() => {});
    }
  }

  async #perform(
    call: Exclude<Call, { do: 'transaction' }> | Call,
    session?: ClientSession,
  ): Promise<readonly Fields[] | undefined> {
    const options = session === undefined ? {} : { session };
    const db = this.#client.db(DATABASE);
    const at = (collection: string): Collection<Row> => db.collection<Row>(collection);
    switch (call.do) {
      case 'insertOne':
        await at(call.collection).insertOne(call.document as Row, options);
        return;
      case 'insertMany':
        await at(call.collection).insertMany(call.documents as Row[], { ...options, ordered: call.ordered });
        return;
      case 'updateOne':
        await at(call.collection).updateOne(call.filter, call.update as object, options);
        return;
      case 'updateMany':
        await at(call.collection).updateMany(call.filter, call.update as object, options);
        return;
      case 'replaceOne':
        await at(call.collection).replaceOne(call.filter, withoutId(call.document), {
          ...options,
          upsert: call.upsert,
        });
        return;
      case 'deleteOne':
        await at(call.collection).deleteOne(call.filter, options);
        return;
      case 'deleteMany':
        await at(call.collection).deleteMany(call.filter, options);
        return;
      case 'findOneAndUpdate': {
        const found = await at(call.collection).findOneAndUpdate(call.filter, call.update as object, {
          ...options,
          returnDocument: 'after',
        });
        return found === null ? [] : [found as Fields];
      }
      case 'findOneAndDelete': {
        const found = await at(call.collection).findOneAndDelete(call.filter, options);
        return found === null ? [] : [found as Fields];
      }
      case 'bulkWrite':
        await at(call.collection).bulkWrite(call.models.map(driverModel) as AnyBulkWriteOperation<Row>[], {
          ordered: call.ordered,
        });
        return;
      case 'clientBulkWrite':
        await this.#client.bulkWrite(
          call.models.map(([collection, model]) => clientModel(collection, model)),
          { ordered: call.ordered },
        );
        return;
      case 'increment':
        await at(COUNTER_COLLECTION).updateOne({ _id: COUNTER_ID }, { $inc: { value: 1 } } as object, options);
        return;
      case 'retryable':
        await db.command(
          {
            update: call.collection,
            updates: [{ q: call.filter, u: call.update }],
            txnNumber: Long.fromNumber(call.txnNumber),
          },
          { session: this.#retries },
        );
        return;
      case 'createIndex': {
        const { key, ...spec } = call.index;
        await at(call.collection).createIndex(key, spec);
        return;
      }
      case 'dropIndex':
        await at(call.collection).dropIndex(call.name);
        return;
      case 'createCollection':
        await db.createCollection(call.collection);
        return;
      case 'dropCollection':
        await at(call.collection).drop();
        return;
      case 'renameCollection':
        await at(call.collection).rename(call.to);
        return;
      case 'find':
        return await at(call.collection).find(call.filter, options).toArray();
      case 'merge':
        await at(call.collection)
          .aggregate([{ $match: call.filter }, { $merge: { into: call.into, whenMatched: 'replace' } }])
          .toArray();
        return;
      case 'out':
        await at(call.collection)
          .aggregate([{ $match: call.filter }, { $out: call.into }])
          .toArray();
        return;
      case 'images':
        await db.command({ collMod: call.collection, changeStreamPreAndPostImages: { enabled: call.enabled } });
        return;
      case 'transaction':
        throw new TypeError('A transaction has no transactions in it.');
    }
  }
}

/** Codes with which a server that is being stopped ends what runs. */
const isShutdown = (error: MongoServerError): boolean => [91, 11600, 11602].includes(error.code as number);

export const isWriteConflict = (error: unknown): boolean =>
  error instanceof MongoServerError && error.code === WRITE_CONFLICT;

const withoutId = ({ _id, ...rest }: Fields): Fields => rest;

function driverModel(model: WriteModel): object {
  if ('replaceOne' in model) {
    return { replaceOne: { ...model.replaceOne, replacement: withoutId(model.replaceOne.replacement) } };
  }
  return model;
}

function clientModel(collection: string, model: WriteModel) {
  const namespace = `${DATABASE}.${collection}`;
  if ('insertOne' in model) return { name: 'insertOne' as const, namespace, document: model.insertOne.document };
  if ('updateOne' in model)
    return {
      name: 'updateOne' as const,
      namespace,
      filter: model.updateOne.filter,
      update: model.updateOne.update as object,
    };
  if ('deleteOne' in model) return { name: 'deleteOne' as const, namespace, filter: model.deleteOne.filter };
  const { filter, replacement } = model.replaceOne;
  return { name: 'replaceOne' as const, namespace, filter, replacement: withoutId(replacement), upsert: true };
}

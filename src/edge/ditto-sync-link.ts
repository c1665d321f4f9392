/**
 * A device on Ditto's own sync instead of a gateway: an operation's documents are stored in one transaction, and Ditto
 * carries them. There is no outbox and nobody to refuse an operation; what the device may see is what it subscribes to and
 * Ditto's permissions give it. Takes the place of a {@link DeviceLink} beneath the retail operations.
 */
import { type CollectionName, describeCollection } from '../domain/index.ts';
import {
  type Document,
  type DocumentChange,
  fieldChangesOf,
  leavesOf,
  type Operation,
  type Subscription,
} from '../sync/index.ts';
import type { DittoExecutor, DittoStoreLike } from './ditto-executor.ts';
import { statements } from './dql.ts';
import { dqlOf } from './filter-dql.ts';
import type { OperationLink } from './retail/retail-device.ts';

/** What this needs of `ditto.sync`. */
export interface DittoSyncLike {
  start(): void;
  stop(): void;
  registerSubscription(query: string, parameters?: Record<string, unknown>): { cancel(): void };
}

export interface DittoSyncLinkOptions {
  readonly store: DittoStoreLike;
  readonly sync: DittoSyncLike;
  readonly subscriptions: readonly Subscription[];
  /** What Ditto's `_id` is made of, as the connector is told: `_id` alone, one field, or several in a map. */
  readonly idFieldsOf: (collection: CollectionName) => readonly string[];
}

export class DittoSyncLink implements OperationLink {
  readonly #options: DittoSyncLinkOptions;
  #registered: { cancel(): void }[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #operations = 0;

  constructor(options: DittoSyncLinkOptions) {
    this.#options = options;
    this.#register(options.subscriptions);
    options.sync.start();
  }

  /** Operations are not numbered for anybody else: Ditto knows its documents. */
  get nextSequence(): number {
    return this.#operations + 1;
  }

  perform<Outcome extends { readonly operation: Operation | null }>(make: () => Promise<Outcome>): Promise<Outcome> {
    const done = this.#queue.then(async () => {
      const outcome = await make();
      if (outcome.operation === null) return outcome;
      const { changes } = outcome.operation;
      await this.#options.store.transaction(async (transaction) => {
        for (const change of changes) await this.#write(transaction, change);
      });
      this.#operations += 1;
      return outcome;
    });
    this.#queue = done.catch(() => undefined);
    return done;
  }

  /** What is outside the new scope goes from this device, and from no other. Not to be called every few minutes. */
  async subscribe(subscriptions: readonly Subscription[]): Promise<void> {
    const before = this.#collections(this.#options.subscriptions);
    this.#cancel();
    for (const collection of new Set([...before, ...this.#collections(subscriptions)])) {
      const wheres = subscriptions.filter((one) => one.collection === collection).map(({ where }) => where);
      const { text, parameters } = dqlOf(wheres.length === 1 ? (wheres[0] ?? {}) : { $or: wheres });
      const condition = wheres.length === 0 ? 'false' : text;
      await this.#options.store.execute(statements.evictOutside(collection, condition), { ...parameters });
    }
    this.#register(subscriptions);
  }

  setOnline(isAllowed: boolean): void {
    if (isAllowed) this.#options.sync.start();
    else this.#options.sync.stop();
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#cancel();
    this.#options.sync.stop();
  }

  async #write(transaction: DittoExecutor, change: DocumentChange): Promise<void> {
    const collection = change.collection as CollectionName;
    if (change.kind === 'create') {
      const document = { ...change.document, _id: this.#idOf(collection, change.document) };
      await transaction.execute(statements.put(collection), { documents: [document] });
      return;
    }
    const { idField } = describeCollection(collection);
    const { id } = change;
    const leaves = Object.entries(leavesOf(withoutGone(fieldChangesOf(change))));
    if (leaves.length > 0) {
      const values = Object.fromEntries(leaves.map(([, value], index) => [`v${index}`, value]));
      const paths = leaves.map(([path]) => path);
      await transaction.execute(statements.setFields(collection, idField, paths), { ...values, id });
    }
    if (change.unset.length > 0) {
      await transaction.execute(statements.unsetFields(collection, idField, change.unset), { id });
    }
  }

  #idOf(collection: CollectionName, document: Document): unknown {
    const fields = this.#options.idFieldsOf(collection);
    if (fields.length === 1) return document[fields[0] as string];
    return Object.fromEntries(fields.map((field) => [field, document[field]]));
  }

  #register(subscriptions: readonly Subscription[]): void {
    this.#registered = subscriptions.map(({ collection, where }) => {
      const { text, parameters } = dqlOf(where);
      return this.#options.sync.registerSubscription(statements.subscription(collection, text), { ...parameters });
    });
  }

  #cancel(): void {
    for (const one of this.#registered.splice(0)) one.cancel();
  }

  #collections(subscriptions: readonly Subscription[]): CollectionName[] {
    return subscriptions.map(({ collection }) => collection);
  }
}

function withoutGone(fields: Readonly<Record<string, unknown>>): Document {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

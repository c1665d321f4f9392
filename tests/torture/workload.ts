/**
 * What each client does, decided by the seed and by what the client's own earlier writes left: plain data, no I/O.
 * A client changes only documents of its own, one operation after the other, so that what must be there can be said
 * exactly even though several clients write at once; what they share is one counter, the collections, their indexes and,
 * in transactions, one another's locks.
 */
import {
  collectionKey,
  documentKey,
  type Effect,
  type Fields,
  indexKey,
  NO_EFFECT,
  type State,
  type Unit,
  type Value,
} from './model.ts';
import type { Random } from './random.ts';
import { applyUpdate, type Update } from './updates.ts';

export interface IndexSpec {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1 | 'text'>>;
  readonly unique?: true;
  readonly sparse?: true;
  readonly partialFilterExpression?: Fields;
}

export type WriteModel =
  | { readonly insertOne: { readonly document: Fields } }
  | { readonly updateOne: { readonly filter: Fields; readonly update: Update } }
  | { readonly replaceOne: { readonly filter: Fields; readonly replacement: Fields; readonly upsert?: true } }
  | { readonly deleteOne: { readonly filter: Fields } };

export type Call =
  | { readonly do: 'insertOne'; readonly collection: string; readonly document: Fields }
  | {
      readonly do: 'insertMany';
      readonly collection: string;
      readonly documents: readonly Fields[];
      readonly ordered: boolean;
    }
  | { readonly do: 'updateOne'; readonly collection: string; readonly filter: Fields; readonly update: Update }
  | { readonly do: 'updateMany'; readonly collection: string; readonly filter: Fields; readonly update: Update }
  | {
      readonly do: 'replaceOne';
      readonly collection: string;
      readonly filter: Fields;
      readonly document: Fields;
      readonly upsert: boolean;
    }
  | { readonly do: 'deleteOne' | 'deleteMany'; readonly collection: string; readonly filter: Fields }
  | { readonly do: 'findOneAndUpdate'; readonly collection: string; readonly filter: Fields; readonly update: Update }
  | { readonly do: 'findOneAndDelete'; readonly collection: string; readonly filter: Fields }
  | {
      readonly do: 'bulkWrite';
      readonly collection: string;
      readonly models: readonly WriteModel[];
      readonly ordered: boolean;
    }
  | {
      readonly do: 'clientBulkWrite';
      readonly models: readonly (readonly [collection: string, model: WriteModel])[];
      readonly ordered: boolean;
    }
  | { readonly do: 'transaction'; readonly calls: readonly Call[]; readonly end: 'abort' | 'commit' }
  | { readonly do: 'increment' }
  | {
      readonly do: 'retryable';
      readonly collection: string;
      readonly filter: Fields;
      readonly update: Update;
      readonly txnNumber: number;
    }
  | { readonly do: 'createIndex'; readonly collection: string; readonly index: IndexSpec }
  | { readonly do: 'dropIndex'; readonly collection: string; readonly name: string }
  | { readonly do: 'createCollection' | 'dropCollection'; readonly collection: string }
  | { readonly do: 'renameCollection'; readonly collection: string; readonly to: string }
  | { readonly do: 'find'; readonly collection: string; readonly filter: Fields }
  | {
      readonly do: 'merge' | 'out';
      readonly collection: string;
      readonly filter: Fields;
      readonly into: string;
    }
  | { readonly do: 'images'; readonly collection: string; readonly enabled: boolean };

export interface Operation {
  readonly call: Call;
  readonly effect: Effect;
  /** The operation must fail with this code (and what `effect` says of it must still be there). */
  readonly code?: number;
  /** What findAndModify or find must give back. */
  readonly returns?: readonly Fields[];
  /** How often the shared counter is incremented, if the operation is carried out. */
  readonly increments: 0 | 1;
}

export const COUNTER_COLLECTION = 'counters';
export const COUNTER_ID = 'shared';
export const mainCollections = ['items', 'orders'] as const;
/** Where `$merge` puts copies; it has no index but that of the ids. */
export const MERGED_COLLECTION = 'merged';
/** Each client has a capped collection of its own, so that it alone decides what falls out of it. */
export const cappedCollection = (client: number): string => `log-${client}`;
export const CAPPED_DOCUMENTS_MAX = 12;
export const indexesAtStart: readonly IndexSpec[] = [{ name: 'code_1', key: { code: 1 }, unique: true }];

const indexesToBuild: readonly IndexSpec[] = [
  { name: 'n_1', key: { n: 1 } },
  { name: 'n_-1_version_1', key: { n: -1, version: 1 } },
  { name: 'tags_1', key: { tags: 1 } },
  { name: 'place.store_1_n_-1', key: { 'place.store': 1, n: -1 } },
  { name: 'owner_1_n_1', key: { owner: 1, n: 1 } },
  { name: 'note_1', key: { note: 1 }, sparse: true },
  { name: 'n_1_large', key: { n: 1, version: 1 }, partialFilterExpression: { n: { $gt: 25 } } },
  { name: 'words_text', key: { words: 'text' } },
  { name: 'code_n_unique', key: { code: 1, n: 1 }, unique: true },
];

export const wordList = ['copper', 'walnut', 'granite', 'cobalt', 'velvet', 'marble'] as const;
const tagList = ['red', 'green', 'blue', 'large', 'small', 'new', 'old'] as const;
const N_MAX = 50;
const DOCUMENTS_AT_ONCE_MAX = 40;
const DUPLICATE_KEY = 11000;

export interface ScriptOptions {
  readonly client: number;
  readonly random: Random;
  /** The client's part of the model, kept true by the caller between two operations. */
  readonly state: State;
  /** Whether the server has multi-document transactions. */
  readonly transactions: boolean;
  /** Client 0 alone also changes collections and indexes. */
  readonly catalog: boolean;
}

export class ClientScript {
  readonly #options: ScriptOptions;
  #idLast = 0;
  #txnNumberLast = 0;

  constructor(options: ScriptOptions) {
    this.#options = options;
  }

  next(): Operation {
    const { random, catalog, transactions } = this.#options;
    if (catalog && random.chance(0.45)) return this.#catalogOperation();
    const kinds: readonly (readonly [number, () => Operation])[] = [
      [14, () => this.#insertOne()],
      [8, () => this.#insertMany()],
      [4, () => this.#duplicate()],
      [16, () => this.#updateOne()],
      [4, () => this.#updateMany()],
      [6, () => this.#replaceOne()],
      [7, () => this.#deleteOne()],
      [2, () => this.#deleteMany()],
      [8, () => this.#findOneAndUpdate()],
      [3, () => this.#findOneAndDelete()],
      [7, () => this.#bulkWrite()],
      [4, () => this.#clientBulkWrite()],
      [transactions ? 12 : 0, () => this.#transaction()],
      [7, () => ({ call: { do: 'increment' }, effect: NO_EFFECT, increments: 1 })],
      [8, () => this.#retryable()],
      [4, () => this.#find()],
      [3, () => this.#merge()],
      [4, () => this.#log()],
    ];
    let left = random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of kinds) {
      left -= weight;
      if (left < 0) return make();
    }
    return this.#insertOne();
  }

  #document(): Fields {
    const { random, client } = this.#options;
    this.#idLast += 1;
    const id = `c${client}-${this.#idLast}`;
    return {
      _id: id,
      owner: client,
      n: random.integer(0, N_MAX),
      code: `code-${id}`,
      tags: random.some(tagList, random.integer(0, 4)),
      place: { store: `s${random.integer(1, 8)}`, bin: random.integer(1, 99) },
      words: random.some(wordList, random.integer(0, 3)).join(' '),
      ...(random.chance(0.3) ? { note: `note ${random.integer(0, 9)}` } : {}),
      pad: this.#pad(),
      version: 1,
    };
  }

  /** Mostly small; sometimes larger than a page, rarely larger than many. */
  #pad(): string {
    const { random } = this.#options;
    const kind = random.next();
    if (kind > 0.997) return 'x'.repeat(random.integer(1_000_000, 2_500_000));
    return 'x'.repeat(
      kind < 0.85
        ? random.integer(0, 200)
        : kind < 0.98
          ? random.integer(2_000, 9_000)
          : random.integer(50_000, 200_000),
    );
  }

  #update(): Update {
    const { random } = this.#options;
    const forms: readonly (() => Update)[] = [
      () => ({ $inc: { version: 1 } }),
      () => ({ $set: { n: random.integer(0, N_MAX) }, $inc: { version: 1 } }),
      () => ({ $push: { tags: random.pick(tagList) } }),
      () => ({ $pop: { tags: random.chance(0.5) ? 1 : -1 } }),
      () => ({ $set: { 'place.store': `s${random.integer(1, 8)}`, 'place.shelf': random.integer(1, 5) } }),
      () => ({ $unset: { 'place.shelf': '', note: '' } }),
      () => ({ $set: { note: `note ${random.integer(0, 9)}`, words: random.some(wordList, 2).join(' ') } }),
      () => ({ $set: { pad: this.#pad() }, $inc: { version: 1 } }),
      () => ({ $set: { tags: random.some(tagList, random.integer(0, 3)) } }),
    ];
    return random.pick(forms)();
  }

  #collection(): string {
    return this.#options.random.pick(mainCollections);
  }

  #documents(collection: string): Fields[] {
    const prefix = `${collection}/`;
    return [...this.#options.state].flatMap(([key, value]) => (key.startsWith(prefix) ? [value as Fields] : []));
  }

  #one(collection: string): Fields | undefined {
    const documents = this.#documents(collection);
    return documents.length === 0 ? undefined : this.#options.random.pick(documents);
  }

  #insertOne(): Operation {
    const collection = this.#collection();
    const document = this.#document();
    return single({ do: 'insertOne', collection, document }, put(collection, document));
  }

  #insertMany(): Operation {
    const { random } = this.#options;
    const collection = this.#collection();
    const documents = Array.from({ length: random.integer(2, DOCUMENTS_AT_ONCE_MAX) }, () => this.#document());
    const ordered = random.chance(0.6);
    const call: Call = { do: 'insertMany', collection, documents, ordered };
    const twin = this.#one(collection);
    if (twin === undefined || random.chance(0.8)) {
      return {
        call,
        effect: { units: documents.map((each) => put(collection, each)), order: ordered ? 'prefix' : 'any' },
        increments: 0,
      };
    }
    // One of them has the unique code of a document that is there.
    const at = random.integer(0, documents.length - 1);
    documents[at]!['code'] = twin['code']!;
    const kept = documents.filter((_, k) => (ordered ? k < at : k !== at));
    return {
      call,
      effect: { units: kept.map((each) => put(collection, each)), order: ordered ? 'prefix' : 'any' },
      code: DUPLICATE_KEY,
      increments: 0,
    };
  }

  #duplicate(): Operation {
    const collection = this.#collection();
    const twin = this.#one(collection);
    if (twin === undefined) return this.#insertOne();
    const isSameId = this.#options.random.chance(0.5);
    const document = { ...this.#document(), ...(isSameId ? { _id: twin['_id']! } : { code: twin['code']! }) };
    return { call: { do: 'insertOne', collection, document }, effect: NO_EFFECT, code: DUPLICATE_KEY, increments: 0 };
  }

  #updateOne(): Operation {
    const collection = this.#collection();
    const document = this.#one(collection);
    if (document === undefined) return this.#insertOne();
    const update = this.#update();
    return single(
      { do: 'updateOne', collection, filter: idFilter(document), update },
      put(collection, applyUpdate(document, update)),
    );
  }

  #updateMany(): Operation {
    const { random, client } = this.#options;
    const collection = this.#collection();
    const n = random.integer(0, N_MAX);
    const update: Update = { $inc: { version: 1 }, $set: { note: `many ${random.integer(0, 9)}` } };
    const matching = this.#documents(collection).filter((each) => each['n'] === n);
    return {
      call: { do: 'updateMany', collection, filter: { owner: client, n }, update },
      effect: { units: matching.map((each) => put(collection, applyUpdate(each, update))), order: 'any' },
      increments: 0,
    };
  }

  #replaceOne(): Operation {
    const { random } = this.#options;
    const collection = this.#collection();
    const replaced = this.#one(collection);
    if (replaced === undefined || random.chance(0.4)) {
      const document = this.#document();
      return single(
        { do: 'replaceOne', collection, filter: idFilter(document), document, upsert: true },
        put(collection, document),
      );
    }
    const document = { ...this.#document(), _id: replaced['_id']!, code: replaced['code']! };
    return single(
      { do: 'replaceOne', collection, filter: idFilter(document), document, upsert: false },
      put(collection, document),
    );
  }

  #deleteOne(): Operation {
    const collection = this.#collection();
    const document = this.#one(collection);
    if (document === undefined) return this.#insertOne();
    return single({ do: 'deleteOne', collection, filter: idFilter(document) }, gone(collection, document));
  }

  #deleteMany(): Operation {
    const { random, client } = this.#options;
    const collection = this.#collection();
    const n = random.integer(0, N_MAX);
    const matching = this.#documents(collection).filter((each) => each['n'] === n);
    return {
      call: { do: 'deleteMany', collection, filter: { owner: client, n } },
      effect: { units: matching.map((each) => gone(collection, each)), order: 'any' },
      increments: 0,
    };
  }

  #findOneAndUpdate(): Operation {
    const collection = this.#collection();
    const document = this.#one(collection);
    if (document === undefined) return this.#insertOne();
    const update = this.#update();
    const after = applyUpdate(document, update);
    return {
      ...single({ do: 'findOneAndUpdate', collection, filter: idFilter(document), update }, put(collection, after)),
      returns: [after],
    };
  }

  #findOneAndDelete(): Operation {
    const collection = this.#collection();
    const document = this.#one(collection);
    if (document === undefined) return this.#insertOne();
    return {
      ...single({ do: 'findOneAndDelete', collection, filter: idFilter(document) }, gone(collection, document)),
      returns: [document],
    };
  }

  #models(collection: string, count: number): { model: WriteModel; unit: Unit }[] {
    const { random } = this.#options;
    // Different documents, so that the order does not matter.
    const documents = random.some(this.#documents(collection), count);
    return Array.from({ length: count }, (_, k) => {
      const document = documents[k];
      if (document === undefined || random.chance(0.4)) {
        const fresh = this.#document();
        return random.chance(0.3)
          ? {
              model: { replaceOne: { filter: idFilter(fresh), replacement: fresh, upsert: true } },
              unit: put(collection, fresh),
            }
          : { model: { insertOne: { document: fresh } }, unit: put(collection, fresh) };
      }
      if (random.chance(0.25))
        return { model: { deleteOne: { filter: idFilter(document) } }, unit: gone(collection, document) };
      const update = this.#update();
      return {
        model: { updateOne: { filter: idFilter(document), update } },
        unit: put(collection, applyUpdate(document, update)),
      };
    });
  }

  #bulkWrite(): Operation {
    const { random } = this.#options;
    const collection = this.#collection();
    const ordered = random.chance(0.5);
    const models = this.#models(collection, random.integer(2, 12));
    return {
      call: { do: 'bulkWrite', collection, models: models.map(({ model }) => model), ordered },
      // The driver sends one command per kind of write when the order is free: any of them may be there.
      effect: { units: models.map(({ unit }) => unit), order: ordered ? 'prefix' : 'any' },
      increments: 0,
    };
  }

  #clientBulkWrite(): Operation {
    const { random } = this.#options;
    const models = mainCollections.flatMap((collection) =>
      this.#models(collection, random.integer(1, 5)).map(({ model, unit }) => ({
        entry: [collection, model] as const,
        unit,
      })),
    );
    const ordered = random.chance(0.5);
    return {
      call: { do: 'clientBulkWrite', models: models.map(({ entry }) => entry), ordered },
      effect: { units: models.map(({ unit }) => unit), order: ordered ? 'prefix' : 'any' },
      increments: 0,
    };
  }

  /** All of it in one unit. */
  #transaction(): Operation {
    const { random } = this.#options;
    const calls: Call[] = [];
    const unit: Unit[number][] = [];
    for (const collection of mainCollections) {
      for (const {
        model,
        unit: [change],
      } of this.#models(collection, random.integer(1, 3))) {
        if ('insertOne' in model) calls.push({ do: 'insertOne', collection, document: model.insertOne.document });
        else if ('updateOne' in model) calls.push({ do: 'updateOne', collection, ...model.updateOne });
        else if ('deleteOne' in model) calls.push({ do: 'deleteOne', collection, ...model.deleteOne });
        else
          calls.push({
            do: 'replaceOne',
            collection,
            filter: model.replaceOne.filter,
            document: model.replaceOne.replacement,
            upsert: true,
          });
        unit.push(change!);
      }
    }
    // The shared counter makes transactions of different clients meet.
    const increments = random.chance(0.4) ? 1 : 0;
    if (increments === 1) calls.splice(random.integer(0, calls.length), 0, { do: 'increment' });
    const end = random.chance(0.15) ? 'abort' : 'commit';
    const isKept = end === 'commit';
    return {
      call: { do: 'transaction', calls, end },
      effect: isKept ? { units: [unit], order: 'prefix' } : NO_EFFECT,
      increments: isKept ? increments : 0,
    };
  }

  #retryable(): Operation {
    const collection = this.#collection();
    const document = this.#one(collection);
    if (document === undefined) return this.#insertOne();
    this.#txnNumberLast += 1;
    const update: Update = { $inc: { version: 1 } };
    return single(
      { do: 'retryable', collection, filter: idFilter(document), update, txnNumber: this.#txnNumberLast },
      put(collection, applyUpdate(document, update)),
    );
  }

  #find(): Operation {
    const { random, client } = this.#options;
    const collection = this.#collection();
    const least = random.integer(0, N_MAX);
    return {
      call: { do: 'find', collection, filter: { owner: client, n: { $gte: least, $lt: least + 3 } } },
      effect: NO_EFFECT,
      returns: this.#documents(collection).filter(
        (each) => (each['n'] as number) >= least && (each['n'] as number) < least + 3,
      ),
      increments: 0,
    };
  }

  /** Copies of some documents, each put by itself. */
  #merge(): Operation {
    const { random, client } = this.#options;
    const collection = this.#collection();
    const n = random.integer(0, N_MAX);
    const copied = this.#documents(collection).filter((each) => each['n'] === n);
    return {
      call: { do: 'merge', collection, filter: { owner: client, n }, into: MERGED_COLLECTION },
      effect: { units: copied.map((each) => put(MERGED_COLLECTION, each)), order: 'any' },
      increments: 0,
    };
  }

  /** One more in the capped collection, and the oldest out of it, in one. */
  #log(): Operation {
    const collection = cappedCollection(this.#options.client);
    const document = this.#document();
    const kept = this.#documents(collection);
    const oldest = kept.length >= CAPPED_DOCUMENTS_MAX ? gone(collection, kept[0]!) : [];
    return single({ do: 'insertOne', collection, document }, [...put(collection, document), ...oldest]);
  }

  /** Replaces a scratch collection whole. */
  #out(): Operation {
    const { random, state, client } = this.#options;
    const collection = this.#collection();
    const n = random.integer(0, N_MAX);
    const copied = this.#documents(collection).filter((each) => (each['n'] as number) >= n);
    const into = 'scratch-out';
    const before = [...state.keys()].filter((key) => key.startsWith(`${into}/`));
    return single({ do: 'out', collection, filter: { owner: client, n: { $gte: n } }, into }, [
      ...before.map((key) => ({ key, after: undefined })),
      { key: collectionKey(into), after: true },
      ...copied.flatMap((each) => put(into, each)),
    ]);
  }

  #catalogOperation(): Operation {
    const { random, state } = this.#options;
    if (random.chance(0.06)) return this.#out();
    if (random.chance(0.05)) {
      return {
        call: { do: 'images', collection: 'items', enabled: random.chance(0.5) },
        effect: NO_EFFECT,
        increments: 0,
      };
    }
    if (random.chance(0.6)) {
      const collection = this.#collection();
      const index = random.pick(indexesToBuild);
      const key = indexKey(collection, index.name);
      return state.has(key)
        ? single({ do: 'dropIndex', collection, name: index.name }, [{ key, after: undefined }])
        : single({ do: 'createIndex', collection, index }, [{ key, after: describeIndex(index) }]);
    }
    const scratch = [...state.keys()].flatMap((key) =>
      key.startsWith('collection:scratch') ? [key.slice('collection:'.length)] : [],
    );
    if (scratch.length < 2) {
      this.#idLast += 1;
      const collection = `scratch-${this.#idLast}`;
      return single({ do: 'createCollection', collection }, [{ key: collectionKey(collection), after: true }]);
    }
    const collection = random.pick(scratch);
    if (random.chance(0.5)) {
      const documents = Array.from({ length: random.integer(2, 30) }, () => this.#document());
      return {
        call: { do: 'insertMany', collection, documents, ordered: true },
        effect: { units: documents.map((each) => put(collection, each)), order: 'prefix' },
        increments: 0,
      };
    }
    const keys = [...state.keys()].filter(
      (key) => key.startsWith(`${collection}/`) || key === collectionKey(collection),
    );
    if (random.chance(0.5)) {
      return single(
        { do: 'dropCollection', collection },
        keys.map((key) => ({ key, after: undefined })),
      );
    }
    this.#idLast += 1;
    const to = `scratch-${this.#idLast}`;
    return single(
      { do: 'renameCollection', collection, to },
      keys.flatMap((key) => [
        { key, after: undefined },
        { key: key.replace(collection, to), after: state.get(key)! },
      ]),
    );
  }
}

/** An index as the model holds it. */
export const describeIndex = ({ name: _, ...rest }: IndexSpec): Value => structuredClone(rest) as unknown as Value;

const idFilter = (document: Fields): Fields => ({ _id: document['_id']! });

const put = (collection: string, document: Fields): Unit => [
  { key: documentKey(collection, document['_id'] as string), after: document },
];

const gone = (collection: string, document: Fields): Unit => [
  { key: documentKey(collection, document['_id'] as string), after: undefined },
];

const single = (call: Call, unit: Unit): Operation => ({
  call,
  effect: { units: [unit], order: 'prefix' },
  increments: 0,
});

/**
 * Keeps the summary beside whoever writes: marks months as their orders, items and products change, and makes them anew
 * calmly. Whoever runs headquarters runs one; several are no harm, for marking and making may be done twice.
 */
import { type Db, type Document, MongoServerError, type ResumeToken } from 'mongodb';
import { makeMarked, markAll, markMonths, rebuildSummaries, type StoreMonth } from './keep.ts';
import { MONTHLY_SALES_COLLECTION } from './monthly-sales.ts';
import { FOLLOWER, FOLLOWERS_COLLECTION, type FollowerState } from './read.ts';

const MAKE_EVERY_MS = 10_000;
const AWAIT_MS = 1_000;
const RETRY_MS = 5_000;
const QUIET_SAVE_MS = 3_000;
/** Changes that are marked in one go, and how long they are gathered. */
const GATHER_MS = 500;
const GATHERED_MAX = 500;
/** ChangeStreamFatalError, ChangeStreamHistoryLost, and a token that the server no longer takes. */
const LOST_CODES: ReadonlySet<number> = new Set([280, 286, 260]);

/** Only what says which month is meant: orders are many, and travel. */
const PIPELINE: Document[] = [
  {
    $match: {
      $or: [
        { 'ns.coll': { $in: ['orders', 'order_items', 'products'] } },
        { 'ns.coll': MONTHLY_SALES_COLLECTION, operationType: { $in: ['delete', 'drop', 'rename'] } },
      ],
    },
  },
  {
    $project: {
      operationType: 1,
      ns: 1,
      wallTime: 1,
      'updateDescription.updatedFields': 1,
      'fullDocument.store_id': 1,
      'fullDocument.order_date': 1,
      'fullDocumentBeforeChange.store_id': 1,
      'fullDocumentBeforeChange.order_date': 1,
    },
  },
];

interface Told {
  readonly _id: unknown;
  readonly operationType: string;
  readonly ns?: { readonly coll?: string };
  readonly wallTime: Date;
  readonly updateDescription?: { readonly updatedFields?: Readonly<Record<string, unknown>> };
  readonly fullDocument?: Partial<OfMonth> | null;
  readonly fullDocumentBeforeChange?: Partial<OfMonth> | null;
}

interface OfMonth {
  readonly store_id: string;
  readonly order_date: string;
}

export interface SummaryFollowerOptions {
  readonly db: Db;
  readonly log: (line: string) => void;
  /** How often marked months are made anew. */
  readonly makeEveryMs?: number;
  /** How long after a fault the next attempt begins. */
  readonly retryMs?: number;
}

export class SummaryFollower implements AsyncDisposable {
  readonly #options: SummaryFollowerOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: SummaryFollowerOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { db, log, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        log(`The summary is not kept for a moment: ${(error as Error).message}`);
        if (error instanceof HistoryLost || (error instanceof MongoServerError && LOST_CODES.has(Number(error.code))))
          await db
            .collection<FollowerState>(FOLLOWERS_COLLECTION)
            .deleteOne({ _id: FOLLOWER })
            .catch(() => {});
        await pause(retryMs, signal);
      }
    }
  }

  async #follow(): Promise<void> {
    const { db, makeEveryMs = MAKE_EVERY_MS } = this.#options;
    const { signal } = this.#stopping;
    const state = await db.collection<FollowerState>(FOLLOWERS_COLLECTION).findOne({ _id: FOLLOWER });
    const stream = db.watch<Document, Told & Document>(PIPELINE, {
      fullDocument: 'updateLookup',
      fullDocumentBeforeChange: 'whenAvailable',
      maxAwaitTimeMS: Math.min(AWAIT_MS, makeEveryMs),
      ...(state === null ? {} : { resumeAfter: state.token as ResumeToken }),
    });
    const onStop = () => void stream.close().catch(() => {});
    signal.addEventListener('abort', onStop, { once: true });
    try {
      // It is open before the first build begins: what is written meanwhile is heard, and marked.
      let next = (await stream.tryNext()) as Told | null;
      if (state === null) await rebuildSummaries(db, { signal });
      let madeAtMs = Number.NEGATIVE_INFINITY;
      let savedAtMs = Number.NEGATIVE_INFINITY;
      while (!signal.aborted) {
        const gathered: Told[] = [];
        const untilMs = performance.now() + GATHER_MS;
        while (next !== null && gathered.length < GATHERED_MAX && performance.now() < untilMs) {
          gathered.push(next);
          next = (await stream.tryNext()) as Told | null;
        }
        await this.#mark(gathered);
        const last = gathered.at(-1);
        if (next === null) {
          // Where nothing happens, that is said only as often as readers need it.
          if (last !== undefined || performance.now() - savedAtMs >= QUIET_SAVE_MS) {
            await this.#save(stream.resumeToken, '$$NOW');
            savedAtMs = performance.now();
          }
        } else if (last !== undefined) await this.#save(last._id, last.wallTime);
        if (performance.now() - madeAtMs >= makeEveryMs) {
          await makeMarked(db, signal);
          madeAtMs = performance.now();
        }
        next ??= (await stream.tryNext()) as Told | null;
      }
    } finally {
      signal.removeEventListener('abort', onStop);
      await stream.close().catch(() => {});
    }
  }

  async #mark(gathered: readonly Told[]): Promise<void> {
    const { db } = this.#options;
    const months: StoreMonth[] = [];
    let all = false;
    for (const change of gathered) {
      // Nobody but us writes summaries: where some are missing, none can be trusted.
      if (isEndOfCollection(change) || change.ns?.coll === MONTHLY_SALES_COLLECTION) throw new HistoryLost(change);
      if (change.ns?.coll === 'products') {
        all ||= changesCosts(change);
        continue;
      }
      const images = [change.fullDocument, change.fullDocumentBeforeChange].flatMap(monthOf);
      months.push(...images);
      // Without the image of before it may have been any month.
      all ||= movesMonths(change) && monthOf(change.fullDocumentBeforeChange).length === 0;
      all ||= images.length === 0;
    }
    await markMonths(db, months);
    if (all) await markAll(db);
  }

  /** `heardAt`: up to when everything was heard, by the server's clock. */
  async #save(token: ResumeToken, heardAt: Date | '$$NOW'): Promise<void> {
    await this.#options.db
      .collection<FollowerState>(FOLLOWERS_COLLECTION)
      .updateOne({ _id: FOLLOWER }, [{ $set: { token: { $literal: token }, heard_at: heardAt } }], { upsert: true });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  drop: 'was dropped',
  rename: 'was renamed',
  delete: 'lost documents',
};

const isEndOfCollection = ({ operationType }: Told) => operationType === 'drop' || operationType === 'rename';

class HistoryLost extends Error {
  constructor({ operationType, ns }: Told) {
    super(`${ns?.coll ?? 'a collection'} ${WORDS[operationType] ?? operationType}; all is made anew.`);
  }
}

const monthOf = (image: Partial<OfMonth> | null | undefined): StoreMonth[] =>
  image?.store_id === undefined || image.order_date === undefined
    ? []
    : [{ store_id: image.store_id, month: image.order_date.slice(0, 7) }];

function movesMonths({ operationType, updateDescription }: Told): boolean {
  if (operationType !== 'update') return operationType !== 'insert';
  const fields = updateDescription?.updatedFields ?? {};
  return 'store_id' in fields || 'order_date' in fields;
}

const COUNTED_FIELDS = ['cost', 'type_id', 'category_id', 'deleted'];

/** A new product has sold nothing yet. */
function changesCosts({ operationType, updateDescription }: Told): boolean {
  if (operationType !== 'update') return operationType !== 'insert';
  return Object.keys(updateDescription?.updatedFields ?? {}).some((path) => COUNTED_FIELDS.includes(path));
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });

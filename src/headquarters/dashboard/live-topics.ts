import type { ChangeStream, Db } from 'mongodb';

/** What a dashboard hears of, by the collection that it is about. */
const TOPICS: Readonly<Record<string, string>> = {
  orders: 'orders',
  alerts: 'alerts',
  inventory: 'stock',
  stock_transfers: 'transfers',
  products: 'products',
  sync_devices: 'devices',
  sync_inbox: 'inbox',
  sync_conflicts: 'inbox',
};

const GATHER_MS = 400;
const AGAIN_MS = 2_000;

/** One change stream for all who look, opened for the first and closed after the last. */
export class LiveTopics {
  readonly #db: () => Db | null;
  readonly #listeners = new Set<(topics: readonly string[]) => void>();
  readonly #gathered = new Set<string>();
  #stream: ChangeStream | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(db: () => Db | null) {
    this.#db = db;
  }

  /** Hears the topics that changed, at most every so often. Returns the unsubscriber. */
  subscribe(listener: (topics: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) void this.close();
    };
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const stream = this.#stream;
    this.#stream = null;
    await stream?.close();
  }

  #open(): void {
    const db = this.#db();
    if (db === null || this.#stream !== null) return;
    const watched = { $match: { 'ns.coll': { $in: Object.keys(TOPICS) } } };
    const stream = db.watch([watched, { $project: { ns: 1 } }]);
    this.#stream = stream;
    stream.on('change', (change) => {
      const topic = TOPICS[(change as { ns?: { coll?: string } }).ns?.coll ?? ''];
      if (topic === undefined) return;
      this.#gathered.add(topic);
      this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS);
    });
    // Whoever looks reads everything anew: what changed meanwhile is not known.
    stream.on('error', () => {
      this.#stream = null;
      for (const topic of Object.values(TOPICS)) this.#gathered.add(topic);
      this.#timer ??= setTimeout(() => {
        this.#tell();
        if (this.#listeners.size > 0) this.#open();
      }, AGAIN_MS);
    });
  }

  #tell(): void {
    this.#timer = null;
    const topics = [...this.#gathered];
    this.#gathered.clear();
    for (const hear of this.#listeners) hear(topics);
  }
}

/**
 * Levels that differ from their ledger: because a direct write is on its way, which will become a count in a moment. Where
 * the stream has told all that there was and the difference is still the same, there is no such write, and the level
 * becomes what the ledger says.
 */
import type { ClientSession, Db } from 'mongodb';
import type { LedgerItem } from '../../../database/index.ts';
import { timeText } from '../timestamps.ts';

interface Seen {
  /** Level and ledger as they were at `time`; null before the first look. */
  readonly state: string | null;
  readonly time: string;
}

export class UnsettledLevels {
  readonly #db: Db;
  readonly #seen = new Map<string, Seen>();
  /** What the transaction under way has found. */
  #found: string | null = null;

  constructor(db: Db) {
    this.#db = db;
  }

  /** All of them, for a leader that has just begun. */
  async find(): Promise<void> {
    this.#seen.clear();
    const differing = this.#db
      .collection<LedgerItem>('inventory')
      .find(
        { 'ledger.level': { $exists: true }, $expr: { $ne: ['$stock_level', '$ledger.level'] } },
        { projection: { _id: 1 } },
      );
    for await (const { _id } of differing) this.look([_id]);
  }

  /** Items that were written directly. */
  look(ids: readonly string[]): void {
    for (const id of ids) this.#seen.set(id, { state: null, time: '' });
  }

  /** Those that differ, of which everything up to `time` and beyond their last look is known; the others are forgotten. */
  async due(time: string): Promise<string[]> {
    const ids = [...this.#seen].filter(([, seen]) => seen.time < time).map(([id]) => id);
    if (ids.length === 0) return [];
    const projection = { projection: { stock_level: 1, 'ledger.level': 1 } };
    const items = await this.#db
      .collection<LedgerItem>('inventory')
      .find({ _id: { $in: ids } }, projection)
      .toArray();
    const differing = new Set(
      items
        .filter(({ stock_level, ledger }) => ledger !== undefined && stock_level !== ledger.level)
        .map(({ _id }) => _id),
    );
    for (const id of ids) if (!differing.has(id)) this.#seen.delete(id);
    return [...differing];
  }

  async settle(id: string, session: ClientSession): Promise<void> {
    const inventory = this.#db.collection<LedgerItem>('inventory');
    const item = await inventory.findOne({ _id: id }, { session, projection: { stock_level: 1, ledger: 1 } });
    this.#found = null;
    if (item?.ledger === undefined || item.stock_level === item.ledger.level) return;
    const state = `${item.stock_level}:${item.ledger.sequence}`;
    if (state !== this.#seen.get(id)?.state) this.#found = state;
    else await inventory.updateOne({ _id: id }, { $set: { stock_level: item.ledger.level } }, { session });
  }

  /** After the transaction of `settle` was committed, by the session that did it. */
  done(id: string, { operationTime }: ClientSession): void {
    if (this.#found === null) this.#seen.delete(id);
    else this.#seen.set(id, { state: this.#found, time: operationTime === undefined ? '' : timeText(operationTime) });
  }
}

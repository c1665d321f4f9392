/** One way out of the scope that somebody might try. */
export interface Attack {
  readonly name: string;
  readonly collection: unknown;
  readonly pipeline: unknown;
  readonly limit?: unknown;
  /**
   * `refused` before the database hears of it; `empty-handed`: answered with what the asker may see, and no more; `stopped` by a cap
   * of the server or of ours.
   */
  readonly ends: 'refused' | 'empty-handed' | 'stopped';
}

const withEnd =
  (ends: Attack['ends']) =>
  (name: string, pipeline: unknown, collection: unknown = 'orders', limit?: unknown): Attack => ({
    name,
    collection,
    pipeline,
    ends,
    ...(limit === undefined ? {} : { limit }),
  });

export const refused = withEnd('refused');
export const emptyHanded = withEnd('empty-handed');
export const stopped = withEnd('stopped');

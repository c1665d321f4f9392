/** The rows of a change stream: the change log from a position on, as events, through the stages that follow. */

import type { Pipeline } from '../aggregation/index.ts';
import { equalValues } from '../bson/compare.ts';
import { jsonOf } from '../bson/json.ts';
import type { Document } from '../bson/values.ts';
import type { Operation } from '../commands/operation.ts';
import { isTimeSeries } from '../commands/time-series.ts';
import type { BatchLimit, RowSource } from '../cursors/cursor.ts';
import { MongoError } from '../errors.ts';
import type { LoggedChange, Reader, Snapshot, Storage } from '../storage/storage.ts';
import type { RawBatch } from '../wire/reply.ts';
import { withDatabaseEnd } from './database-end.ts';
import { eventOf, invalidateEvent, invalidates, isInScope, type Scope } from './events.ts';
import type { ChangeStreamOptions } from './options.ts';
import { INDEX_MAX, type Position, tokenOf } from './resume-token.ts';
import { type EncodedEvent, encodeEvent } from './split-event.ts';

const CHANGES_PER_READ = 500;

export class ChangeStreamSource implements RowSource {
  readonly isChangeStream = true;
  readonly #storage: Storage;
  readonly #scope: Scope;
  readonly #options: ChangeStreamOptions & { readonly splits: boolean };
  readonly #pipeline: Pipeline | null;
  #position: Position;
  #token: Document;
  /** Events that did not fit into the batch before, oldest first. */
  readonly #held: EncodedEvent[] = [];
  /** Of the event that the stream resumes in the middle of: how many fragments the client has seen. */
  #fragmentsSeen = 0;
  #ended = false;
  /** Why the stream cannot go on; told once the events before it have been handed out. */
  #fault: unknown;

  constructor(
    storage: Storage,
    scope: Scope,
    options: ChangeStreamOptions & { readonly splits: boolean },
    pipeline: Pipeline | null,
  ) {
    this.#storage = storage;
    this.#scope = scope;
    this.#options = options;
    this.#pipeline = pipeline;
    const { start } = options;
    if (start === undefined) {
      this.#position = { clusterTime: storage.changeLog.latest(), index: INDEX_MAX };
      this.#token = tokenOf({ ...this.#position, kind: 'mark' });
    } else if ('atTime' in start) {
      // "At" includes changes of that very time: begin before the first of them.
      this.#position = { clusterTime: start.atTime, index: -1 };
      this.#token = tokenOf({ clusterTime: start.atTime, index: 0, kind: 'mark' });
    } else {
      this.#fragmentsSeen = start.fragment ?? 0;
      this.#position = start.fragment === undefined ? start : { ...start, index: start.index - 1 };
      this.#token = tokenOf(start);
    }
    // A position that the log has forgotten is refused at once, not at the first getMore.
    storage.changeLog.readAfter(this.#position, 1);
    if (start !== undefined && 'kind' in start && start.kind === 'event') this.#endAfter(start);
  }

  /** Whoever resumes after the drop of what is watched has yet to see that the stream ends there. */
  #endAfter({ clusterTime, index }: Position): void {
    const [logged] = this.#storage.changeLog.readAfter({ clusterTime, index: index - 1 }, 1);
    if (logged === undefined || !logged.clusterTime.equals(clusterTime) || logged.index !== index) return;
    const change = withDatabaseEnd(logged);
    if (!isInScope(this.#scope, change) || !invalidates(this.#scope, change)) return;
    this.#push(invalidateEvent(change), change);
    this.#ended = true;
  }

  async fill(batch: RawBatch, limit: BatchLimit, operation: Operation, awaitMs: number): Promise<'more' | 'end'> {
    const deadline = performance.now() + awaitMs;
    for (;;) {
      const state = await this.#advance(batch, limit, operation);
      if (state !== 'dry') return state;
      if (batch.count > 0) return 'more';
      const left = deadline - performance.now();
      if (left <= 0) return 'more';
      await operation.waitFor((wake) => this.#storage.changeLog.onCommit(wake), left);
    }
  }

  replyFields(): Record<string, unknown> {
    return { postBatchResumeToken: this.#token };
  }

  close(): void {
    this.#held.length = 0;
  }

  /** 'dry': all that is logged has been seen, and the batch has room. */
  async #advance(batch: RawBatch, limit: BatchLimit, operation: Operation): Promise<'more' | 'end' | 'dry'> {
    for (;;) {
      for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
        if (!limit.fits(batch, next.raw)) return 'more';
        batch.add(next.raw);
        this.#token = next.token;
        this.#held.shift();
      }
      if (this.#fault !== undefined) {
        if (batch.count > 0) return 'more';
        throw this.#fault;
      }
      if (this.#ended) return 'end';
      if (batch.count >= limit.documents) return 'more';
      const changes = this.#storage.changeLog.readAfter(this.#position, CHANGES_PER_READ);
      if (changes.length === 0) {
        // Nothing of interest up to here: the token moves on, so that a quiet stream does not fall out of the log.
        if (batch.count === 0 && this.#position.index >= 0) this.#token = tokenOf({ ...this.#position, kind: 'mark' });
        return 'dry';
      }
      this.#hold(changes);
      if (operation.due()) await operation.breathe();
    }
  }

  #hold(changes: readonly LoggedChange[]): void {
    let snapshot: Snapshot | undefined;
    const openReader = () => (snapshot ??= this.#storage.snapshot());
    try {
      for (const logged of changes) {
        const change = withDatabaseEnd(logged);
        this.#position = { clusterTime: change.clusterTime, index: change.index };
        if (!isInScope(this.#scope, change) || isMeasurement(change, openReader)) continue;
        const event = eventOf(change, this.#options, openReader);
        if (event !== null) this.#push(event, change);
        if (invalidates(this.#scope, change)) {
          this.#push(invalidateEvent(change), change);
          this.#ended = true;
          return;
        }
      }
    } catch (error) {
      this.#fault = error;
    } finally {
      snapshot?.close();
    }
  }

  #push(event: Document, position: Position): void {
    const token = event['_id'] as Document;
    for (const shown of this.#pipeline?.run([event]) ?? [event]) {
      if (!equalValues(shown['_id'], token)) {
        throw new MongoError(
          'ChangeStreamFatalError',
          `Encountered an event whose _id field, which contains the resume token, was modified by the pipeline. Modifying the _id field of an event makes it impossible to resume the stream from that point. Only transformations that retain the unmodified _id field are allowed. Expected: ${JSON.stringify({ _id: token })} but found: ${jsonOf({ _id: shown['_id'] ?? null })}`,
          { labels: ['NonResumableChangeStreamError'] },
        );
      }
      const parts = encodeEvent(shown, { ...position, kind: 'event' }, this.#options.splits);
      this.#held.push(...parts.slice(this.#fragmentsSeen));
    }
    this.#fragmentsSeen = 0;
  }
}

/** Change streams do not show what is written to time-series collections. */
function isMeasurement(change: LoggedChange, openReader: () => Reader): boolean {
  if (change.operation !== 'insert' && change.operation !== 'update' && change.operation !== 'delete') return false;
  const info = openReader().collection(change.namespace)?.info;
  return info !== undefined && isTimeSeries(info);
}

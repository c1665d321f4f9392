/**
 * The `failCommand` fail point, by which drivers' tests make a server misbehave on purpose.
 * Source: MongoDB wiki, "The failCommand Fail Point".
 */
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { isDocument, numberOf } from './arguments.ts';

export interface FailCommandEffect {
  readonly closeConnection: boolean;
  readonly error?: MongoError;
  readonly writeConcernError?: Document;
  readonly blockMs: number;
  /** Given by the fail point: the server then adds none of its own. */
  readonly labels?: readonly string[];
}

const KNOWN_FAIL_POINTS = new Set([
  'failCommand',
  'failGetMoreAfterCursorCheckout',
  'maxTimeAlwaysTimeOut',
  'maxTimeNeverTimeOut',
  'onPrimaryTransactionalWrite',
]);

export class FailPoints {
  readonly #active = new Map<string, { remaining: number; skip: number; data: Document; times: number }>();

  /** Returns how often it had fired before. */
  configure(name: string, mode: BsonValue | undefined, data: Document): number {
    if (!KNOWN_FAIL_POINTS.has(name)) throw new MongoError('BadValue', `${name} not found`);
    const before = this.#active.get(name)?.times ?? 0;
    if (mode === 'off') {
      this.#active.delete(name);
      return before;
    }
    let remaining = Number.POSITIVE_INFINITY;
    let skip = 0;
    if (isDocument(mode)) {
      if (mode['times'] !== undefined) remaining = numberOf(mode['times']) ?? 0;
      if (mode['skip'] !== undefined) skip = numberOf(mode['skip']) ?? 0;
    } else if (mode !== 'alwaysOn') {
      throw new MongoError('BadValue', `unknown mode: ${String(mode)}`);
    }
    if (remaining > 0) this.#active.set(name, { remaining, skip, data, times: before });
    return before;
  }

  /** Whether the fail point fires now; counts it. */
  #fire(name: string): Document | null {
    const point = this.#active.get(name);
    if (point === undefined) return null;
    point.times += 1;
    if (point.skip > 0) {
      point.skip -= 1;
      return null;
    }
    point.remaining -= 1;
    if (point.remaining <= 0) this.#active.delete(name);
    return point.data;
  }

  /** Fails a command that has a time limit, as if its time were over. */
  assertTimeLeft(): void {
    if (this.#active.size === 0 || this.#fire('maxTimeAlwaysTimeOut') === null) return;
    throw new MongoError('MaxTimeMSExpired', 'operation exceeded time limit');
  }

  /** What must happen to a getMore that has found its cursor. */
  effectOnGetMore(): MongoError | null {
    const data = this.#fire('failGetMoreAfterCursorCheckout');
    const code = numberOf(data?.['errorCode'] as BsonValue | undefined);
    return code === undefined
      ? null
      : MongoError.fromCode(code, "Failing getMore via 'failGetMoreAfterCursorCheckout' failpoint");
  }

  /** What must happen to a statement of a retryable write: fail before it takes effect, lose its connection, or both. */
  effectOnRetryableWrite(): { error: MongoError | null; closeConnection: boolean } | null {
    const data = this.#fire('onPrimaryTransactionalWrite');
    if (data === null) return null;
    const code = numberOf(data['failBeforeCommitExceptionCode'] as BsonValue | undefined);
    return {
      error:
        code === undefined
          ? null
          : MongoError.fromCode(code, "Failing write via 'onPrimaryTransactionalWrite' failpoint"),
      closeConnection: data['closeConnection'] !== false,
    };
  }

  /** What must happen to this command, if anything; counts it. */
  effectOn(command: string, appName: string | undefined, namespace: string | undefined): FailCommandEffect | null {
    if (this.#active.size === 0 || command === 'configureFailPoint') return null;
    const point = this.#active.get('failCommand');
    if (point === undefined) return null;
    const { data } = point;
    const commands = data['failCommands'];
    if (!Array.isArray(commands) || !commands.includes(command)) return null;
    if (typeof data['appName'] === 'string' && data['appName'] !== appName) return null;
    if (typeof data['namespace'] === 'string' && data['namespace'] !== namespace) return null;
    if (this.#fire('failCommand') === null) return null;
    const labels = Array.isArray(data['errorLabels']) ? data['errorLabels'].map(String) : undefined;
    const code = numberOf(data['errorCode']);
    const writeConcernError = data['writeConcernError'];
    return {
      closeConnection: data['closeConnection'] === true,
      blockMs: data['blockConnection'] === true ? (numberOf(data['blockTimeMS']) ?? 0) : 0,
      ...(code === undefined
        ? {}
        : {
            error: MongoError.fromCode(code, "Failing command via 'failCommand' failpoint", {
              extra: isDocument(data['errorExtraInfo']) ? data['errorExtraInfo'] : {},
              labels: labels ?? [],
            }),
          }),
      ...(isDocument(writeConcernError) ? { writeConcernError } : {}),
      ...(labels === undefined ? {} : { labels }),
    };
  }
}

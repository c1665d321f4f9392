/** Logical sessions: a client's `lsid`, what it last did, its transaction. Forgotten after 30 idle minutes, as MongoDB does. */
import { Binary, type Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';

export const SESSION_TIMEOUT_MINUTES = 30;
const SWEEP_MS = 60 * 1000;
const SESSION_ID_BYTES = 16;

export interface Session {
  readonly key: string;
  readonly lsid: Document;
  lastUsedMs: number;
  /** The storage remembers what it did (session-records.ts). */
  hasRecord: boolean;
  /** The client said that it is done with it. */
  isOver: boolean;
}

/** The key of a session: its UUID in hex. */
export function sessionKey(lsid: Document): string {
  const id = lsid['id'];
  if (!(id instanceof Binary) || id.sub_type !== Binary.SUBTYPE_UUID || id.length() !== SESSION_ID_BYTES) {
    throw new MongoError('InvalidOptions', 'Session id must be a UUID: lsid is { id: <UUID> }');
  }
  return Buffer.from(id.buffer.buffer, id.buffer.byteOffset, id.length()).toString('hex');
}

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #onFinish: (session: Session) => void;
  readonly #onEnd: (session: Session) => void;
  readonly #sweeper: NodeJS.Timeout;

  /**
   * `onFinish` frees what belongs to a session (cursors, its transaction) when it ends or is forgotten; `onEnd` then forgets
   * what is remembered of it.
   */
  constructor(onFinish: (session: Session) => void, onEnd: (session: Session) => void) {
    this.#onFinish = onFinish;
    this.#onEnd = onEnd;
    this.#sweeper = setInterval(() => this.#endIdle(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** The session of this lsid, made on first use. */
  touch(lsid: Document): Session {
    const key = sessionKey(lsid);
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = { key, lsid, lastUsedMs: Date.now(), hasRecord: false, isOver: false };
      this.#sessions.set(key, session);
    }
    session.lastUsedMs = Date.now();
    session.isOver = false;
    return session;
  }

  markRecorded(key: string): void {
    const session = this.#sessions.get(key);
    if (session !== undefined) session.hasRecord = true;
  }

  /** A session that the storage remembers from before a restart; it is over unless its client comes back. */
  restore(key: string, lsid: Document, lastUsedMs: number): void {
    this.#sessions.set(key, { key, lsid, lastUsedMs, hasRecord: true, isOver: true });
  }

  /** Those that a client may still be using. */
  all(): Session[] {
    return [...this.#sessions.values()].filter(({ isOver }) => !isOver);
  }

  /**
   * The client is done with it: what it holds is freed. What it did stays known until it has been idle for long, for a
   * write or a commit that was lost on the way may still be sent again.
   */
  finish(lsid: Document): void {
    const session = this.#sessions.get(sessionKey(lsid));
    if (session === undefined) return;
    if (!session.hasRecord) this.#end(session.key);
    else if (!session.isOver) {
      session.isOver = true;
      this.#onFinish(session);
    }
  }

  /** Frees what the session holds; the session itself goes on. */
  kill(key: string): void {
    const session = this.#sessions.get(key);
    if (session !== undefined) this.#onFinish(session);
  }

  /** Forgets all sessions without ending them: after a restart their writes must still be known. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#sessions.clear();
  }

  #end(key: string): void {
    const session = this.#sessions.get(key);
    if (session === undefined) return;
    this.#sessions.delete(key);
    this.#onFinish(session);
    this.#onEnd(session);
  }

  #endIdle(): void {
    const oldest = Date.now() - SESSION_TIMEOUT_MINUTES * 60 * 1000;
    for (const session of [...this.#sessions.values()]) if (session.lastUsedMs < oldest) this.#end(session.key);
  }
}

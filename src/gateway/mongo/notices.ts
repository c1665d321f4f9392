/**
 * What gateways tell each other through MongoDB, and what commands ask of all of them: a refused operation was settled, the
 * devices are to be compared. One change stream for both; who missed something is told to look for itself.
 */
import type { ChangeStream, Db, ResumeToken } from 'mongodb';
import type { ConflictRecord, InboxRecord, SyncRequestRecord } from './collections.ts';

export interface NoticeListener {
  /** An entry of the inbox, or of the conflict log, is new or has changed. */
  onEntry(record: InboxRecord | ConflictRecord): void;
  onRequest(request: SyncRequestRecord): void;
  /** Something may have been missed. */
  onGap(): void;
}

const RETRY_MS = 500;

export class Notices {
  readonly #db: Db;
  readonly #listener: NoticeListener;
  readonly #log: (line: string) => void;
  #stream: ChangeStream | null = null;
  #resumeToken: ResumeToken | null = null;
  #isClosed = false;
  #retry: NodeJS.Timeout | null = null;

  private constructor(db: Db, listener: NoticeListener, log: (line: string) => void) {
    this.#db = db;
    this.#listener = listener;
    this.#log = log;
  }

  static start(db: Db, listener: NoticeListener, log: (line: string) => void): Notices {
    const notices = new Notices(db, listener, log);
    notices.#open();
    return notices;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await this.#stream?.close().catch(() => undefined);
  }

  #open(): void {
    const stream = this.#db.watch(
      [
        {
          $match: {
            'ns.coll': { $in: ['sync_inbox', 'sync_conflicts', 'sync_requests'] },
            operationType: { $in: ['insert', 'update', 'replace'] },
          },
        },
      ],
      {
        fullDocument: 'updateLookup',
        maxAwaitTimeMS: 1_000,
        ...(this.#resumeToken === null ? {} : { resumeAfter: this.#resumeToken }),
      },
    );
    this.#stream = stream;
    void this.#read(stream);
  }

  async #read(stream: ChangeStream): Promise<void> {
    try {
      for await (const event of stream) {
        this.#resumeToken = event._id;
        if (!('fullDocument' in event) || event.fullDocument === undefined) continue;
        const isRequest = 'ns' in event && 'coll' in event.ns && event.ns.coll === 'sync_requests';
        if (isRequest) this.#listener.onRequest(event.fullDocument as SyncRequestRecord);
        else this.#listener.onEntry(event.fullDocument as InboxRecord | ConflictRecord);
      }
    } catch (error) {
      if (this.#isClosed) return;
      this.#log(`notices of other gateways were lost for a moment: ${(error as Error).message}`);
      this.#resumeToken = null;
      await stream.close().catch(() => undefined);
      this.#retry = setTimeout(() => {
        this.#open();
        this.#listener.onGap();
      }, RETRY_MS);
    }
  }
}

/** Collects the faults of the single writes of a batch, as `writeErrors` of the reply. */
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';

export class WriteErrors {
  readonly #errors: Document[] = [];

  /** Runs one write. A MongoError is noted; returns false when an ordered batch must stop here. */
  attempt(index: number, ordered: boolean, write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!(error instanceof MongoError) || isWholeCommandError(error)) throw error;
      this.add(index, error);
      return !ordered;
    }
  }

  /** The same for a write in jobs of its own. */
  async attemptLong(index: number, ordered: boolean, write: () => Promise<MongoError | undefined>): Promise<boolean> {
    let fault: MongoError | undefined;
    try {
      fault = await write();
    } catch (error) {
      if (!(error instanceof MongoError)) throw error;
      fault = error;
    }
    return this.attempt(index, ordered, () => {
      if (fault !== undefined) throw fault;
    });
  }

  add(index: number, error: MongoError): void {
    this.#errors.push({ index, code: error.code, ...(error.extra as Document), errmsg: error.message });
  }

  /** `{ writeErrors }` where there are any. */
  fields(): Document {
    return this.#errors.length === 0 ? {} : { writeErrors: this.#errors as BsonValue[] };
  }

  get count(): number {
    return this.#errors.length;
  }
}

/** Faults that concern the command or the transaction, not one document of the batch. */
function isWholeCommandError(error: MongoError): boolean {
  return ['WriteConflict', 'Interrupted', 'MaxTimeMSExpired', 'OutOfDiskSpace', 'ClientDisconnect'].includes(
    error.codeName,
  );
}

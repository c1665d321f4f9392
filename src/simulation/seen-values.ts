/**
 * Since when that stands which somebody saw and changed: such an edit never loses to it. A device may hold the same value
 * as of several moments; the earliest counts, so that nothing is held against it that it may not have seen.
 */
import {
  type Document,
  documentKey,
  fieldChangesOf,
  HLC_ORIGIN,
  type Hlc,
  type Operation,
  type Stamps,
  standingStamp,
} from '../sync/index.ts';
import type { Applied } from './applied-promises.ts';
import { BrokenPromise } from './broken-promise.ts';

export class SeenValues {
  readonly #stampsOf = new WeakMap<Document, Stamps>();
  /** Action → `collection/id path` → the stamp of what was seen there. */
  readonly #seen = new Map<string, Map<string, Hlc>>();

  /** Versions of documents are never changed, so each has its stamps for good. */
  remember(version: Document, stamps: Stamps): void {
    this.#stampsOf.set(version, stamps);
  }

  /** `versionsOf`: the versions of a document that look like what the device shows. */
  note(operation: Operation, versionsOf: (collection: string, id: string) => readonly Document[]): void {
    // What is done once more keeps its old stamp, and may lose.
    if (operation.settles?.how === 'replay') return;
    const seen = new Map<string, Hlc>();
    for (const change of operation.changes) {
      const versions = versionsOf(change.collection, change.id);
      if (change.kind !== 'set' || versions.length === 0) continue;
      for (const path of Object.keys(fieldChangesOf(change))) {
        const stamps = versions.map((version) => this.#stampAt(version, path));
        seen.set(
          `${documentKey(change)} ${path}`,
          stamps.reduce((one, other) => (one < other ? one : other)),
        );
      }
    }
    this.#seen.set(operation.action, seen);
  }

  #stampAt(version: Document, path: string): Hlc {
    const stamps = this.#stampsOf.get(version);
    return stamps === undefined ? HLC_ORIGIN : standingStamp(stamps, path).hlc;
  }

  require({ action }: Operation, { conflicts }: Applied): void {
    const seen = this.#seen.get(action);
    for (const { collection, id, path, standingHlc, reason } of conflicts) {
      if (reason !== 'newer_write' || standingHlc > (seen?.get(`${collection}/${id} ${path}`) ?? HLC_ORIGIN)) continue;
      const wrong = `'${path}' of '${action}' lost to ${standingHlc}, which its user had seen in ${collection}/${id}.`;
      throw new BrokenPromise('seen', wrong);
    }
  }
}

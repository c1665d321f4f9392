/**
 * Who should have won each field, told once more and in the simplest way: the write with the newest stamp. Documents that
 * were ever deleted are left out: their rule is another, and has its own tests.
 */
import { fieldAt } from '../domain/index.ts';
import { type Document, type FieldChanges, type Hlc, sameValue } from '../sync/index.ts';
import { BrokenPromise } from './broken-promise.ts';

interface NewestWrite {
  readonly hlc: Hlc;
  readonly value: unknown;
}

export class NewestWrites {
  /** `collection/id` → path → the newest write. */
  readonly #newest = new Map<string, Map<string, NewestWrite>>();
  readonly #everDeleted = new Set<string>();

  note(key: string, changes: FieldChanges, hlc: Hlc): void {
    // A movement is written once, and its stamp is the ledger's business.
    if (key.startsWith('stock_movements/')) return;
    if (changes['deleted'] === true) this.#everDeleted.add(key);
    const paths = this.#newest.get(key) ?? new Map<string, NewestWrite>();
    this.#newest.set(key, paths);
    for (const [path, value] of Object.entries(changes)) {
      const standing = paths.get(path);
      if (standing === undefined || hlc > standing.hlc) paths.set(path, { hlc, value });
    }
  }

  noteGone(key: string): void {
    this.#everDeleted.add(key);
  }

  require(find: (key: string) => Document | undefined): void {
    for (const [key, paths] of this.#newest) {
      const document = find(key);
      if (document === undefined || this.#everDeleted.has(key)) continue;
      for (const [path, { hlc, value }] of paths) {
        const found = fieldAt(document, path);
        if (sameValue(found, value)) continue;
        const wrong = `'${path}' of ${key} is ${JSON.stringify(found)}; the newest write (${hlc}) was ${JSON.stringify(value)}.`;
        throw new BrokenPromise('newest', wrong);
      }
    }
  }
}

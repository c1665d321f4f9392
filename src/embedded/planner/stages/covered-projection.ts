import { decodeFields, encode } from '../../bson/codec.ts';
import { KeyReader } from '../../bson/key-values.ts';
import type { Direction } from '../../bson/keys.ts';
import type { BsonValue, Document } from '../../bson/values.ts';
import type { IndexInfo } from '../../storage/storage.ts';
import { BREATHE, type Rows, type Run, Stage } from '../rows.ts';

/**
 * Answers a projection from index keys alone. Where a key does not tell a value exactly (a number's type, null or missing),
 * it looks at the document after all.
 */
export class CoveredProjection extends Stage {
  readonly name = 'PROJECTION_COVERED';
  readonly #spec: Document;
  /** The fields of the index up to the last one that is wanted. */
  readonly #fields: readonly { readonly path: string; readonly direction: Direction; readonly isWanted: boolean }[];
  readonly #wanted: readonly string[];

  constructor(input: Stage, index: IndexInfo, wanted: readonly string[], spec: Document) {
    super([input]);
    this.#spec = spec;
    this.#wanted = wanted;
    const paths = Object.keys(index.key);
    const last = Math.max(...wanted.map((path) => paths.indexOf(path)));
    this.#fields = paths
      .slice(0, last + 1)
      .map((path) => ({ path, direction: index.key[path] === -1 ? -1 : 1, isWanted: wanted.includes(path) }));
  }

  *rows(run: Run): Rows {
    const fields = new Set(this.#wanted);
    for (const row of (this.inputs[0] as Stage).rows(run)) {
      if (row !== BREATHE) {
        let values = this.#valuesOf(row.key as Uint8Array);
        if (values === null) {
          const raw = run.collection.get(row.recordId);
          if (raw === undefined) continue;
          this.counters.docsExamined += 1;
          values = decodeFields(raw, fields);
        }
        const document: Document = {};
        for (const path of this.#wanted) if (values[path] !== undefined) document[path] = values[path] as BsonValue;
        row.raw = encode(document);
        this.counters.advanced += 1;
      }
      yield row;
    }
    this.finished = true;
  }

  #valuesOf(key: Uint8Array): Document | null {
    const reader = new KeyReader(key);
    const values: Document = {};
    for (const { path, direction, isWanted } of this.#fields) {
      const value = reader.next(direction);
      if (reader.isLost || (isWanted && value === undefined)) return null;
      if (isWanted) values[path] = value;
    }
    return values;
  }

  describe(): Document {
    return { transformBy: this.#spec };
  }
}

/**
 * The fields of a projection that the keys of the index hold, in the order in which documents have them; null where
 * that is not known. (`_id` is always first, so one more field has its place; of two others only the document knows.)
 */
export function coveredFields(index: IndexInfo, projection: Document): readonly string[] | null {
  const { _id: id, ...others } = projection;
  const names = Object.keys(others);
  const isOn = (value: BsonValue | undefined) => value === true || (typeof value === 'number' && value !== 0);
  const isOff = (value: BsonValue | undefined) => value === false || value === 0;
  if (names.length > 1 || !names.every((name) => isOn(others[name]))) return null;
  if (names.length === 0 && !isOn(id)) return null;
  if (id !== undefined && !isOn(id) && !isOff(id)) return null;
  const wanted = isOff(id) ? names : ['_id', ...names];
  if (index.multikey || index.options['collation'] !== undefined) return null;
  const isHeld = (path: string) => !path.includes('.') && typeof index.key[path] === 'number';
  return wanted.every(isHeld) ? wanted : null;
}

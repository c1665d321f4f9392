/** Wildcard indexes (`$**`, `path.$**`): which paths they hold, and what they hold of a document. */
import { BsonUndefined, type BsonValue, type Document } from '../bson/values.ts';
import type { IndexInfo } from './storage.ts';

const ALL = '$**';

/** The field of the key that is the wildcard; undefined where the index is of another kind. */
export function wildcardOf(key: IndexInfo['key']): string | undefined {
  return Object.keys(key).find((path) => isWildcard(path) && key[path] !== 'text');
}

export function isWildcard(path: string): boolean {
  return path === ALL || path.endsWith(`.${ALL}`);
}

export class WildcardPaths {
  /** Without them, or below them, nothing (or everything) is held. */
  readonly #named: readonly string[];
  readonly #excludes: boolean;
  readonly #holdsId: boolean;

  constructor(index: Pick<IndexInfo, 'key' | 'options'>) {
    const wildcard = wildcardOf(index.key) ?? ALL;
    const projection = index.options['wildcardProjection'] as Document | undefined;
    if (wildcard !== ALL) {
      this.#named = [wildcard.slice(0, -ALL.length - 1)];
      this.#excludes = false;
      this.#holdsId = false;
      return;
    }
    const { _id: id, ...fields } = flattened(projection ?? {});
    this.#named = Object.keys(fields);
    this.#excludes = Object.values(fields).every((value) => !isOn(value)) && !(this.#named.length === 0 && isOn(id));
    this.#holdsId = isOn(id);
  }

  /** Whether values at the path are in the index. */
  holds(path: string): boolean {
    if (path === '_id' || path.startsWith('_id.')) return this.#holdsId || (!this.#excludes && this.#names(path));
    return this.#names(path) !== this.#excludes;
  }

  #names(path: string): boolean {
    return this.#named.some((named) => path === named || path.startsWith(`${named}.`));
  }

  /** Whether values below the path may be in the index. */
  leadsBelow(path: string): boolean {
    return this.holds(path) || (!this.#excludes && this.#named.some((named) => named.startsWith(`${path}.`)));
  }
}

function isOn(value: BsonValue | undefined): boolean {
  return value === true || (value !== undefined && value !== false && value !== null && Number(value) !== 0);
}

/** `{ a: { b: 1 } }` as `{ 'a.b': 1 }`. */
function flattened(projection: Document, prefix = '', into: Document = {}): Document {
  for (const [name, value] of Object.entries(projection)) {
    if (isPlain(value)) flattened(value, `${prefix}${name}.`, into);
    else into[`${prefix}${name}`] = value as BsonValue;
  }
  return into;
}

/**
 * Every value of the document with its path. An element of an array stands at the array's path, an array within an array
 * is a value as a whole, and so are empty documents; an empty array is undefined. `onArray` hears of arrays.
 */
export function* wildcardValues(
  document: Document,
  paths: WildcardPaths,
  onArray: () => void,
  prefix = '',
): Generator<readonly [path: string, value: BsonValue]> {
  for (const name of Object.keys(document)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const value = document[name];
    if (value === undefined || !paths.leadsBelow(path)) continue;
    if (!Array.isArray(value)) {
      yield* valuesAt(value, path, paths, onArray);
      continue;
    }
    onArray();
    if (value.length === 0 && paths.holds(path)) yield [path, BsonUndefined.value];
    for (const element of value) yield* valuesAt(element, path, paths, onArray);
  }
}

function* valuesAt(
  value: BsonValue,
  path: string,
  paths: WildcardPaths,
  onArray: () => void,
): Generator<readonly [path: string, value: BsonValue]> {
  if (isPlain(value) && Object.keys(value).length > 0) yield* wildcardValues(value, paths, onArray, path);
  else if (paths.holds(path)) yield [path, value];
}

function isPlain(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

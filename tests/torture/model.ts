/**
 * What must be in the database: each client's own part of it, as the acknowledged writes left it, and the writes that were
 * under way when the server was killed. A state is flat, so that documents, indexes and collections are compared alike:
 *
 *     items/c2-15       → the document
 *     index:items/n_1   → the index's description
 *     collection:items  → true
 */
export type Value = null | boolean | number | string | Value[] | { [field: string]: Value };
export type Fields = { [field: string]: Value };
export type State = Map<string, Value>;

export interface Change {
  readonly key: string;
  /** Undefined: gone. */
  readonly after: Value | undefined;
}

/** There whole or not at all. */
export type Unit = readonly Change[];

export interface Effect {
  readonly units: readonly Unit[];
  /** What an interrupted write may leave: its first units, or any of them (which then touch different keys). */
  readonly order: 'prefix' | 'any';
}

export const NO_EFFECT: Effect = { units: [], order: 'prefix' };

export const documentKey = (collection: string, id: string): string => `${collection}/${id}`;
export const indexKey = (collection: string, name: string): string => `index:${collection}/${name}`;
export const collectionKey = (collection: string): string => `collection:${collection}`;

export function applyUnits(state: State, units: readonly Unit[]): void {
  for (const unit of units) {
    for (const { key, after } of unit) {
      if (after === undefined) state.delete(key);
      else state.set(key, after);
    }
  }
}

/** Equal for equal values, whatever the order of their fields. */
export function canonical(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical(value[field])}`).join(',')}}`;
}

const isSame = (a: Value | undefined, b: Value | undefined): boolean => canonical(a) === canonical(b);

const SHOWN_CHARACTERS_MAX = 160;

export function show(value: Value | undefined): string {
  const text = canonical(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}… (${text.length})` : text;
}

/** For documents only the fields that differ. */
function difference(must: Value | undefined, is: Value | undefined): string {
  if (!isDocument(must) || !isDocument(is)) return `must be ${show(must)}, is ${show(is)}`;
  const fields = [...new Set([...Object.keys(must), ...Object.keys(is)])].filter(
    (field) => !isSame(must[field], is[field]),
  );
  return fields.map((field) => `must have ${field} ${show(must[field])}, has ${show(is[field])}`).join('; ');
}

const isDocument = (value: Value | undefined): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export interface Resolution {
  readonly violations: readonly string[];
  /** The keys that differ, in the order of the violations. */
  readonly keys: readonly string[];
  /** How many units of the interrupted write took effect. */
  readonly unitsKept: number;
}

/**
 * Compares a client's part of what is there with what must be there, `interrupted` being the write that was under way.
 * Afterwards `state` is what was found, so that the next round starts from the truth.
 */
export function resolve(state: State, observed: ReadonlyMap<string, Value>, interrupted: Effect | null): Resolution {
  const violations: string[] = [];
  const keys: string[] = [];
  const touched = new Set(interrupted?.units.flatMap((unit) => unit.map(({ key }) => key)) ?? []);
  for (const key of new Set([...state.keys(), ...observed.keys()])) {
    if (touched.has(key) || isSame(state.get(key), observed.get(key))) continue;
    const what = !observed.has(key)
      ? 'an acknowledged write is lost'
      : !state.has(key)
        ? 'something is there that nobody wrote or that was removed'
        : 'a document differs from its last acknowledged write';
    violations.push(`${what}: ${key} ${difference(state.get(key), observed.get(key))}`);
    keys.push(key);
  }
  let unitsKept = 0;
  if (interrupted !== null) {
    const found =
      interrupted.order === 'prefix'
        ? prefixKept(state, observed, interrupted.units, touched)
        : unitsPresent(state, observed, interrupted.units);
    if (typeof found === 'number') unitsKept = found;
    else violations.push(...found);
  }
  state.clear();
  for (const [key, value] of observed) state.set(key, value);
  return { violations, keys, unitsKept };
}

function prefixKept(
  state: State,
  observed: ReadonlyMap<string, Value>,
  units: readonly Unit[],
  touched: ReadonlySet<string>,
): number | string[] {
  const next = new Map([...touched].flatMap((key) => (state.has(key) ? [[key, state.get(key)!] as const] : [])));
  let kept = -1;
  for (let count = 0; count <= units.length; count++) {
    if (count > 0) applyUnits(next, [units[count - 1]!]);
    if ([...touched].every((key) => isSame(next.get(key), observed.get(key)))) kept = count;
  }
  if (kept >= 0) return kept;
  return [
    `an interrupted write of ${units.length} units is there neither whole, nor up to one of its units, nor not at all: ${[
      ...touched,
    ]
      .slice(0, 6)
      .map((key) => `${key} was ${show(state.get(key))}, is ${show(observed.get(key))}`)
      .join('; ')}`,
  ];
}

function unitsPresent(state: State, observed: ReadonlyMap<string, Value>, units: readonly Unit[]): number | string[] {
  const violations: string[] = [];
  let kept = 0;
  for (const unit of units) {
    if (unit.every(({ key, after }) => isSame(after, observed.get(key)))) kept += 1;
    else if (!unit.every(({ key }) => isSame(state.get(key), observed.get(key)))) {
      violations.push(
        `part of an interrupted write is there by halves: ${unit.map(({ key, after }) => `${key} was ${show(state.get(key))}, was to be ${show(after)}, is ${show(observed.get(key))}`).join('; ')}`,
      );
    }
  }
  return violations.length > 0 ? violations : kept;
}

/**
 * What becomes of a document when an operation reaches it: each field goes to the write with the newest stamp, whoever
 * arrives first. A map is merged key by key; an array and every scalar is one value. What loses is not dropped but
 * returned, for the conflict log.
 */
import { fieldAt, isMap } from '../domain/index.ts';
import { HLC_ORIGIN, type Hlc } from './hybrid-clock.ts';

export type Document = Readonly<Record<string, unknown>>;

/** Dotted path of a value → its new value; undefined takes the field away. */
export type FieldChanges = Readonly<Record<string, unknown>>;

/**
 * Who wrote what when, of one document. Fields that are not in `fields` were last written at `base`, which is the
 * document's creation, or {@link HLC_ORIGIN} where nobody stamped it.
 */
export interface Stamps {
  readonly base: Hlc;
  readonly fields: Readonly<Record<string, Hlc>>;
}

export const NO_STAMPS: Stamps = { base: HLC_ORIGIN, fields: {} };

export type LossReason = 'newer_write' | 'document_deleted';

/** A change that did not come through. */
export interface LostChange {
  readonly path: string;
  readonly value: unknown;
  /** What stands there instead, and since when. */
  readonly standing: unknown;
  readonly standingHlc: Hlc;
  readonly reason: LossReason;
}

export interface Merged {
  readonly after: Document;
  readonly stamps: Stamps;
  readonly appliedPaths: readonly string[];
  readonly lost: readonly LostChange[];
}

/** A document as changes: one for each value that is not a map. Empty maps count as values. */
export function leavesOf(document: Document, prefix = ''): Record<string, unknown> {
  const leaves: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (isMap(value) && Object.keys(value).length > 0) Object.assign(leaves, leavesOf(value, path));
    else leaves[path] = value;
  }
  return leaves;
}

/** A new document, as of `hlc`. */
export function created(document: Document, hlc: Hlc): Merged {
  return {
    after: document,
    stamps: { base: hlc, fields: {} },
    appliedPaths: Object.keys(leavesOf(document)),
    lost: [],
  };
}

/**
 * Changes of `hlc` on a document that is there. A deleted document takes no changes but its restoration
 * (`deleted: false`, newer than the deletion): deletion wins over edits that did not know of it.
 */
export function merged(before: Document, stamps: Stamps, changes: FieldChanges, hlc: Hlc): Merged {
  const wanted = leavesOfChanges(changes);
  const deletedSince = standingStamp(stamps, 'deleted').hlc;
  const restores = wanted.get('deleted') === false && hlc > deletedSince;
  const isDeleted = before['deleted'] === true && !restores;
  const fields: Record<string, Hlc> = { ...stamps.fields };
  const appliedPaths: string[] = [];
  const lost: LostChange[] = [];
  let after: Document = before;
  for (const [path, value] of wanted) {
    const standing = standingStamp(stamps, path);
    const reason: LossReason | null =
      isDeleted && path !== 'deleted' ? 'document_deleted' : hlc > standing.hlc ? null : 'newer_write';
    if (reason !== null) {
      const found = fieldAt(before, path);
      // The same write once more, or two people who agree: nothing is lost.
      if (found === value || sameValue(found, value)) continue;
      lost.push({
        path,
        value,
        standing: found,
        standingHlc: reason === 'document_deleted' ? deletedSince : standing.hlc,
        reason,
      });
      continue;
    }
    for (const covered of standing.covered) delete fields[covered];
    fields[path] = hlc;
    after = withValue(after, path.split('.'), value);
    appliedPaths.push(path);
  }
  return { after, stamps: { base: stamps.base, fields }, appliedPaths, lost };
}

/** What the document looks like with changes on top, whatever their stamps: a device's own view while it waits. */
export function withChanges(document: Document, changes: FieldChanges): Document {
  let after = document;
  for (const [path, value] of leavesOfChanges(changes)) after = withValue(after, path.split('.'), value);
  return after;
}

/** The paths whose values differ, with their values in `after` (undefined where the field went away). */
export function differences(before: Document, after: Document): FieldChanges {
  const old = leavesOf(before);
  const now = leavesOf(after);
  const changes: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(now)) if (!sameValue(old[path], value)) changes[path] = value;
  for (const path of Object.keys(old)) {
    const isCovered =
      Object.hasOwn(now, path) || Object.keys(changes).some((changed) => changed.startsWith(`${path}.`));
    if (!isCovered) changes[path] = undefined;
  }
  return changes;
}

function leavesOfChanges(changes: FieldChanges): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const [path, value] of Object.entries(changes)) {
    if (isMap(value) && Object.keys(value).length > 0) {
      for (const [leaf, inner] of Object.entries(leavesOf(value, path))) leaves.set(leaf, inner);
    } else leaves.set(path, value);
  }
  return leaves;
}

/** The newest stamp that a write of `path` has to beat, and the stamps that it takes the place of. */
export function standingStamp({ base, fields }: Stamps, path: string): { hlc: Hlc; covered: string[] } {
  let hlc = base;
  const covered: string[] = [];
  for (const [other, stamp] of Object.entries(fields)) {
    const isBelow = other.startsWith(`${path}.`);
    if (other !== path && !isBelow && !path.startsWith(`${other}.`)) continue;
    if (stamp > hlc) hlc = stamp;
    if (isBelow) covered.push(other);
  }
  return { hlc, covered };
}

function withValue(document: Document, names: readonly string[], value: unknown): Document {
  const [name, ...deeper] = names as [string, ...string[]];
  if (deeper.length === 0 && value === undefined) {
    const { [name]: _gone, ...rest } = document;
    return rest;
  }
  const inner = Object.hasOwn(document, name) ? document[name] : undefined;
  if (deeper.length > 0 && value === undefined && !isMap(inner)) return document;
  if (deeper.length === 0) return { ...document, [name]: value };
  const below = withValue(isMap(inner) ? inner : {}, deeper, value);
  // A map that has lost its last key goes too: whether it was there must not depend on who was heard first.
  const isEmptied = value === undefined && Object.keys(below).length === 0;
  return isEmptied ? withValue(document, [name], undefined) : { ...document, [name]: below };
}

export function sameValue(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((value, index) => sameValue(value, other[index]));
  if (!isMap(one) || !isMap(other)) return false;
  const names = Object.keys(one).filter((name) => one[name] !== undefined);
  if (names.length !== Object.keys(other).filter((name) => other[name] !== undefined).length) return false;
  return names.every((name) => sameValue(one[name], other[name]));
}

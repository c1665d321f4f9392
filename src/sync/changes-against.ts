/** Refused changes as a person needs them to settle them: what was meant, what was seen then, what is there now. */
import { fieldAt } from '../domain/index.ts';
import { type Document, leavesOf, sameValue, withChanges } from './merge.ts';
import { type DocumentChange, type DocumentKey, documentKey, fieldChangesOf } from './operations.ts';

export interface FieldOfChange {
  readonly path: string;
  /** What its user saw; undefined where there was nothing. */
  readonly seen: unknown;
  /** What its user meant; undefined takes the field away. */
  readonly wanted: unknown;
  /** What is there now. */
  readonly now: unknown;
  /** Whether settling it by `restore` would change something. */
  readonly differs: boolean;
}

export interface DocumentOfChange {
  readonly key: DocumentKey;
  readonly kind: DocumentChange['kind'];
  /** As it is now; null where it is gone, or was never there. */
  readonly now: Document | null;
  /** As it would be after `restore`; null where it is gone and nothing could be changed. */
  readonly wouldBe: Document | null;
  readonly fields: readonly FieldOfChange[];
}

/** Each change of a refused operation against the document as it is. */
export async function changesAgainst(
  changes: readonly DocumentChange[],
  documentNow: (collection: string, id: string) => Promise<Document | null>,
): Promise<DocumentOfChange[]> {
  const compared: DocumentOfChange[] = [];
  for (const change of changes) {
    compared.push(changeAgainst(change, await documentNow(change.collection, change.id)));
  }
  return compared;
}

function changeAgainst(change: DocumentChange, now: Document | null): DocumentOfChange {
  const key = documentKey(change);
  const { kind } = change;
  const wanted = kind === 'create' ? leavesOf(change.document) : fieldChangesOf(change);
  const seen = kind === 'create' ? {} : change.seen;
  const wouldBe = now === null ? (kind === 'create' ? change.document : null) : withChanges(now, wanted);
  const fields = Object.entries(wanted).map(([path, value]): FieldOfChange => {
    const found = now === null ? undefined : fieldAt(now, path);
    return { path, seen: seen[path], wanted: value, now: found, differs: !sameValue(found, value) };
  });
  return { key, kind, now, wouldBe, fields };
}

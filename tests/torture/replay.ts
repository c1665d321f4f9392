/**
 * Rebuilds the documents from the events of a change stream. If an event is missing or comes twice, either an event does
 * not fit what is there, or the result differs from the collections.
 */
import { canonical, documentKey, type Fields, type State, show, type Value } from './model.ts';
import { applyUpdate, removeAt, setAt } from './updates.ts';

/** A change event, as far as the workload can cause one; values are plain. */
export interface StreamEvent {
  readonly _id: { readonly _data: string };
  readonly operationType: string;
  readonly ns?: { readonly db: string; readonly coll?: string };
  readonly to?: { readonly db: string; readonly coll: string };
  readonly documentKey?: { readonly _id: string };
  readonly fullDocument?: Fields | null;
  readonly fullDocumentBeforeChange?: Fields | null;
  readonly updateDescription?: {
    readonly updatedFields?: Fields;
    readonly removedFields?: readonly string[];
    readonly truncatedArrays?: readonly { readonly field: string; readonly newSize: number }[];
  };
}

export class Replay {
  readonly state: State = new Map();
  readonly violations: string[] = [];
  events = 0;
  #tokenLast = '';

  take(event: StreamEvent): void {
    this.events += 1;
    const token = event._id._data;
    if (token <= this.#tokenLast)
      this.violations.push(
        `a change stream went backwards or repeated an event: token ${token} after ${this.#tokenLast} (${event.operationType})`,
      );
    this.#tokenLast = token;
    const collection = event.ns?.coll ?? '';
    switch (event.operationType) {
      case 'insert':
      case 'replace':
      case 'update':
      case 'delete':
        this.#takeDocument(event, documentKey(collection, event.documentKey!._id));
        break;
      case 'drop':
        for (const key of this.#keysOf(collection)) this.state.delete(key);
        break;
      case 'rename':
        for (const key of this.#keysOf(event.to!.coll)) this.state.delete(key);
        for (const key of this.#keysOf(collection)) {
          this.state.set(documentKey(event.to!.coll, key.slice(collection.length + 1)), this.state.get(key)!);
          this.state.delete(key);
        }
        break;
      default:
        if (!['create', 'createIndexes', 'dropIndexes', 'modify'].includes(event.operationType)) {
          this.violations.push(`a change stream reported ${event.operationType}, which nobody did`);
        }
    }
  }

  #keysOf(collection: string): string[] {
    return [...this.state.keys()].filter((key) => key.startsWith(`${collection}/`));
  }

  #takeDocument(event: StreamEvent, key: string): void {
    const before = this.state.get(key) as Fields | undefined;
    const { operationType: type, fullDocument, fullDocumentBeforeChange } = event;
    if ((type === 'insert') !== (before === undefined)) {
      this.violations.push(
        `a change stream lost or repeated an event: ${type} of ${key}, which ${before === undefined ? 'is not there' : 'is there'}`,
      );
    }
    if (fullDocumentBeforeChange != null && canonical(fullDocumentBeforeChange) !== canonical(before)) {
      this.violations.push(
        `the pre-image of an ${type} of ${key} is ${show(fullDocumentBeforeChange)}, but the events before it made ${show(before)}`,
      );
    }
    if (type === 'delete') {
      this.state.delete(key);
      return;
    }
    const after = type === 'update' ? described(before ?? {}, event.updateDescription ?? {}) : fullDocument!;
    if (type === 'update' && fullDocument != null && canonical(fullDocument) !== canonical(after)) {
      this.violations.push(
        `the post-image of an update of ${key} is ${show(fullDocument)}, but its description makes ${show(after)}`,
      );
    }
    this.state.set(key, after as Value);
  }
}

function described(before: Fields, description: NonNullable<StreamEvent['updateDescription']>): Fields {
  const after = applyUpdate(before, {});
  for (const { field, newSize } of description.truncatedArrays ?? []) {
    const list = field
      .split('.')
      .reduce<Value | undefined>((value, step) => (value as Fields | undefined)?.[step], after);
    if (Array.isArray(list)) list.length = newSize;
  }
  for (const [path, value] of Object.entries(description.updatedFields ?? {}))
    setAt(after, path, structuredClone(value));
  for (const path of description.removedFields ?? []) removeAt(after, path);
  return after;
}

/** Compares the documents that the events made with those that are there. */
export function replayDifferences(
  replayed: ReadonlyMap<string, Value>,
  observed: ReadonlyMap<string, Value>,
): string[] {
  const violations: string[] = [];
  for (const key of new Set([...replayed.keys(), ...observed.keys()])) {
    if (key.includes(':')) continue;
    if (canonical(replayed.get(key)) !== canonical(observed.get(key))) {
      violations.push(
        `the change stream has a hole or an event too many: ${key} is ${show(observed.get(key))}, its events make ${show(replayed.get(key))}`,
      );
    }
  }
  return violations;
}

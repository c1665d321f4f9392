/**
 * What a retail operation is: a name, the form of its input, and a plan that reads the device's store and answers with
 * the documents that change, or with what stands in the way. What business expects is an outcome, never an exception.
 */
import type { z } from 'zod';
import {
  type CollectionName,
  collections,
  describeCollection,
  fieldAt,
  type IsoTime,
  judgeWrite,
  type Permissions,
  type Principal,
  refusalInWords,
  type StockMovement,
  type StoreId,
} from '../../domain/index.ts';
import {
  type Document,
  type DocumentChange,
  fieldChangesOf,
  type Hlc,
  type JsonValue,
  leavesOf,
  type Operation,
  withChanges,
} from '../../sync/index.ts';
import type { StockedItem, StoreReader } from '../reads/store-reader.ts';

/** Lines of one operation; its documents stay far below what an operation may hold. */
export const LINES_MAX = 100;

export interface RetailContext {
  readonly reader: StoreReader;
  readonly storeId: StoreId;
  readonly userId: string;
  readonly deviceId: string;
  /** The operation's stamp, and the same moment as people read it. */
  readonly hlc: Hlc;
  readonly at: IsoTime;
  readonly newId: () => string;
}

/** A change with the document that it changes; undefined for a new one. */
export interface Draft {
  readonly collection: CollectionName;
  readonly before: Document | undefined;
  readonly change: DocumentChange;
}

export interface Planned<Facts> {
  readonly outcome: 'done';
  readonly drafts: readonly Draft[];
  /** What the app shows at once. */
  readonly facts: Facts;
}

/** What stands in the way, by name, with the figures that a person needs to go on. */
export interface Obstacle {
  readonly outcome: string;
}

export interface RetailOperation<
  Name extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Facts = unknown,
  Problem extends Obstacle = Obstacle,
> {
  readonly name: Name;
  /** One line for people. */
  readonly summary: string;
  /** Collections that it always writes to: who may not is not offered it. */
  readonly writes: readonly CollectionName[];
  readonly input: Schema;
  plan(input: z.output<Schema>, context: RetailContext): Promise<Planned<Facts> | Problem>;
}

/** Keeps the types of name, input and outcomes. */
export const defineRetailOperation = <
  const Name extends string,
  Schema extends z.ZodType,
  Facts,
  Problem extends Obstacle = never,
>(
  operation: RetailOperation<Name, Schema, Facts, Problem>,
): RetailOperation<Name, Schema, Facts, Problem> => operation;

/** Some person's input that could not be read: where, and what was expected. */
export interface InvalidInput {
  readonly outcome: 'invalid_input';
  readonly operation: null;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** What headquarters would refuse, told before it is stored. */
export interface Refused {
  readonly outcome: 'refused';
  readonly operation: null;
  readonly reason: string;
  readonly collection: CollectionName;
  readonly message: string;
}

export interface Done<Facts> {
  readonly outcome: 'done';
  readonly operation: Operation;
  readonly facts: Facts;
}

export type RetailOutcome<Facts = unknown, Problem extends Obstacle = Obstacle> =
  | Done<Facts>
  | (Problem & { readonly operation: null })
  | InvalidInput
  | Refused;

/** A new document; `_id` and its own id field are the same. */
export function create(collection: CollectionName, id: string, document: Readonly<Record<string, unknown>>): Draft {
  const idField = describeCollection(collection).idField;
  const whole = { _id: id, [idField]: id, ...document, deleted: false } as Record<string, JsonValue>;
  return { collection, before: undefined, change: { kind: 'create', collection, id, document: whole } };
}

/** Fields of a document that is there; dotted paths reach into maps. */
export function set(
  collection: CollectionName,
  before: Document,
  fields: Readonly<Record<string, unknown>>,
  unset: readonly string[] = [],
): Draft {
  const id = String(before[describeCollection(collection).idField]);
  const seen: Record<string, JsonValue> = {};
  for (const path of [...Object.keys(fields), ...unset]) {
    const value = fieldAt(before, path);
    if (value !== undefined) seen[path] = value as JsonValue;
  }
  const change = { kind: 'set', collection, id, fields: fields as Record<string, JsonValue>, unset: [...unset], seen };
  return { collection, before, change: change as DocumentChange };
}

/** One entry of the stock ledger; `quantity` is signed, and for a count the units found. */
export function movement(
  context: RetailContext,
  { inventory_id, store_id, product_id }: Pick<StockedItem, 'inventory_id' | 'store_id' | 'product_id'>,
  entry: Pick<StockMovement, 'kind' | 'quantity'> &
    Partial<Pick<StockMovement, 'order_id' | 'transfer_id' | 'replenishment_id' | 'reason'>>,
  id: string = context.newId(),
): Draft {
  return create('stock_movements', id, {
    inventory_id,
    store_id,
    product_id,
    reason: '',
    ...entry,
    user_id: context.userId,
    device_id: context.deviceId,
    hlc: context.hlc,
    occurred_at: context.at,
  });
}

/** What headquarters would say of these changes: the first one that it would refuse, or nothing. */
export function refusalOf(
  drafts: readonly Draft[],
  permissions: Permissions,
  principal: Principal,
): Omit<Refused, 'outcome' | 'operation'> | undefined {
  for (const { collection, before, change } of drafts) {
    const after =
      change.kind === 'create' ? (change.document as Document) : withChanges(before ?? {}, fieldChangesOf(change));
    const changedPaths = change.kind === 'create' ? [] : [...Object.keys(leavesOf(change.fields)), ...change.unset];
    const write = { collection, before, after, changedPaths };
    const verdict = judgeWrite(permissions, principal, write);
    if (verdict.outcome === 'refused') {
      return { reason: verdict.reason, collection, message: refusalInWords(principal, write, verdict) };
    }
    const [issue] = collections[collection].schema.safeParse(after).error?.issues ?? [];
    if (issue !== undefined) {
      const message = `${collection} would have a fault at '${issue.path.join('.')}': ${issue.message}.`;
      return { reason: 'document_invalid', collection, message };
    }
  }
  return undefined;
}

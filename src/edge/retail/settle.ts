/**
 * How a device's user settles what headquarters refused: by one more operation, which goes the way of all others and closes
 * the entry in the inbox in the same transaction that brings its changes.
 */
import { z } from 'zod';
import { type CollectionName, type Permissions, type Principal, syncedCollectionNames } from '../../domain/index.ts';
import {
  CHANGES_PER_OPERATION_MAX,
  type Document,
  documentChangeSchema,
  type Hlc,
  type Operation,
  SETTLEMENT_WAYS,
  type SettlementWay,
} from '../../sync/index.ts';
import type { DittoExecutor } from '../ditto-executor.ts';
import { type LostRow, lostChangeOf, type OutboxRow, type RejectedRow, rejectedOperationOf } from '../ditto-rows.ts';
import { statements } from '../dql.ts';
import type { RejectedOperation } from '../replica.ts';
import { type Draft, type InvalidInput, type Refused, refusalOf } from './operation.ts';

const syncedNames: ReadonlySet<string> = new Set(syncedCollectionNames);

export const settleInputSchema = z
  .strictObject({
    how: z.enum(SETTLEMENT_WAYS),
    /** What is to be done instead; for `change` alone. */
    changes: z.array(documentChangeSchema).min(1).max(CHANGES_PER_OPERATION_MAX).optional(),
  })
  .refine(({ changes = [] }) => changes.every(({ collection }) => syncedNames.has(collection)), {
    path: ['changes'],
    message: 'expected collections that devices write to',
  })
  .refine(({ how, changes }) => (how === 'change') === (changes !== undefined), {
    path: ['changes'],
    message: 'expected with `change`, and with nothing else',
  });

export type SettleInput = z.input<typeof settleInputSchema>;

export type SettleOutcome =
  | {
      readonly outcome: 'done';
      readonly operation: Operation;
      readonly facts: { readonly inboxId: string; readonly how: SettlementWay };
    }
  /** There is nothing of this number to settle: it never was, or somebody has settled it. */
  | { readonly outcome: 'unknown_rejection'; readonly operation: null; readonly sequence: number }
  /** A settlement of it is on its way to headquarters. */
  | { readonly outcome: 'being_settled'; readonly operation: null; readonly how: SettlementWay }
  | InvalidInput
  | Refused;

export interface SettleContext {
  readonly store: DittoExecutor;
  readonly permissions: Permissions;
  readonly principal: Principal;
  readonly nextSequence: number;
  /** A stamp of now. */
  readonly hlc: Hlc;
}

export async function settlementOf(
  sequence: number,
  { how, changes = [] }: z.output<typeof settleInputSchema>,
  context: SettleContext,
): Promise<SettleOutcome> {
  const { store, permissions, principal, nextSequence, hlc } = context;
  const rejected = await rejectedOfSequence(store, sequence);
  if (rejected === undefined) return { outcome: 'unknown_rejection', operation: null, sequence };
  const { inboxId } = rejected;
  const onItsWay = await settlementsUnderWay(store);
  const other = onItsWay.get(inboxId);
  if (other !== undefined) return { outcome: 'being_settled', operation: null, how: other };
  if (how === 'change') {
    const refusal = refusalOf(await draftsOf(store, changes), permissions, principal);
    if (refusal !== undefined) return { outcome: 'refused', operation: null, ...refusal };
  }
  const { action, hlc: originalHlc, changes: originalChanges } = rejected.operation;
  const operation: Operation = {
    sequence: nextSequence,
    hlc: how === 'replay' ? originalHlc : hlc,
    action,
    userId: principal.userId,
    changes: how === 'discard' ? [] : how === 'change' ? changes : originalChanges,
    settles: { inboxId, how },
  };
  return { outcome: 'done', operation, facts: { inboxId, how } };
}

export type SettleLostOutcome =
  | Extract<SettleOutcome, { readonly outcome: 'done' | 'being_settled' }>
  /** There is nothing of this id to settle: it never was, or somebody has settled it. */
  | { readonly outcome: 'unknown_conflict'; readonly operation: null; readonly conflictId: string };

/** Gives a field that lost its place after all, or lets it be. */
export async function settlementOfLost(
  conflictId: string,
  how: 'restore' | 'discard',
  { store, principal, nextSequence, hlc }: SettleContext,
): Promise<SettleLostOutcome> {
  const { items } = await store.execute(statements.readByIds('zava_lost'), { ids: [conflictId] });
  if (items[0] === undefined) return { outcome: 'unknown_conflict', operation: null, conflictId };
  const other = (await settlementsUnderWay(store)).get(conflictId);
  if (other !== undefined) return { outcome: 'being_settled', operation: null, how: other };
  const { collection, id, path, value, tookAway, operation: lost } = lostChangeOf(items[0].value as LostRow);
  const restored = tookAway ? { fields: {}, unset: [path] } : { fields: { [path]: value }, unset: [] };
  const operation: Operation = {
    sequence: nextSequence,
    hlc,
    action: lost.action,
    userId: principal.userId,
    changes: how === 'discard' ? [] : [{ kind: 'set', collection, id, ...restored, seen: {} }],
    settles: { inboxId: conflictId, how },
  };
  return { outcome: 'done', operation, facts: { inboxId: conflictId, how } };
}

async function rejectedOfSequence(store: DittoExecutor, sequence: number): Promise<RejectedOperation | undefined> {
  const { items } = await store.execute(statements.readRejected);
  return items
    .map(({ value }) => rejectedOperationOf(value as RejectedRow))
    .find(({ operation }) => operation.sequence === sequence);
}

/** Inbox id → how, of the settlements that headquarters has not answered. */
export async function settlementsUnderWay(store: DittoExecutor): Promise<Map<string, SettlementWay>> {
  const { items } = await store.execute(statements.readSettlements);
  const underWay = new Map<string, SettlementWay>();
  for (const { value } of items) {
    const { operation_json, applied_time } = value as OutboxRow;
    const { settles } = JSON.parse(operation_json) as Operation;
    if (settles !== undefined && applied_time === null) underWay.set(settles.inboxId, settles.how);
  }
  return underWay;
}

async function draftsOf(store: DittoExecutor, changes: Operation['changes']): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const change of changes) {
    const { items } = await store.execute(statements.readByIds(change.collection), { ids: [change.id] });
    const before = items[0]?.value as Document | undefined;
    drafts.push({ collection: change.collection as CollectionName, before, change });
  }
  return drafts;
}

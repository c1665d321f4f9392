/**
 * What a device sends up: each retail action as one operation, which is applied whole or refused whole. Named by
 * device, epoch and sequence, so that it counts once however often it arrives.
 */
import { z } from 'zod';
import { canonicalText, contentHash } from './content-hash.ts';
import { isHlc } from './hybrid-clock.ts';
import { type Document, type FieldChanges, withChanges } from './merge.ts';
import { isNestedDeeper } from './nesting.ts';

export const CHANGES_PER_OPERATION_MAX = 500;
/** Of the canonical text. A synced document stays far below it (2 kB), and Ditto's own limit is 5 MiB. */
export const OPERATION_CHARACTERS_MAX = 1024 * 1024;

/** Of a value in a document. MongoDB takes a hundred levels, of which some are ours. */
export const VALUE_DEPTH_MAX = 50;

const FIELD_PATH = /^(?!(.*\.)?__proto__(\.|$))[^.$\0][^.\0]*(\.[^.$\0][^.\0]*)*$/;

export const hlcSchema = z.string().refine(isHlc, 'expected a hybrid logical timestamp');
export const deviceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'expected letters, digits, - and _, 64 at most');
/** Made anew when a device's store is lost or restored from a copy, so that its sequences can start again. */
export const deviceEpochSchema = z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits');

/** What JSON can carry. */
export type JsonValue = z.infer<ReturnType<typeof z.json>>;

const target = { collection: z.string().min(1).max(120), id: z.string().min(1).max(200) };

const value = z.json().refine((one) => !isNestedDeeper(one, VALUE_DEPTH_MAX), 'expected less nesting');
const create = z.strictObject({ kind: z.literal('create'), ...target, document: z.record(z.string(), value) });
const set = z.strictObject({
  kind: z.literal('set'),
  ...target,
  /** Dotted path → value; maps are merged key by key. */
  fields: z.record(z.string().regex(FIELD_PATH, 'expected a field path'), value),
  /** Paths to take away. */
  unset: z.array(z.string().regex(FIELD_PATH, 'expected a field path')).max(200).default([]),
  /** What the writer saw at these paths, for whoever has to settle a conflict. */
  seen: z.record(z.string(), value).default({}),
});

export const documentChangeSchema = z.discriminatedUnion('kind', [create, set]);

/**
 * How a person settles what was refused: once more as it was, so that newer writes still win; again with a stamp of now,
 * so that it wins over them; with other changes; or not at all.
 */
export const SETTLEMENT_WAYS = ['replay', 'restore', 'change', 'discard'] as const;
export type SettlementWay = (typeof SETTLEMENT_WAYS)[number];

/** What becomes of the entry in the reconciliation inbox. */
export const SETTLED_STATES = {
  replay: 'replayed',
  restore: 'restored',
  change: 'changed',
  discard: 'discarded',
} as const satisfies Record<SettlementWay, string>;
export type SettledState = (typeof SETTLED_STATES)[SettlementWay];

export const settlementSchema = z.strictObject({
  /** The entry of the reconciliation inbox that is settled, in the same transaction as the changes. */
  inboxId: z.string().min(1).max(300),
  how: z.enum(SETTLEMENT_WAYS),
});

export const operationSchema = z
  .strictObject({
    /** 1, 2, 3 … on the device, in the order in which its user did them. */
    sequence: z.int().positive(),
    hlc: hlcSchema,
    /** The retail action's name, for people: `sell`, `count`, `receive` … */
    action: z.string().min(1).max(60),
    userId: z.string().min(1).max(100),
    changes: z.array(documentChangeSchema).max(CHANGES_PER_OPERATION_MAX),
    settles: settlementSchema.optional(),
  })
  .refine(({ changes, settles }) => changes.length > 0 || settles?.how === 'discard', {
    path: ['changes'],
    message: 'expected at least one change',
  });

export type DocumentChange = z.infer<typeof documentChangeSchema>;
export type Settlement = z.infer<typeof settlementSchema>;
export type Operation = z.infer<typeof operationSchema>;

/** `collection/id` */
export type DocumentKey = string;

export const documentKey = ({ collection, id }: { readonly collection: string; readonly id: string }): DocumentKey =>
  `${collection}/${id}`;

/** Names the operation in MongoDB for good. */
export const operationKey = (deviceId: string, epoch: string, sequence: number): string =>
  `${deviceId}:${epoch}:${sequence}`;

/** Tells whether an operation that arrives again is still the same. */
export const operationHash = (operation: Operation): string => contentHash(operation);

/** How long it is as text. */
export const operationCharacters = (operation: Operation): number => canonicalText(operation).length;

export const keysOf = (operation: Operation): DocumentKey[] => [...new Set(operation.changes.map(documentKey))];

/**
 * A document as a change leaves it; null where it is not there and stays so. What is made anew although it is there (a
 * creation that was restored, and had come back meanwhile) keeps what MongoDB has put into it.
 */
export function changedBy(document: Document | null, change: DocumentChange): Document | null {
  if (change.kind === 'create') return document === null ? change.document : withChanges(document, change.document);
  return document === null ? null : withChanges(document, fieldChangesOf(change));
}

/** A `set` as the merge wants it: undefined takes a field away. */
export function fieldChangesOf(change: Extract<DocumentChange, { kind: 'set' }>): FieldChanges {
  return { ...change.fields, ...Object.fromEntries(change.unset.map((path) => [path, undefined])) };
}

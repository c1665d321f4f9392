/**
 * What becomes of one uploaded operation: applied whole, with every field merged by its stamp, or rejected whole, with a
 * reason. Pure: the documents as they stand come in, the writes go out; the caller does both ends in one transaction.
 */
import {
  type CollectionName,
  collections,
  judgeWrite,
  type Permissions,
  type Principal,
  type ProposedWrite,
  refusalInWords,
  syncedCollectionNames,
} from '../domain/index.ts';
import {
  created,
  type Document,
  type DocumentChange,
  type DocumentKey,
  documentKey,
  fieldChangesOf,
  type Hlc,
  type LostChange,
  type Merged,
  merged,
  NO_STAMPS,
  OPERATION_CHARACTERS_MAX,
  type Operation,
  operationCharacters,
  type RejectionReason,
  type Stamps,
} from '../sync/index.ts';
import { wrongOrderIn } from './named-orders.ts';
import { authorOf, otherVoiceIn } from './speaker.ts';

/** A document as MongoDB has it, with its stamps. */
export interface Standing {
  readonly document: Document;
  readonly stamps: Stamps;
}

export interface DocumentWrite {
  readonly collection: CollectionName;
  readonly id: string;
  readonly before: Document | null;
  readonly after: Document;
  readonly stamps: Stamps;
  /** Paths that differ from `before`; none when everything lost or stood already. */
  readonly appliedPaths: readonly string[];
}

export interface ConflictEntry extends LostChange {
  readonly collection: CollectionName;
  readonly id: string;
}

export type Decision =
  | {
      readonly outcome: 'applied';
      readonly writes: readonly DocumentWrite[];
      readonly conflicts: readonly ConflictEntry[];
    }
  | {
      readonly outcome: 'rejected';
      readonly reason: RejectionReason;
      /** Where, what was expected and what came; for the person who settles it. */
      readonly message: string;
      readonly collection: string | null;
      readonly id: string | null;
    };

export interface DecisionContext {
  readonly permissions: Permissions;
  readonly principal: Principal;
  /** Who worked on the device before, with what they might do then; their work is sent by whoever has it now. */
  readonly colleagues?: readonly Principal[];
  /** The device that sent it; absent where headquarters settles what a device once sent. */
  readonly deviceId?: string;
  /** The stamp under which the operation counts (see clampHlc). */
  readonly hlc: Hlc;
  standing(key: DocumentKey): Standing | undefined;
  /** When a document that is not there any more was deleted in MongoDB: what was made before that does not come back. */
  goneSince?(key: DocumentKey): Hlc | undefined;
  /** An order that the operation names and does not change. */
  namedOrder(key: DocumentKey): Document | undefined;
}

type Rejection = Extract<Decision, { outcome: 'rejected' }>;

export function decideOperation(operation: Operation, context: DecisionContext): Decision {
  const characters = operationCharacters(operation);
  if (characters > OPERATION_CHARACTERS_MAX) return rejected('operation_too_large', tooLargeInWords(characters));
  const { deviceId } = context;
  const voice = deviceId === undefined ? null : otherVoiceIn(operation, { ...context, deviceId });
  if (voice !== null) {
    const { change, message } = voice;
    const reason: RejectionReason = 'speaks_for_another';
    return change === null ? rejected(reason, message) : rejectedAt(change, reason, message);
  }
  // An operation may change a document more than once: the later change builds on the earlier.
  const writes = new Map<DocumentKey, DocumentWrite>();
  const conflicts: ConflictEntry[] = [];
  const judges = judgesOf(operation, context);
  for (const change of operation.changes) {
    const decided = decideChange(change, writes.get(documentKey(change)), context, judges);
    if ('outcome' in decided) return decided;
    writes.set(documentKey(change), decided.write);
    conflicts.push(...decided.lost.map((one) => ({ ...one, collection: decided.write.collection, id: change.id })));
  }
  const written = [...writes.values()];
  const wrong = wrongOrderIn(written, context.namedOrder);
  if (wrong !== null) return { outcome: 'rejected', ...wrong };
  return { outcome: 'applied', writes: written, conflicts };
}

/** Who must be allowed to do it: who sends it, and who did it, where that was somebody else on the same device. */
function judgesOf(operation: Operation, { principal, colleagues, deviceId }: DecisionContext): readonly Principal[] {
  const author = deviceId === undefined ? principal : authorOf(operation, { principal, colleagues });
  return author === undefined || author === principal ? [principal] : [principal, author];
}

function decideChange(
  change: DocumentChange,
  earlier: DocumentWrite | undefined,
  context: DecisionContext,
  judges: readonly Principal[],
): Rejection | { write: DocumentWrite; lost: readonly LostChange[] } {
  const { collection, id } = change;
  if (!isSynced(collection)) {
    return rejectedAt(change, 'collection_unknown', `'${collection}' is not a collection that devices write to.`);
  }
  const key = documentKey(change);
  const found = context.standing(key);
  const standing: Standing | undefined =
    earlier === undefined ? found : { document: earlier.after, stamps: earlier.stamps };
  const goneSince = standing === undefined ? context.goneSince?.(key) : undefined;
  const isGone = goneSince !== undefined && context.hlc <= goneSince;
  const result = isGone ? undefined : mergedChange(change, standing, context.hlc);
  if (result === undefined) {
    const message = `There is no ${key} any more: it was deleted, or never came to headquarters.`;
    return rejectedAt(change, 'document_missing', message);
  }
  const proposed: ProposedWrite = {
    collection,
    before: standing?.document,
    after: result.after,
    // What was asked for counts, also where it lost: a refusal must not depend on who was first.
    changedPaths: [...result.appliedPaths, ...result.lost.map(({ path }) => path)],
  };
  for (const principal of judges) {
    const verdict = judgeWrite(context.permissions, principal, proposed);
    if (verdict.outcome === 'allowed') continue;
    const isSecond = change.kind === 'create' && standing !== undefined && verdict.reason !== 'outside_scope';
    if (isSecond) return rejectedAt(change, 'already_done', alreadyDoneInWords(key, standing.document));
    return rejectedAt(change, verdict.reason, refusalInWords(principal, proposed, verdict));
  }
  if (collection === 'stock_movements' && standing === undefined && 'ledger_sequence' in result.after) {
    return rejectedAt(change, 'field_not_writable', `${key} is numbered by the ledger, not by a device.`);
  }
  const valid = collections[collection].schema.safeParse(result.after);
  if (!valid.success) {
    const [issue] = valid.error.issues;
    const place = issue?.path.join('.') ?? '';
    return rejectedAt(
      change,
      'document_invalid',
      `${key} would have a fault at '${place}': ${issue?.message ?? 'unknown'}.`,
    );
  }
  const idField = collections[collection].idField;
  if (result.after['_id'] !== id || result.after[idField] !== id) {
    return rejectedAt(change, 'document_invalid', `${key} must have '${id}' as its _id and its ${idField}.`);
  }
  const write: DocumentWrite = {
    collection,
    id,
    before: found?.document ?? null,
    after: result.after,
    stamps: result.stamps,
    appliedPaths: [...new Set([...(earlier?.appliedPaths ?? []), ...result.appliedPaths])],
  };
  return { write, lost: result.lost };
}

function mergedChange(change: DocumentChange, standing: Standing | undefined, hlc: Hlc): Merged | undefined {
  if (change.kind === 'set') {
    return standing === undefined ? undefined : merged(standing.document, standing.stamps, fieldChangesOf(change), hlc);
  }
  if (standing === undefined) return created(stampedNoLaterThan(change, hlc), hlc);
  // Made twice, by a device that was restored from a copy: its fields meet those that are there.
  return merged(standing.document, standing.stamps ?? NO_STAMPS, change.document, hlc);
}

/** Of what may happen once, whoever does it: the goods of a transfer leave, and arrive. */
function alreadyDoneInWords(key: DocumentKey, standing: Document): string {
  const { user_id: userId, device_id: deviceId, occurred_at: at } = standing;
  const by = typeof userId === 'string' ? ` by ${userId}` : '';
  const where = typeof deviceId === 'string' ? ` on ${deviceId}` : '';
  const when = typeof at === 'string' ? ` at ${at}` : '';
  return `This was done already${by}${where}${when}: ${key} is there, and can't be made a second time.`;
}

export const tooLargeInWords = (characters: number): string =>
  `The operation is ${characters.toLocaleString('en-US')} characters long; ${OPERATION_CHARACTERS_MAX.toLocaleString('en-US')} are allowed. Split it into smaller ones.`;

/** A movement with a stamp from the future would come after all others for ever: it counts as of its operation. */
function stampedNoLaterThan({ collection, document }: Extract<DocumentChange, { kind: 'create' }>, hlc: Hlc): Document {
  const isLater = collection === 'stock_movements' && typeof document['hlc'] === 'string' && document['hlc'] > hlc;
  return isLater ? { ...document, hlc } : document;
}

function isSynced(name: string): name is CollectionName {
  return (syncedCollectionNames as readonly string[]).includes(name);
}

function rejected(reason: RejectionReason, message: string): Rejection {
  return { outcome: 'rejected', reason, message, collection: null, id: null };
}

function rejectedAt({ collection, id }: DocumentChange, reason: RejectionReason, message: string): Rejection {
  return { outcome: 'rejected', reason, message, collection, id };
}

/**
 * Whether an operation names somebody else than the device and the people that may speak through it. What is written in a
 * ledger has to be true of its author, and a stamp in another device's name would win ties for it. A tablet that changes
 * hands holds work of both: of who has it now, and of who had it with a token made for this very tablet.
 */
import type { Principal } from '../domain/index.ts';
import type { DocumentChange, Operation } from '../sync/index.ts';
import { parseHlc } from '../sync/index.ts';

/** Who sent an operation, by the token of the connection. */
export interface Speaker {
  readonly deviceId: string;
  readonly principal: Principal;
  /** Who worked on this device before, each with a token of its own for it. */
  readonly colleagues?: readonly Principal[] | undefined;
}

export interface OtherVoice {
  /** For the person who settles it. */
  readonly message: string;
  readonly change: DocumentChange | null;
}

/** Who did it, as headquarters knows them; undefined for a stranger. */
export function authorOf(
  { userId }: Pick<Operation, 'userId'>,
  { principal, colleagues = [] }: Pick<Speaker, 'principal' | 'colleagues'>,
): Principal | undefined {
  return userId === principal.userId ? principal : colleagues.find((one) => one.userId === userId);
}

/** Null where it speaks for itself. */
export function otherVoiceIn(operation: Operation, speaker: Speaker): OtherVoice | null {
  const { deviceId, principal } = speaker;
  const { userId } = operation;
  if (authorOf(operation, speaker) === undefined) {
    return { message: `It was done by '${userId}', and '${principal.userId}' sends it.`, change: null };
  }
  if (parseHlc(operation.hlc).deviceId !== deviceId) {
    return { message: `Its stamp is another device's than '${deviceId}', which sends it.`, change: null };
  }
  // What is done over may have been done by somebody else on this device.
  const isSettlement = operation.settles !== undefined;
  for (const change of operation.changes) {
    if (change.kind !== 'create' || change.collection !== 'stock_movements') continue;
    const { device_id, user_id } = change.document;
    if (device_id !== deviceId) {
      const message = `A movement names '${String(device_id)}' as its device, and '${deviceId}' sends it.`;
      return { message, change };
    }
    if (user_id !== userId && !isSettlement) {
      return { message: `A movement names '${String(user_id)}' as its user, and it was done by '${userId}'.`, change };
    }
  }
  return null;
}

/**
 * Whether an operation names somebody else than the device and the user that sent it. What is written in a ledger has to
 * be true of its author, and a stamp in another device's name would win ties for it.
 */
import type { DocumentChange, Operation } from '../sync/index.ts';
import { parseHlc } from '../sync/index.ts';

/** Who sent an operation, by the token of the connection. */
export interface Speaker {
  readonly deviceId: string;
  readonly userId: string;
}

export interface OtherVoice {
  /** For the person who settles it. */
  readonly message: string;
  readonly change: DocumentChange | null;
}

/** Null where it speaks for itself. */
export function otherVoiceIn(operation: Operation, speaker: Speaker): OtherVoice | null {
  const { deviceId, userId } = speaker;
  if (operation.userId !== userId) {
    return { message: `It was done by '${operation.userId}', and '${userId}' sends it.`, change: null };
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
      return { message: `A movement names '${String(user_id)}' as its user, and '${userId}' sends it.`, change };
    }
  }
  return null;
}

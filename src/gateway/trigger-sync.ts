/**
 * Asks devices to compare all that they hold with MongoDB and to fetch what they lack. The request lies in MongoDB, so it
 * reaches the devices of every gateway; each gateway writes there what came of it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { type SyncOutcomeRecord, syncCollections } from './mongo/collections.ts';
import { readSyncStatus } from './sync-status.ts';

export interface TriggerOptions {
  /** One device; all where it is left out. */
  readonly deviceId?: string;
  readonly requestedBy: string;
  /** How long devices have. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

export interface TriggeredDevice {
  readonly deviceId: string;
  readonly name: string;
  readonly state: Exclude<SyncOutcomeRecord['state'], 'comparing'> | 'offline' | 'shut_out' | 'no_answer';
  readonly repairedDocuments: number;
}

const POLL_MS = 200;

/** What became of each device; an empty list where there is none of that name. */
export async function triggerSync(db: Db, options: TriggerOptions): Promise<TriggeredDevice[]> {
  const { deviceId, requestedBy, waitMs, signal, onProgress } = options;
  const { requests, outcomes } = syncCollections(db);
  const { devices } = await readSyncStatus(db, deviceId === undefined ? {} : { deviceId });
  const isConnected = ({ gatewayId }: { readonly gatewayId: string | null }) => gatewayId !== null;
  const requestId = randomUUID();
  const request = { _id: requestId, device_id: deviceId ?? null, requested_by: requestedBy };
  await requests.insertOne({ ...request, requested_at: new Date() });
  const deadlineMs = Date.now() + waitMs;
  const expected = new Set(devices.filter(isConnected).map((device) => device.deviceId));
  const states = new Map<string, SyncOutcomeRecord>();
  while (true) {
    for (const outcome of await outcomes.find({ request_id: requestId }).toArray()) {
      states.set(outcome.device_id, outcome);
      expected.add(outcome.device_id);
    }
    const done = [...states.values()].filter(({ state }) => state !== 'comparing').length;
    onProgress({ done, total: expected.size });
    if (done >= expected.size || Date.now() >= deadlineMs) break;
    await sleep(POLL_MS, undefined, { signal });
  }
  const known = new Map(devices.map((device) => [device.deviceId, device]));
  return [...new Set([...known.keys(), ...expected])].sort().map((id) => {
    const device = known.get(id);
    const outcome = states.get(id);
    const name = device?.name ?? id;
    const repairedDocuments = outcome?.repaired_documents ?? 0;
    if (outcome !== undefined && outcome.state !== 'comparing')
      return { deviceId: id, name, state: outcome.state, repairedDocuments };
    const isHere = expected.has(id);
    const state = isHere ? 'no_answer' : device?.state === 'shut_out' ? 'shut_out' : 'offline';
    return { deviceId: id, name, state, repairedDocuments };
  });
}

/** What every operation is held to at the moment in which it takes effect (broken-promise.ts). */
import { fieldAt, type Permissions, type Principal } from '../domain/index.ts';
import type { Decision, DocumentWrite } from '../gateway/index.ts';
import {
  DRIFT_MS_MAX,
  documentKey,
  fieldChangesOf,
  HLC_ORIGIN,
  leavesOf,
  type Operation,
  parseHlc,
  sameValue,
} from '../sync/index.ts';
import { BrokenPromise } from './broken-promise.ts';
import { forbiddenWrite } from './rules-told-again.ts';

/** Gateways' own clocks may be so far apart. */
const CLOCKS_APART_MS = 5_000;

export type Applied = Extract<Decision, { outcome: 'applied' }>;

/** Field by field: what was asked for is there, or its loss is listed. */
export function requireStoodOrListed({ action, changes }: Operation, { writes, conflicts }: Applied): void {
  for (const change of changes) {
    const write = writes.find(({ collection, id }) => collection === change.collection && id === change.id);
    const wanted = change.kind === 'create' ? leavesOf(change.document) : fieldChangesOf(change);
    for (const [path, value] of Object.entries(wanted)) {
      // A movement that was stamped in the future counts as of its operation.
      if (change.collection === 'stock_movements' && path === 'hlc') continue;
      const isThere = write !== undefined && sameValue(fieldAt(write.after, path), value);
      const isRenewed = changes.some((other) => other !== change && other.id === change.id);
      const isListed = conflicts.some(({ id, path: lost }) => id === change.id && lost === path);
      if (isThere || isListed || isRenewed) continue;
      throw new BrokenPromise('superseded', `'${path}' of '${action}' is neither in ${change.id} nor listed.`);
    }
  }
}

export function requireAllowed(
  permissions: Permissions,
  principal: Principal,
  { action }: Operation,
  writes: readonly DocumentWrite[],
): void {
  for (const { collection, id, before, after, appliedPaths } of writes) {
    const fault = forbiddenWrite(permissions, principal, collection, before, after, appliedPaths);
    if (fault === null) continue;
    const who = `a ${principal.role} of ${principal.stores}`;
    throw new BrokenPromise('allowed', `'${action}' changed ${collection}/${id} for ${who}, who may not: ${fault}.`);
  }
}

export function requireDeletionStands({ action }: Operation, writes: readonly DocumentWrite[]): void {
  for (const { collection, id, before, after, appliedPaths } of writes) {
    const isStillDeleted = before?.['deleted'] === true && after['deleted'] === true;
    if (!isStillDeleted || appliedPaths.every((path) => path === 'deleted')) continue;
    throw new BrokenPromise('deletion', `'${action}' changed ${collection}/${id}, which is deleted.`);
  }
}

export function requireNoDrift(writes: readonly DocumentWrite[], wallClockMs: number): void {
  for (const { collection, id, stamps, after } of writes) {
    const own = collection === 'stock_movements' ? [String(after['hlc'])] : [];
    for (const stamp of [stamps.base, ...Object.values(stamps.fields), ...own]) {
      if (stamp === HLC_ORIGIN || parseHlc(stamp).epochMs <= wallClockMs + DRIFT_MS_MAX + CLOCKS_APART_MS) continue;
      throw new BrokenPromise('drift', `${collection}/${id} is stamped ${stamp}, beyond what a clock may drift.`);
    }
  }
}

/** Of each device and document, the newest operation that was decided. */
export class DecidedInOrder {
  readonly #newest = new Map<string, number>();
  readonly #exempt = new Set<string>();

  /** A store that was put back has work on its way that its device knows nothing of. */
  exempt(deviceId: string): void {
    this.#exempt.add(deviceId);
  }

  note(deviceId: string, { action, changes, settles }: Operation): void {
    if (settles !== undefined || this.#exempt.has(deviceId)) return;
    const number = Number(/\d+$/.exec(action)?.[0]);
    for (const change of changes) {
      const lane = `${deviceId} ${documentKey(change)}`;
      const newest = this.#newest.get(lane) ?? 0;
      if (newest > number) {
        const wrong = `'${action}' of ${deviceId} was decided after a later one of ${documentKey(change)} (${newest}).`;
        throw new BrokenPromise('in_order', wrong);
      }
      this.#newest.set(lane, number);
    }
  }
}

/** Deletes documents whose time has come, by the indexes with `expireAfterSeconds`. */
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CollectionInfo } from '../storage/storage.ts';
import { numberOf } from './arguments.ts';
import type { Services } from './command.ts';
import { deleteMatching } from './delete.ts';
import { timeFieldOf } from './time-series.ts';

/** How often it looks whether a round is due: the pause between rounds is a parameter that may change. */
const LOOK_MS = 1000;
/** Documents that one job deletes, so that other writers get their turn. */
const DOCUMENTS_PER_JOB = 1000;
/** Connections are numbered from 1 on. */
const NO_CONNECTION = 0;

export function startTtlMonitor(services: Services): { stop(): void } {
  let stopped = false;
  let busy = false;
  let lastRoundMs = Date.now();
  const tick = async () => {
    const { parameters, log } = services;
    if (busy || Date.now() - lastRoundMs < parameters.number('ttlMonitorSleepSecs') * 1000) return;
    if (parameters.get('ttlMonitorEnabled') !== true) return;
    busy = true;
    try {
      await expireDocuments(services, new Date(), () => stopped);
    } catch (error) {
      if (!stopped && !isShutdown(error))
        log({
          level: 'warn',
          message: 'Expired documents could not be deleted; the next round tries again.',
          cause: error,
        });
    } finally {
      busy = false;
      lastRoundMs = Date.now();
    }
  };
  const timer = setInterval(tick, LOOK_MS);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

function isShutdown(error: unknown): boolean {
  return error instanceof MongoError && error.codeName === 'InterruptedAtShutdown';
}

/** One round over all collections. What an open transaction has written waits for its end, as other writes do. */
export async function expireDocuments(services: Services, now: Date, isStopped: () => boolean): Promise<void> {
  const snapshot = services.storage.snapshot();
  const infos = snapshot.collections();
  snapshot.close();
  const operation = services.operations.start(NO_CONNECTION);
  operation.command = 'delete';
  try {
    for (const info of infos) {
      operation.namespace = info.namespace;
      for (const filter of expiredFilters(info, now)) {
        let deleted = DOCUMENTS_PER_JOB;
        while (deleted === DOCUMENTS_PER_JOB && !isStopped()) {
          deleted = await services.transactions.writeOutside(
            (transaction) => deleteMatching(transaction, info.namespace, { filter, limit: DOCUMENTS_PER_JOB }),
            operation,
          );
        }
      }
    }
  } finally {
    services.operations.finish(operation);
  }
}

function expiredFilters(info: CollectionInfo, now: Date): Document[] {
  const filters: Document[] = [];
  const timeField = timeFieldOf(info);
  const lifeSeconds = numberOf(info.options['expireAfterSeconds']);
  if (timeField !== undefined && lifeSeconds !== undefined) {
    filters.push({ [timeField]: { $lt: new Date(now.getTime() - lifeSeconds * 1000) } });
  }
  for (const { key, options } of info.indexes) {
    const seconds = numberOf(options['expireAfterSeconds'] ?? undefined);
    const path = Object.keys(key)[0];
    if (seconds === undefined || path === undefined) continue;
    const partial = options['partialFilterExpression'] as Document | undefined;
    const expired = { [path]: { $lt: new Date(now.getTime() - seconds * 1000) } };
    filters.push(partial === undefined ? expired : { $and: [partial, expired] });
  }
  return filters;
}

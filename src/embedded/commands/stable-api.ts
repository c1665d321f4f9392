/** What is outside of the Stable API, version 1, and so refused with `apiStrict`. Source: MongoDB manual, "Stable API". */
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { isDocument } from './arguments.ts';

const UNSTABLE_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  aggregate: ['explain', 'fromMongos', 'isMapReduceCommand', 'needsMerge'],
  create: ['autoIndexId', 'capped', 'indexOptionDefaults', 'max', 'size', 'storageEngine'],
  find: ['awaitData', 'max', 'min', 'noCursorTimeout', 'oplogReplay', 'returnKey', 'showRecordId', 'tailable'],
};
const UNSTABLE_INDEX_OPTIONS: readonly string[] = ['background', 'bucketSize', 'sparse', 'storageEngine'];
const UNSTABLE_STAGES = new Set([
  '$currentOp',
  '$indexStats',
  '$listLocalSessions',
  '$listSearchIndexes',
  '$listSessions',
  '$planCacheStats',
  '$search',
  '$searchMeta',
  '$vectorSearch',
]);

/** `body` is the command as it was sent. */
export function assertStable(command: string, body: Document): void {
  for (const name of UNSTABLE_ARGUMENTS[command] ?? []) {
    if (body[name] !== undefined) {
      throw new MongoError(
        'APIStrictError',
        `BSON field '${command}.${name}' is not allowed with apiStrict:true in API Version 1.`,
      );
    }
  }
  if (command === 'aggregate') assertStablePipeline(body['pipeline']);
  if (command === 'createIndexes' && Array.isArray(body['indexes'])) {
    for (const index of body['indexes']) if (isDocument(index)) assertStableIndex(index);
  }
}

function assertStableIndex(index: Document): void {
  const option = UNSTABLE_INDEX_OPTIONS.find((name) => index[name] !== undefined);
  if (option !== undefined) {
    throw new MongoError(
      'APIStrictError',
      `BSON field 'createIndexes.indexes.${option}' is not allowed with apiStrict:true in API Version 1.`,
    );
  }
  const { key } = index;
  if (isDocument(key) && Object.values(key).some((kind) => kind === 'text' || kind === 'geoHaystack')) {
    throw new MongoError('APIStrictError', 'text and geoHaystack indexes are not in API Version 1.');
  }
}

function assertStablePipeline(pipeline: BsonValue | undefined): void {
  if (!Array.isArray(pipeline)) return;
  for (const stage of pipeline) {
    if (!isDocument(stage)) continue;
    const name = Object.keys(stage)[0] ?? '';
    const argument = stage[name];
    const counts = name === '$collStats' && isDocument(argument) && Object.keys(argument).join() === 'count';
    if (UNSTABLE_STAGES.has(name) || (name === '$collStats' && !counts)) {
      throw new MongoError('APIStrictError', `stage ${name} is not allowed with 'apiStrict: true' in API Version 1`);
    }
    if (!isDocument(argument)) continue;
    if (name === '$lookup' || name === '$unionWith') assertStablePipeline(argument['pipeline']);
    if (name === '$facet') for (const inner of Object.values(argument)) assertStablePipeline(inner);
  }
}

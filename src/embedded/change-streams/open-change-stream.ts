/** `aggregate` with `$changeStream` in front. */
import { compilePipeline, stageDefinitions } from '../aggregation/index.ts';
import type { Document } from '../bson/values.ts';
import { isDocument } from '../commands/arguments.ts';
import type { CommandContext } from '../commands/command.ts';
import { pipelineContextOf } from '../commands/pipeline-context.ts';
import { isTimeSeries } from '../commands/time-series.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { MongoError } from '../errors.ts';
import type { CursorReply } from '../wire/reply.ts';
import { ChangeStreamSource } from './change-stream-source.ts';
import type { Scope } from './events.ts';
import { readChangeStreamOptions } from './options.ts';

const ALLOWED_STAGES = new Set([
  '$addFields',
  '$changeStreamSplitLargeEvent',
  '$match',
  '$project',
  '$redact',
  '$replaceRoot',
  '$replaceWith',
  '$set',
  '$unset',
]);

export async function openChangeStream(
  request: { name: string; pipeline: readonly Document[]; batchSize: number; collation: Document | undefined },
  context: CommandContext,
): Promise<CursorReply> {
  const [first, ...following] = request.pipeline;
  const options = readChangeStreamOptions(first?.['$changeStream']);
  for (const stage of following) {
    const name = Object.keys(stage)[0] ?? '';
    if (!Object.hasOwn(stageDefinitions, name) && !ALLOWED_STAGES.has(name)) {
      throw new MongoError(40324, `Unrecognized pipeline stage name: '${name}'`);
    }
    if (!ALLOWED_STAGES.has(name)) {
      throw new MongoError('IllegalOperation', `${name} is not permitted in a $changeStream pipeline`);
    }
  }
  const scope = scopeOf(request.name, options.allChangesForCluster, context);
  const namespace = context.namespace(request.name);
  using view = context.openView();
  const collection = view.collection(namespace);
  if (collection?.info.type === 'view' || (collection !== null && isTimeSeries(collection.info))) {
    const kind = collection.info.type === 'view' ? 'view' : 'time-series collection';
    throw new MongoError('CommandNotSupportedOnView', `$changeStream may not be opened on a ${kind}: ${namespace}`);
  }
  const splits = splitsLargeEvents(following);
  if (!splits && options.start !== undefined && 'fragment' in options.start && options.start.fragment !== undefined) {
    throw new MongoError(
      'ChangeStreamFatalError',
      'To resume from a split event, the $changeStream pipeline must include a $changeStreamSplitLargeEvent stage',
      { labels: ['NonResumableChangeStreamError'] },
    );
  }
  const stages = splits ? following.slice(0, -1) : following;
  const pipeline =
    stages.length === 0
      ? null
      : compilePipeline(
          stages,
          pipelineContextOf(view, context, { namespace, collation: request.collation, variables: undefined }),
        );
  const source = new ChangeStreamSource(context.storage, scope, { ...options, splits }, pipeline);
  // The first batch never waits; the getMores do.
  return openCursor(source, { namespace, batchSize: request.batchSize, tailable: true, awaitData: true }, context);
}

/** Whether the pipeline ends in `$changeStreamSplitLargeEvent`, the only place for it. */
function splitsLargeEvents(stages: readonly Document[]): boolean {
  const place = stages.findIndex((stage) => Object.hasOwn(stage, '$changeStreamSplitLargeEvent'));
  if (place < 0) return false;
  const argument = stages[place]?.['$changeStreamSplitLargeEvent'];
  if (!isDocument(argument) || Object.keys(argument).length > 0) {
    throw new MongoError(7182800, '$changeStreamSplitLargeEvent spec should be an empty object');
  }
  if (place < stages.length - 1) {
    throw new MongoError(7182802, '$changeStreamSplitLargeEvent must be the last stage in the pipeline');
  }
  return true;
}

function scopeOf(name: string, wholeDeployment: boolean, context: CommandContext): Scope {
  if (wholeDeployment) {
    if (context.database !== 'admin' || name !== '$cmd.aggregate') {
      throw new MongoError(
        'InvalidOptions',
        `A $changeStream with 'allChangesForCluster:true' may only be opened on the 'admin' database, and with no collection name; found ${context.namespace(name)}`,
      );
    }
    return { kind: 'deployment' };
  }
  if (name === '$cmd.aggregate') {
    if (context.database === 'admin' || context.database === 'local' || context.database === 'config') {
      throw new MongoError(
        'InvalidNamespace',
        `$changeStream may not be opened on the internal ${context.database} database`,
      );
    }
    return { kind: 'database', database: context.database };
  }
  if (name.startsWith('system.')) {
    throw new MongoError(
      'InvalidNamespace',
      `$changeStream may not be opened on the internal ${context.namespace(name)} collection`,
    );
  }
  return { kind: 'collection', namespace: context.namespace(name) };
}

import { compileCollation } from '../bson/compare.ts';
import type { Document } from '../bson/values.ts';
import { FIRST_BATCH_DOCUMENTS } from '../cursors/cursor.ts';
import { ListSource } from '../cursors/list-source.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { PipelineRowSource } from '../cursors/pipeline-source.ts';
import { PlanSource } from '../cursors/plan-source.ts';
import { TailableSource } from '../cursors/tailable-source.ts';
import { MongoError } from '../errors.ts';
import { expressionCompiler } from '../planner/expressions.ts';
import type { Query } from '../planner/plan.ts';
import { planQuery } from '../planner/planner.ts';
import { compileFilter } from '../query/filter.ts';
import { compileProjection } from '../query/projection.ts';
import type { CollectionReader } from '../storage/storage.ts';
import { anything, boolean, collectionName, integer, object, wholeNumber } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { readHint } from './hint.ts';
import { Turn } from './turn.ts';
import { isView, viewDocuments } from './view-query.ts';
import { workSpaceFor } from './work-space.ts';

export const find = defineCommand({
  name: 'find',
  summary: 'Documents that match a filter, through a cursor.',
  arguments: {
    find: collectionName,
    filter: object.default({}),
    sort: object.default({}),
    projection: object.optional(),
    hint: anything,
    skip: wholeNumber.default(0),
    limit: integer.default(0),
    batchSize: wholeNumber.optional(),
    singleBatch: boolean.default(false),
    comment: anything,
    max: object.optional(),
    min: object.optional(),
    returnKey: boolean.default(false),
    showRecordId: boolean.default(false),
    tailable: boolean.default(false),
    awaitData: boolean.default(false),
    oplogReplay: boolean.default(false),
    noCursorTimeout: boolean.default(false),
    allowPartialResults: boolean.default(false),
    collation: object.optional(),
    allowDiskUse: boolean.optional(),
    let: object.optional(),
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    const namespace = context.namespace(args.find);
    // A negative limit is the old protocol's "one batch only".
    const limit = Math.abs(args.limit);
    const singleBatch = args.singleBatch || args.limit < 0;
    if (args.awaitData && !args.tailable) {
      throw new MongoError('FailedToParse', 'Cannot set awaitData without tailable');
    }
    if (args.tailable && singleBatch) {
      throw new MongoError('BadValue', "cannot use tailable option with the 'singleBatch' option");
    }
    const view = context.openView();
    try {
      const collection = view.collection(namespace);
      const options = {
        namespace,
        batchSize: args.batchSize ?? FIRST_BATCH_DOCUMENTS,
        singleBatch,
        noTimeout: args.noCursorTimeout,
      };
      const query = {
        filter: args.filter,
        sort: args.sort,
        projection: args.projection,
        skip: args.skip,
        limit,
        hint: readHint(args.hint),
        collation: args.collation,
        variables: args.let,
        min: args.min,
        max: args.max,
        returnKey: args.returnKey,
        showRecordId: args.showRecordId,
      };
      if (isView(view, namespace)) {
        refuseOnViews(args);
        const turn = new Turn(context.operation, workSpaceFor(context, args.allowDiskUse));
        const documents = viewDocuments(view, namespace, query, context, { turn });
        return await openCursor(new PipelineRowSource(documents, view, turn), options, context);
      }
      if (args.tailable && collection !== null) {
        view.release();
        const tailable = { tailable: true, awaitData: args.awaitData, ...options };
        return await openCursor(tailableSource(query, collection, namespace, context), tailable, context);
      }
      const plan = planQuery(query, collection);
      if (collection === null) {
        view.release();
        return await openCursor(new ListSource([]), options, context);
      }
      const work = workSpaceFor(context, args.allowDiskUse);
      return await openCursor(new PlanSource(plan, collection, view, work), options, context);
    } catch (error) {
      view.release();
      throw error;
    }
  },
});

/** A view is a pipeline: it has no index, no record ids and no end to wait at. */
function refuseOnViews(args: Readonly<Record<string, unknown>>): void {
  for (const name of ['min', 'max', 'returnKey', 'showRecordId', 'tailable', 'noCursorTimeout', 'oplogReplay']) {
    const value = args[name];
    if (value === undefined || value === false) continue;
    throw new MongoError('InvalidPipelineOperator', `Option ${name} not supported in aggregation.`);
  }
}

function collationOf({ info }: CollectionReader): Document | undefined {
  return info.options['collation'] as Document | undefined;
}

function tailableSource(
  query: Query,
  collection: CollectionReader,
  namespace: string,
  context: CommandContext,
): TailableSource {
  if (collection.info.options['capped'] !== true) {
    throw new MongoError('BadValue', 'error processing query: tailable cursor requested on non capped collection');
  }
  if (Object.keys(query.sort).some((path) => path !== '$natural')) {
    throw new MongoError('BadValue', 'cannot use tailable option with a sort other than {$natural: 1}');
  }
  const collation = compileCollation(query.collation ?? collationOf(collection));
  const options = { collation, compileExpression: expressionCompiler(collation, new Date()) };
  const filter = compileFilter(query.filter, options);
  const { projection: spec } = query;
  const projection =
    spec === undefined || Object.keys(spec).length === 0 ? null : compileProjection(spec, { ...options, filter });
  let toSkip = query.skip;
  return new TailableSource({
    storage: context.storage,
    namespace,
    limit: query.limit === 0 ? Number.POSITIVE_INFINITY : query.limit,
    matches(document) {
      if (!filter.matches(document)) return false;
      if (toSkip > 0) {
        toSkip -= 1;
        return false;
      }
      return true;
    },
    project: projection === null ? null : (document) => projection.apply(document),
  });
}

import type { BsonValue, Document } from '../bson/values.ts';
import { isChangeStream } from '../change-streams/is-change-stream.ts';
import { openChangeStream } from '../change-streams/open-change-stream.ts';
import { ListSource } from '../cursors/list-source.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { PipelineRowSource } from '../cursors/pipeline-source.ts';
import { MongoError } from '../errors.ts';
import { anything, boolean, object, objects } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { batchSizeOf } from './cursor-option.ts';
import { explainCommand } from './explain.ts';
import { readHint } from './hint.ts';
import { assertStagesInTransaction } from './transaction-rules.ts';
import { Turn } from './turn.ts';
import { documentsOfPipeline } from './view-query.ts';
import { workSpaceFor } from './work-space.ts';
import { writeOutput } from './write-output.ts';

export const aggregate = defineCommand({
  name: 'aggregate',
  summary: 'Runs a pipeline of stages over a collection, through a cursor.',
  arguments: {
    aggregate: anything,
    pipeline: objects,
    cursor: object.optional(),
    explain: boolean.default(false),
    allowDiskUse: boolean.optional(),
    bypassDocumentValidation: boolean.default(false),
    collation: object.optional(),
    hint: anything,
    comment: anything,
    let: object.optional(),
    fromMongos: anything,
    needsMerge: anything,
    isMapReduceCommand: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    const name = collectionOf(args.aggregate);
    if (args.cursor === undefined && !args.explain) {
      throw new MongoError(
        'FailedToParse',
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    }
    if (args.explain)
      return explainCommand(
        { aggregate: args.aggregate as BsonValue, pipeline: args.pipeline, ...given(args) },
        'queryPlanner',
        context,
      );
    return runAggregate({ ...args, name }, context);
  },
});

function given({
  hint,
  collation,
  let: variables,
  allowDiskUse,
}: {
  hint: BsonValue | undefined;
  collation: Document | undefined;
  let: Document | undefined;
  allowDiskUse: boolean | undefined;
}): Document {
  return {
    ...(hint === undefined ? {} : { hint }),
    ...(collation === undefined ? {} : { collation }),
    ...(variables === undefined ? {} : { let: variables }),
    ...(allowDiskUse === undefined ? {} : { allowDiskUse }),
  };
}

function collectionOf(target: BsonValue | undefined): string {
  if (typeof target === 'string' && target !== '') return target;
  if (Number(target) === 1) return '$cmd.aggregate';
  throw new MongoError('FailedToParse', "The aggregate command needs a collection's name, or 1 for the whole database");
}

export interface AggregateRequest {
  readonly name: string;
  readonly pipeline: readonly Document[];
  readonly cursor: Document | undefined;
  readonly collation: Document | undefined;
  readonly hint: BsonValue | undefined;
  readonly let: Document | undefined;
  readonly bypassDocumentValidation: boolean;
  readonly allowDiskUse: boolean | undefined;
}

async function runAggregate(request: AggregateRequest, context: CommandContext) {
  if (context.common.autocommit === false) assertStagesInTransaction(request.pipeline);
  const namespace = context.namespace(request.name);
  const batchSize = batchSizeOf(request.cursor);
  if (isChangeStream(request.pipeline)) return openChangeStream({ ...request, batchSize }, context);
  const view = context.openView();
  const turn = new Turn(context.operation, workSpaceFor(context, request.allowDiskUse));
  try {
    const { pipeline, documents } = documentsOfPipeline(
      view,
      namespace,
      request.pipeline,
      {
        collation: request.collation,
        hint: readHint(request.hint),
        variables: request.let,
        turn,
      },
      context,
    );
    if (pipeline.output !== undefined) {
      if (context.common.readConcern?.['level'] === 'linearizable') {
        throw new MongoError(
          'InvalidOptions',
          `$${pipeline.output.kind} cannot be used with a 'linearizable' read concern level`,
        );
      }
      await writeOutput(pipeline.output, documents, { bypassValidation: request.bypassDocumentValidation }, context);
      view.release();
      return await openCursor(new ListSource([]), { namespace, batchSize }, context);
    }
    return await openCursor(new PipelineRowSource(documents, view, turn), { namespace, batchSize }, context);
  } catch (error) {
    view.release();
    throw error;
  }
}

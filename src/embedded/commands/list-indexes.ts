import type { Document } from '../bson/values.ts';
import { ListSource } from '../cursors/list-source.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { MongoError } from '../errors.ts';
import { anything, collectionName, isDocument, object } from './arguments.ts';
import { defineCommand } from './command.ts';
import { batchSizeOf } from './cursor-option.ts';
import { describeIndex } from './index-spec.ts';
import { isTimeSeries } from './time-series.ts';

export const listIndexes = defineCommand({
  name: 'listIndexes',
  summary: 'The indexes of a collection.',
  arguments: {
    listIndexes: collectionName,
    cursor: object.optional(),
    includeBuildUUIDs: anything,
    includeIndexBuildInfo: anything,
    comment: anything,
  },
  apiVersion1: true,
  async run(args, context) {
    using view = context.openView();
    const namespace = context.namespace(args.listIndexes);
    const info = view.collection(namespace)?.info;
    if (info === undefined) throw new MongoError('NamespaceNotFound', `ns does not exist: ${namespace}`);
    if (info.type === 'view') {
      throw new MongoError('CommandNotSupportedOnView', `Namespace ${namespace} is a view, not a collection`);
    }
    const clustered = info.options['clusteredIndex'];
    // The `_id` of a time series has no index of its own, as far as clients are told.
    const shown = isTimeSeries(info) ? info.indexes.filter(({ name }) => name !== '_id_') : info.indexes;
    const indexes = shown.map((index) =>
      index.name === '_id_' && isDocument(clustered) ? describeClustered(clustered) : describeIndex(index),
    );
    return openCursor(new ListSource(indexes), { namespace, batchSize: batchSizeOf(args.cursor) }, context);
  },
});

function describeClustered(clustered: Document): Document {
  return { v: 2, key: { _id: 1 }, name: '_id_', unique: true, ...clustered, clustered: true };
}

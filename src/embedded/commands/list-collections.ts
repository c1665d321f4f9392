import type { Document } from '../bson/values.ts';
import { Binary } from '../bson/values.ts';
import { ListSource } from '../cursors/list-source.ts';
import { openCursor } from '../cursors/open-cursor.ts';
import { compileFilter } from '../query/filter.ts';
import type { CollectionInfo } from '../storage/storage.ts';
import { anything, boolean, isDocument, object } from './arguments.ts';
import { defineCommand } from './command.ts';
import { batchSizeOf } from './cursor-option.ts';
import { SEARCH_INDEXES_OPTION } from './search-indexes.ts';
import { isTimeSeries } from './time-series.ts';

export const listCollections = defineCommand({
  name: 'listCollections',
  summary: 'The collections and views of a database.',
  arguments: {
    listCollections: anything,
    filter: object.default({}),
    nameOnly: boolean.default(false),
    authorizedCollections: boolean.default(false),
    cursor: object.optional(),
    comment: anything,
    includePendingDrops: anything,
  },
  apiVersion1: true,
  async run(args, context) {
    using view = context.openView();
    const filter = compileFilter(args.filter);
    const infos = view.collections(context.database);
    const listed: Document[] = infos.map(describeCollection);
    if (infos.some(({ type }) => type === 'view')) {
      listed.push({
        name: 'system.views',
        type: 'collection',
        options: {},
        info: { readOnly: false },
        idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
      });
    }
    const found = listed
      .filter((document) => filter.matches(document))
      .map((document) => (args.nameOnly ? { name: document['name'], type: document['type'] } : document));
    return openCursor(
      new ListSource(found),
      { namespace: context.namespace('$cmd.listCollections'), batchSize: batchSizeOf(args.cursor) },
      context,
    );
  },
});

function describeCollection(info: CollectionInfo): Document {
  if (info.type === 'view') {
    return { name: info.name, type: 'view', options: info.options, info: { readOnly: true } };
  }
  return {
    name: info.name,
    type: isTimeSeries(info) ? 'timeseries' : 'collection',
    options: shownOptions(info),
    info: { readOnly: false, uuid: new Binary(info.uuid, Binary.SUBTYPE_UUID) },
    ...(info.options['clusteredIndex'] === undefined && !isTimeSeries(info)
      ? { idIndex: { v: 2, key: { _id: 1 }, name: '_id_' } }
      : {}),
  };
}

function shownOptions({ options }: CollectionInfo): Document {
  const { [SEARCH_INDEXES_OPTION]: _hidden, clusteredIndex, ...shown } = options;
  return isDocument(clusteredIndex) ? { ...shown, clusteredIndex: { v: 2, name: '_id_', ...clusteredIndex } } : shown;
}

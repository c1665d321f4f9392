import { MongoError } from '../errors.ts';
import { anything, collectionName, integer } from './arguments.ts';
import { defineCommand } from './command.ts';
import { collectionStatistics } from './statistics.ts';

export const collStats = defineCommand({
  name: 'collStats',
  aliases: ['collstats'],
  summary: "A collection's size and indexes.",
  arguments: {
    collStats: collectionName.default(''),
    collstats: collectionName.default(''),
    scale: integer.default(1),
    verbose: anything,
  },
  run(args, context) {
    using view = context.openView();
    const namespace = context.namespace(args.collStats || args.collstats);
    const collection = view.collection(namespace);
    if (collection?.info.type === 'view') {
      throw new MongoError('CommandNotSupportedOnView', `Namespace ${namespace} is a view, not a collection`);
    }
    if (collection === null) {
      return {
        ns: namespace,
        size: 0,
        count: 0,
        storageSize: 0,
        nindexes: 0,
        totalIndexSize: 0,
        totalSize: 0,
        indexSizes: {},
        scaleFactor: args.scale,
        ok: 1,
      };
    }
    return { ...collectionStatistics(collection, args.scale), ok: 1 };
  },
});

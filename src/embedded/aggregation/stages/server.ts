import { MongoError } from '../../errors.ts';
import { AggregationError } from '../errors.ts';
import type { StageDefinition } from './stage.ts';

/** A first stage whose documents only the server knows; refused where it doesn't offer them. */
function fromServer(summary: string): StageDefinition {
  return {
    summary,
    first: true,
    notInFacet: true,
    compile(argument, context, name) {
      const answer = context.source.serverStages?.[name];
      if (answer === undefined) throw new MongoError('CommandNotSupported', `${name} is not supported by this server`);
      return { needs: () => new Set(), run: () => answer(argument, context.namespace) };
    },
  };
}

function refused(summary: string, reason: string): StageDefinition {
  return {
    summary,
    compile(_argument, _context, name) {
      throw new MongoError('CommandNotSupported', `${name} is not supported: ${reason}`);
    },
  };
}

function searchRefused(): StageDefinition {
  return {
    summary: "Atlas's full-text search; refused.",
    compile(_argument, _context, name) {
      throw new AggregationError(
        'SearchNotEnabled',
        `${name} is not supported by this server: use $text with a text index, $vectorSearch, or a deployment on Atlas.`,
      );
    },
  };
}

export const serverStages: Readonly<Record<string, StageDefinition>> = {
  $changeStream: fromServer('The changes of a collection, a database or the deployment.'),
  $collStats: fromServer('Statistics of the collection.'),
  $currentOp: fromServer('The operations that are running.'),
  $geoNear: refused('Documents near a place; refused.', 'this server has no geospatial indexes'),
  $indexStats: fromServer('How often each index was used.'),
  $listClusterCatalog: fromServer('The collections of the deployment.'),
  $listLocalSessions: fromServer('The sessions that this server holds.'),
  $listSampledQueries: refused('Sampled queries; refused.', 'this server does not sample queries'),
  $listSearchIndexes: fromServer('The search indexes of the collection.'),
  $listSessions: fromServer('The sessions.'),
  $planCacheStats: fromServer('The cached plans.'),
  $queryStats: refused('Statistics of queries; refused.', 'this server keeps none'),
  $search: searchRefused(),
  $searchMeta: searchRefused(),
  $shardedDataDistribution: refused('Where shards keep data; refused.', 'this server is not sharded'),
};

export const changeStreamSplitLargeEvent: StageDefinition = {
  summary: 'Splits events of a change stream that exceed 16 MB. Must be last; the server does the splitting.',
  notInFacet: true,
  last: true,
  compile() {
    return { needs: (after) => after, run: (input) => input };
  },
};

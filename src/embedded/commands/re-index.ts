import { MongoError } from '../errors.ts';
import { anything, collectionName } from './arguments.ts';
import { defineCommand } from './command.ts';

export const reIndex = defineCommand({
  name: 'reIndex',
  summary: 'Refused, as by every member of a replica set.',
  arguments: { reIndex: collectionName, comment: anything },
  run({ reIndex: collection }, { namespace }) {
    throw new MongoError(
      'IllegalOperation',
      `reIndex is only allowed on a standalone mongod instance. Cannot reIndex collection '${namespace(collection)}' while replication is active`,
    );
  },
});

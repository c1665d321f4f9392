import { anything, collectionName } from './arguments.ts';
import { defineCommand } from './command.ts';

export const drop = defineCommand({
  name: 'drop',
  summary: 'Removes a collection or a view.',
  arguments: { drop: collectionName, comment: anything },
  apiVersion1: true,
  async run(args, context) {
    const namespace = context.namespace(args.drop);
    const { dropped, indexes } = await context.write((transaction) => {
      const count = transaction.collection(namespace)?.info.indexes.length ?? 0;
      return { dropped: transaction.dropCollection(namespace), indexes: count };
    });
    // Since 7.0 dropping what is not there is no error.
    if (!dropped) return { ok: 1 };
    context.cursors.killWhere((cursor) => cursor.namespace === namespace && !cursor.tailable);
    return { nIndexesWas: indexes, ns: namespace, ok: 1 };
  },
});

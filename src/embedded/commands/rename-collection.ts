import { MongoError } from '../errors.ts';
import { anything, assertCollectionName, boolean, text } from './arguments.ts';
import { defineCommand } from './command.ts';

export const renameCollection = defineCommand({
  name: 'renameCollection',
  summary: 'Gives a collection another name, also in another database.',
  arguments: {
    renameCollection: text,
    to: text,
    dropTarget: boolean.default(false),
    stayTemp: anything,
    comment: anything,
  },
  adminOnly: true,
  async run(args, context) {
    const from = args.renameCollection;
    for (const namespace of [from, args.to]) {
      const dot = namespace.indexOf('.');
      if (dot <= 0) throw new MongoError('InvalidNamespace', `Invalid namespace specified: ${namespace}`);
      assertCollectionName(namespace.slice(dot + 1));
    }
    if (from === args.to) throw new MongoError('IllegalOperation', "Can't rename a collection to itself");
    await context.write((transaction) => {
      const source = transaction.collection(from);
      if (source === null) throw new MongoError('NamespaceNotFound', `Source collection ${from} does not exist`);
      if (source.info.type === 'view') throw new MongoError('CommandNotSupportedOnView', `cannot rename view: ${from}`);
      const target = transaction.collection(args.to);
      if (target !== null && !args.dropTarget) throw new MongoError('NamespaceExists', 'target namespace exists');
      transaction.renameCollection(from, args.to);
    });
    context.cursors.killWhere(
      (cursor) => (cursor.namespace === from || cursor.namespace === args.to) && !cursor.tailable,
    );
    return { ok: 1 };
  },
});

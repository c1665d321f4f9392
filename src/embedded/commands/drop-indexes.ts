import { jsonOf } from '../bson/json.ts';
import type { BsonValue } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { CollectionInfo } from '../storage/storage.ts';
import { anything, collectionName, isDocument, numberOf } from './arguments.ts';
import { defineCommand } from './command.ts';
import { assertWritable } from './write-document.ts';

export const dropIndexes = defineCommand({
  name: 'dropIndexes',
  aliases: ['deleteIndexes'],
  summary: 'Removes indexes by name or key; "*" removes all but the one on _id.',
  arguments: { dropIndexes: collectionName, index: anything, comment: anything },
  apiVersion1: true,
  run(args, context) {
    const namespace = context.namespace(args.dropIndexes);
    return context.write((transaction) => {
      const collection = transaction.collection(namespace);
      if (collection === null) throw new MongoError('NamespaceNotFound', `ns not found ${namespace}`);
      assertWritable(collection, namespace);
      const { info } = collection;
      const names =
        args.index === '*'
          ? allButId(info)
          : (Array.isArray(args.index) ? args.index : [args.index]).map((wanted) => nameOf(info, wanted));
      for (const name of names) transaction.dropIndex(namespace, name);
      return {
        nIndexesWas: info.indexes.length,
        ...(args.index === '*' ? { msg: 'non-_id indexes dropped for collection' } : {}),
        ok: 1,
      };
    });
  },
});

function allButId(info: CollectionInfo): string[] {
  return info.indexes.map(({ name }) => name).filter((name) => name !== '_id_');
}

function nameOf(info: CollectionInfo, wanted: BsonValue | undefined): string {
  let found: string | undefined;
  if (typeof wanted === 'string') {
    found = info.indexes.find(({ name }) => name === wanted)?.name;
    if (found === undefined) throw new MongoError('IndexNotFound', `index not found with name [${wanted}]`);
  } else if (isDocument(wanted)) {
    const text = jsonOf(Object.entries(wanted).map(([path, direction]) => [path, numberOf(direction) ?? direction]));
    found = info.indexes.find(({ key }) => jsonOf(Object.entries(key)) === text)?.name;
    if (found === undefined) throw new MongoError('IndexNotFound', `can't find index with key: ${jsonOf(wanted)}`);
  } else {
    throw new MongoError(
      'TypeMismatch',
      "BSON field 'dropIndexes.index' is the wrong type, expected types '[string, object, array]'",
    );
  }
  if (found === '_id_') throw new MongoError('InvalidOptions', 'cannot drop _id index');
  return found;
}

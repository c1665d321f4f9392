import { rememberCollationKeys } from '../collated-indexes.ts';
import { MongoError } from '../errors.ts';
import { anything, collectionName, objects } from './arguments.ts';
import { defineCommand } from './command.ts';
import { INDEXES_MAX, type IndexSpec, newIndexOrNull, readIndexSpec, withCollation } from './index-spec.ts';
import { collectionForWrite } from './write-document.ts';

/** Larger collections are indexed in bulk, in a job of its own. */
const BULK_DOCUMENTS_MIN = 1000;
const BULK_BYTES_MIN = 1024 * 1024;

export const createIndexes = defineCommand({
  name: 'createIndexes',
  summary: 'Builds indexes on a collection, which it creates if need be.',
  arguments: {
    createIndexes: collectionName,
    indexes: objects,
    commitQuorum: anything,
    ignoreUnknownIndexOptions: anything,
    comment: anything,
    v: anything,
  },
  apiVersion1: true,
  inTransactions: true,
  async run(args, context) {
    if (args.indexes.length === 0) throw new MongoError('BadValue', 'Must specify at least one index to create');
    const specs = args.indexes.map(readIndexSpec);
    const namespace = context.namespace(args.createIndexes);
    const outcome = await context.write((transaction) => {
      const created = transaction.collection(namespace) === null;
      const collection = collectionForWrite(transaction, namespace);
      const existing = collection.info.indexes;
      const wanted: IndexSpec[] = [];
      for (const asked of specs) {
        const spec = withCollation(asked, collection.info.options['collation']);
        const news = newIndexOrNull(spec, [
          ...existing,
          ...wanted.map((index) => ({ ...index, multikey: false, multikeyPaths: [] })),
        ]);
        if (news !== null) wanted.push(news);
      }
      if (existing.length + wanted.length > INDEXES_MAX) {
        throw new MongoError('CannotCreateIndex', `add index fails, too many indexes for ${namespace}`);
      }
      if (wanted.some(({ options }) => options['collation'] !== undefined)) rememberCollationKeys(transaction);
      const isLarge = collection.count() >= BULK_DOCUMENTS_MIN || collection.dataBytes() >= BULK_BYTES_MIN;
      const inBulk = wanted.length > 0 && isLarge;
      if (wanted.length > 0 && !inBulk) transaction.createIndexes(namespace, wanted);
      return { before: existing.length, wanted, created, inBulk };
    });
    if (outcome.inBulk) {
      await context.transactions.waitForWriters(namespace, context.operation);
      await context.storage.buildIndexes(namespace, outcome.wanted);
    }
    return {
      numIndexesBefore: outcome.before,
      numIndexesAfter: outcome.before + outcome.wanted.length,
      createdCollectionAutomatically: outcome.created,
      ...(outcome.wanted.length === 0 ? { note: 'all indexes already exist' } : {}),
      commitQuorum: 'votingMembers',
      ok: 1,
    };
  },
});

/** The first stages of pipelines that only the server can answer. */
import type { BsonValue, Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import type { ReadView } from '../sessions/views.ts';
import { isDocument, numberOf } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { describeOperations } from './current-op.ts';
import { describeIndex } from './index-spec.ts';
import { searchIndexesOf } from './search-indexes.ts';
import { collectionStatistics } from './statistics.ts';

type ServerStage = (argument: BsonValue, namespace: string) => Iterable<Document>;

export function serverStagesOf(view: ReadView, context: CommandContext): Readonly<Record<string, ServerStage>> {
  const host = `${context.identity.host}:${context.identity.port}`;
  const sessions = () =>
    context.sessions.all().map(({ lsid, lastUsedMs }) => ({ _id: lsid, lastUse: new Date(lastUsedMs) }));
  return {
    $collStats(argument, namespace) {
      const collection = view.collection(namespace);
      if (collection === null) throw new MongoError('NamespaceNotFound', `Collection [${namespace}] not found.`);
      const asked = isDocument(argument) ? argument : {};
      const storage = asked['storageStats'];
      const scale = isDocument(storage) ? (numberOf(storage['scale'] as BsonValue) ?? 1) : 1;
      return [
        {
          ns: namespace,
          host,
          localTime: new Date(),
          ...(storage === undefined ? {} : { storageStats: collectionStatistics(collection, scale) }),
          ...(asked['count'] === undefined ? {} : { count: collection.count() }),
        },
      ];
    },
    $currentOp: (argument) =>
      describeOperations(context, !(isDocument(argument) && argument['idleSessions'] === false)),
    $indexStats(_argument, namespace) {
      const indexes = view.collection(namespace)?.info.indexes ?? [];
      return indexes.map((index) => ({
        name: index.name,
        key: index.key as Document,
        host,
        accesses: { ops: 0n, since: context.identity.startedAt },
        spec: describeIndex(index),
      }));
    },
    $listLocalSessions: sessions,
    $listSessions: sessions,
    $listSearchIndexes(argument, namespace) {
      const { name, id } = isDocument(argument) ? argument : {};
      return searchIndexesOf(view.collection(namespace)?.info).filter(
        (index) => (name === undefined || index['name'] === name) && (id === undefined || index['id'] === id),
      );
    },
    $planCacheStats: () => [],
  };
}

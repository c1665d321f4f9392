/**
 * Keys of indexes with a collation follow the order of the ICU that wrote them, which another version of Node may bring in
 * another version. The data directory remembers which it was; keys of another one are written anew when the server starts.
 */
import { collationKeysVersion } from './bson/collation-keys.ts';
import { EmbeddedServerError } from './server-errors.ts';
import type { CollectionInfo, Storage, WriteTransaction } from './storage/storage.ts';

const METADATA_KEY = 'collation keys';

/** To be called in the transaction that makes an index with a collation. */
export function rememberCollationKeys(transaction: WriteTransaction): void {
  if (transaction.getMetadata(METADATA_KEY)?.['version'] === collationKeysVersion) return;
  transaction.setMetadata(METADATA_KEY, { version: collationKeysVersion });
}

/** Throws EMBEDDED_COLLATION_CHANGED where the `_id`s themselves are kept in another order. */
export async function renewCollatedIndexes(storage: Storage): Promise<void> {
  if (!hasCollatedIndexes(storage)) return;
  await storage.write((transaction) => {
    const written = transaction.getMetadata(METADATA_KEY)?.['version'];
    if (written === collationKeysVersion) return;
    for (const info of transaction.collections()) renewIndexesOf(transaction, info, String(written ?? 'unknown'));
    rememberCollationKeys(transaction);
  });
}

function hasCollatedIndexes(storage: Storage): boolean {
  using snapshot = storage.snapshot();
  return snapshot.collections().some((info) => collatedIndexesOf(info).length > 0);
}

function collatedIndexesOf({ indexes }: CollectionInfo) {
  return indexes.filter(({ options }) => options['collation'] !== undefined);
}

function renewIndexesOf(transaction: WriteTransaction, info: CollectionInfo, written: string): void {
  for (const { name, key, options } of collatedIndexesOf(info)) {
    if (name === '_id_') {
      throw new EmbeddedServerError(
        'EMBEDDED_COLLATION_CHANGED',
        `The _ids of ${info.namespace} are kept in the order of ICU ${written}, and this Node has ${collationKeysVersion}.`,
        { data: { namespace: info.namespace, written, present: collationKeysVersion } },
      );
    }
    transaction.dropIndex(info.namespace, name);
    transaction.createIndexes(info.namespace, [{ name, key, options }]);
  }
}

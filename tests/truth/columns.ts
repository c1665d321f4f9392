/** The column cache, where the server has one: random pipelines run with it on and off. */
import { isRefused, outcomeOf, type Peer } from './servers.ts';

const SIZE_ON = 64 * 1024 * 1024;

const setParameter = ({ client }: Peer, name: string, value: number) =>
  outcomeOf(() => client.db('admin').command({ setParameter: 1, [name]: value }));

/** The sizes to try; null alone where there is no such parameter. */
export async function columnCacheSizes(peer: Peer): Promise<readonly (number | null)[]> {
  const set = await setParameter(peer, 'columnCacheBytes', SIZE_ON);
  // Random collections are small: columns are for large ones.
  await setParameter(peer, 'columnCacheDocumentsMin', 0);
  return isRefused(set) ? [null] : [SIZE_ON, 0];
}

export async function setColumnCache(peer: Peer, size: number | null): Promise<void> {
  if (size !== null) await setParameter(peer, 'columnCacheBytes', size);
}

/** How many pipelines columns have answered. */
export async function columnsUsed({ client }: Peer): Promise<number> {
  const { columnCache } = await client.db('admin').command({ serverStatus: 1 });
  return columnCache === undefined ? 0 : Number(columnCache['hits']) + Number(columnCache['builds']);
}

/** The column cache, where the server has one: random pipelines run with it on and off. */
import { isRefused, outcomeOf, type Peer } from './servers.ts';

const SIZE_ON = 64 * 1024 * 1024;

/** The sizes to try; null alone where there is no such parameter. */
export async function columnCacheSizes({ client }: Peer): Promise<readonly (number | null)[]> {
  const set = await outcomeOf(() => client.db('admin').command({ setParameter: 1, columnCacheBytes: SIZE_ON }));
  return isRefused(set) ? [null] : [SIZE_ON, 0];
}

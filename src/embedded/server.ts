/** Opens the data directory and serves it. */
import { renewCollatedIndexes } from './collated-indexes.ts';
import { dropTemporaryCollections } from './commands/write-output.ts';
import { partialFilter, textTerms } from './planner/index-services.ts';
import { type EmbeddedServer, type EmbeddedServerOptions, serve } from './serve.ts';
import { openStorage } from './storage/index.ts';

export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const storage = await openStorage({
    dataDir: options.dataDir,
    partialFilter,
    textTerms,
    ...(options.changeLog === undefined ? {} : { changeLog: options.changeLog }),
  });
  try {
    await renewCollatedIndexes(storage);
    await dropTemporaryCollections(storage);
  } catch (error) {
    await storage.close();
    throw error;
  }
  return serve(storage, options);
}

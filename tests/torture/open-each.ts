/** Opens data directories one after the other and says of each what came of it: `open-each.ts DIR…` prints a line of JSON for each. */
import { writeSync } from 'node:fs';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import type { Refusal } from './server.ts';

for (const dataDir of process.argv.slice(2)) writeSync(1, `${JSON.stringify(await tryToOpen(dataDir))}\n`);

// A function of its own: as tsx translates `await using`, an error of one turn of a loop is thrown again in the next.
async function tryToOpen(dataDir: string): Promise<Refusal | null> {
  try {
    await using _server = await startEmbeddedServer({ dataDir, port: 0 });
    return null;
  } catch (error) {
    const { code, message, fix } = error as Refusal;
    return { message, ...(code === undefined ? {} : { code }), ...(fix === undefined ? {} : { fix }) };
  }
}

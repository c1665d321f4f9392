/** Opens data directories one after the other and says of each what came of it: `open-each.ts DIR…` prints a line of JSON for each. */
import { writeSync } from 'node:fs';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import type { Refusal } from './server.ts';

for (const dataDir of process.argv.slice(2)) {
  let refusal: Refusal | null = null;
  try {
    await using _server = await startEmbeddedServer({ dataDir, port: 0 });
  } catch (error) {
    const { code, message, fix } = error as Refusal;
    refusal = { message, ...(code === undefined ? {} : { code }), ...(fix === undefined ? {} : { fix }) };
  }
  writeSync(1, `${JSON.stringify(refusal)}\n`);
}

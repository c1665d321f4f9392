/** The server under torture, as a process of its own: `server-process.ts DIR` prints its address as JSON when it is ready. */
import { writeSync } from 'node:fs';
import { startEmbeddedServer } from '../../src/embedded/index.ts';

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: server-process.ts DATA_DIR');

const EXIT_REFUSED = 3;

// The pipe breaks when whoever started this ends, however that was: nothing is left running.
process.stdin.resume().on('close', () => process.exit(1));

try {
  const server = await startEmbeddedServer({
    dataDir,
    port: 0,
    log: ({ level, message, cause }) => {
      if (level === 'error')
        process.stderr.write(`${message} ${cause instanceof Error ? cause.stack : (cause ?? '')}\n`);
    },
  });
  process.on('SIGTERM', () => void server.close().then(() => process.exit(0)));
  writeSync(1, `${JSON.stringify({ host: server.host, port: server.port })}\n`);
} catch (error) {
  const { code, message, fix } = error as { code?: string; message: string; fix?: string };
  writeSync(1, `${JSON.stringify({ code, message, fix })}\n`);
  process.exit(EXIT_REFUSED);
}

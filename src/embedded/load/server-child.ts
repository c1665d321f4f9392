/** A server in a process of its own, which tells how long its event loop was held up: the child of the tests of load. */
import { startEmbeddedServer } from '../server.ts';

const server = await startEmbeddedServer({ dataDir: process.argv[2]!, port: 0 });
let longest = { cpuMs: 0, wallMs: 0 };
let cpuBefore = process.cpuUsage();
let wallBefore = performance.now();

/** The processor's time tells what the server did at a stroke, also where the machine has more to do than this. */
function look(): void {
  const { user, system } = process.cpuUsage(cpuBefore);
  const wall = performance.now();
  longest = {
    cpuMs: Math.max(longest.cpuMs, (user + system) / 1000),
    wallMs: Math.max(longest.wallMs, wall - wallBefore),
  };
  cpuBefore = process.cpuUsage();
  wallBefore = wall;
  setTimeout(look, 1);
}

look();
process.on('message', (message) => {
  if (message === 'collect') (globalThis as { gc?: () => void }).gc?.();
  process.send?.({ ...longest, residentBytes: process.memoryUsage().rss });
  longest = { cpuMs: 0, wallMs: 0 };
});
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
process.send?.({ uri: server.uri });

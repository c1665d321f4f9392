/** Runs the compiled program as its users do: one process per command, one for the embedded database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { SERVER_NODE_OPTIONS } from '../../src/embedded/index.ts';

/** Whether this runs compiled, from `dist`, or from its source. */
export const projectDirectory = projectDirectoryOf(new URL('.', import.meta.url));

export interface DatabaseProcess {
  readonly uri: string;
  readonly pid: number;
  /** From the start of the process until it said that it is ready. */
  readonly openMs: number;
  stop(): Promise<void>;
}

/** Runs `zava …words` on the data directory to its end; throws with all that it printed when it fails. */
export async function runZava(words: readonly string[], dataDirectory: string): Promise<void> {
  const child = spawnZava([...words, '--progress', 'none'], dataDirectory);
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`zava ${words.join(' ')} ended with ${code}:\n${Buffer.concat(output)}`);
}

/** `nodeOptions` go to the server's own Node, for instance `--cpu-prof`. */
export async function startDatabase(
  dataDirectory: string,
  nodeOptions: readonly string[] = [],
): Promise<DatabaseProcess> {
  const startedAt = performance.now();
  const child = spawnZava(['db', '--port', '0', '--json'], dataDirectory, [...SERVER_NODE_OPTIONS, ...nodeOptions]);
  child.stderr?.resume();
  const announcement = await Promise.race([readAnnouncement(child), endedTooEarly(child)]);
  const openMs = performance.now() - startedAt;
  child.stdout?.resume();
  return {
    ...announcement,
    openMs,
    async stop() {
      const closed = once(child, 'close');
      child.kill('SIGINT');
      await closed;
    },
  };
}

function spawnZava(words: readonly string[], dataDirectory: string, nodeOptions: readonly string[] = []): ChildProcess {
  const program = fileURLToPath(new URL('bin/zava.js', projectDirectory));
  return spawn(process.execPath, [...nodeOptions, program, ...words], {
    env: { ...process.env, ZAVA_DATA_DIR: dataDirectory, MONGODB_CONNECTION_STRING: '' },
    cwd: dataDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function projectDirectoryOf(folder: URL): URL {
  return existsSync(new URL('package.json', folder)) ? folder : projectDirectoryOf(new URL('..', folder));
}

async function readAnnouncement(child: ChildProcess): Promise<{ readonly uri: string; readonly pid: number }> {
  let text = '';
  for await (const chunk of (child.stdout as Readable).iterator({ destroyOnReturn: false })) {
    text += chunk;
    try {
      return JSON.parse(text) as { uri: string; pid: number };
    } catch {
      // the rest of it is on its way
    }
  }
  throw new Error('The embedded server ended before it was ready.');
}

async function endedTooEarly(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'close')) as [number | null];
  throw new Error(`The embedded server did not start; it ended with ${code}.`);
}

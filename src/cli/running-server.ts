/**
 * How commands find an embedded server that is already running: whoever starts one on a data directory leaves
 * `server.json` there, readable by its owner alone, and takes it away at the end.
 */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const FILE = 'server.json';
const ANSWER_TIMEOUT_MS = 2000;

const runningServerSchema = z.object({
  pid: z.int().positive(),
  port: z.int().positive(),
  uri: z.string(),
  started_at: z.string(),
});

export type RunningServer = z.infer<typeof runningServerSchema>;

/** Where the embedded server keeps its own files within the data directory. */
export const serverFolder = (dataDir: string): string => path.join(dataDir, 'db');

/** Makes the data directory, for its owner alone. */
export async function makeDataDirectory(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
}

/** Tells other processes that a server runs here. Returns what takes the notice away again. */
export async function announceServer(
  dataDir: string,
  server: { uri: string; port: number },
): Promise<() => Promise<void>> {
  const file = path.join(dataDir, FILE);
  const notice: RunningServer = {
    pid: process.pid,
    port: server.port,
    uri: server.uri,
    started_at: new Date().toISOString(),
  };
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, `${JSON.stringify(notice)}\n`, { mode: 0o600 });
  await chmod(partial, 0o600); // the mode above only holds for a new file
  await rename(partial, file);
  return async () => {
    // Not somebody else's, who may have started after us.
    if ((await readNotice(dataDir))?.pid === process.pid) await rm(file, { force: true });
  };
}

/** The server that runs on a data directory, if one does and answers. A notice that a killed server left does not count. */
export async function findRunningServer(dataDir: string): Promise<RunningServer | undefined> {
  const notice = await readNotice(dataDir);
  if (notice === undefined || !isProcessAlive(notice.pid)) return undefined;
  return (await answers(notice.uri)) ? notice : undefined;
}

async function readNotice(dataDir: string): Promise<RunningServer | undefined> {
  try {
    return runningServerSchema.parse(JSON.parse(await readFile(path.join(dataDir, FILE), 'utf8')));
  } catch {
    return undefined; // none, or half a file of a full disk: either way no server that can be trusted
  }
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Another program may have the port by now: only one that speaks MongoDB's protocol counts. */
async function answers(uri: string): Promise<boolean> {
  const { connect } = await import('../database/index.ts');
  try {
    await using connection = await connect(uri, {
      serverSelectionTimeoutMs: ANSWER_TIMEOUT_MS,
      connectTimeoutMs: ANSWER_TIMEOUT_MS,
    });
    return connection.client !== undefined;
  } catch {
    return false;
  }
}

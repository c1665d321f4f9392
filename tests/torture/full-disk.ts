/**
 * A disk that is full: a small file system in memory (Linux, root), with ballast that is taken away later. The write must
 * fail with OutOfDiskSpace, reads must go on, nothing acknowledged may be lost, and with room again writes must work.
 */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient, MongoServerError } from 'mongodb';
import { DATABASE } from './operations.ts';
import { ServerProcess } from './server.ts';

const DISK_MIB = 24;
const BALLAST_MIB = 8;
const OUT_OF_DISK_SPACE = 14031;
const BATCHES_MAX = 2000;
const DOCUMENTS_PER_BATCH = 10;

export type FullDiskResult =
  | { readonly outcome: 'not run'; readonly why: string }
  | { readonly outcome: 'run'; readonly acknowledged: number; readonly violations: readonly string[] };

export async function fillDisk(): Promise<FullDiskResult> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return { outcome: 'not run', why: 'a small file system of its own can only be made by root on Linux' };
  }
  const disk = await mkdtemp(join(tmpdir(), 'zava-torture-disk-'));
  const run = promisify(execFile);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', disk]);
  } catch (error) {
    await rm(disk, { recursive: true, force: true });
    return { outcome: 'not run', why: `no file system can be mounted here: ${(error as Error).message.trim()}` };
  }
  try {
    return { outcome: 'run', ...(await fillAndFree(disk)) };
  } finally {
    await run('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  }
}

interface Row {
  readonly _id: number;
  readonly n: number;
  readonly pad: string;
}

async function fillAndFree(disk: string): Promise<{ acknowledged: number; violations: string[] }> {
  const violations: string[] = [];
  const ballast = join(disk, 'ballast');
  await writeFile(ballast, Buffer.alloc(BALLAST_MIB * 1024 ** 2));
  const dataDir = join(disk, 'data');
  let server = await ServerProcess.start(dataDir);
  let acknowledged = 0;
  const batch = (): Row[] =>
    Array.from({ length: DOCUMENTS_PER_BATCH }, (_, k) => ({
      _id: acknowledged + k,
      n: (acknowledged + k) % 7,
      pad: randomBytes(1500).toString('hex'),
    }));
  try {
    let client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 3000 });
    let collection = client.db(DATABASE).collection<Row>('items');
    await collection.createIndex({ n: 1 });
    let refusals = 0;
    for (let attempt = 0; attempt < BATCHES_MAX && refusals < 20; attempt++) {
      try {
        await collection.insertMany(batch());
        acknowledged += DOCUMENTS_PER_BATCH;
      } catch (error) {
        refusals += 1;
        if (!(error instanceof MongoServerError) || error.code !== OUT_OF_DISK_SPACE) {
          violations.push(`a write on a full disk failed otherwise than with ${OUT_OF_DISK_SPACE}: ${describe(error)}`);
          break;
        }
      }
    }
    if (refusals === 0) violations.push(`${BATCHES_MAX} batches fit on a disk of ${DISK_MIB} MiB`);
    await check('while the disk is full', collection);
    await rm(ballast);
    for (let k = 0; k < 20; k++) {
      try {
        await collection.insertMany(batch());
        acknowledged += DOCUMENTS_PER_BATCH;
      } catch (error) {
        violations.push(`a write failed though there is room again: ${describe(error)}`);
        break;
      }
    }
    await check('after there was room again', collection);
    if (server.ending !== null) violations.push(`the server ended: ${server.ending} ${server.said.slice(-1000)}`);
    await client.close();
    await server.kill();
    server = await ServerProcess.start(dataDir);
    client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 3000 });
    collection = client.db(DATABASE).collection<Row>('items');
    await check('after a crash', collection);
    await client.close();
  } catch (error) {
    violations.push(
      `${describe(error)}${server.ending === null ? '' : `; the server ended: ${server.ending} ${server.said.slice(-1000)}`}`,
    );
  } finally {
    await server.kill();
  }
  return { acknowledged, violations };

  async function check(when: string, collection: import('mongodb').Collection<Row>): Promise<void> {
    try {
      const ids = (
        await collection
          .find({}, { hint: { $natural: 1 } })
          .project({ _id: 1 })
          .toArray()
      ).map(({ _id }) => _id as number);
      const byIndex = await collection.find({}, { hint: 'n_1' }).project({ _id: 1 }).toArray();
      // A write that was refused may not be there; an acknowledged one must.
      if (ids.length !== acknowledged || new Set(ids).size !== acknowledged) {
        violations.push(`${when}: ${ids.length} documents, ${acknowledged} were acknowledged`);
      }
      if (byIndex.length !== ids.length)
        violations.push(`${when}: the index has ${byIndex.length} entries for ${ids.length} documents`);
    } catch (error) {
      violations.push(`${when}: reading failed: ${describe(error)}`);
    }
  }
}

function describe(error: unknown): string {
  if (error instanceof MongoServerError) return `${error.code} ${error.codeName}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

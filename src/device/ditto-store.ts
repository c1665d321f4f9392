/** Opens Ditto's store on the disk, and hears of it when the store finds that something in it is damaged. */
import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Ditto, DittoConfig, Logger } from '@dittolive/ditto';
import { z } from 'zod';
import type { DittoStoreLike, ObservableStore } from '../edge/index.ts';
import { type DeviceFolder, readJsonFile, writeJsonFile } from './device-files.ts';
import { DeviceError } from './errors.ts';

/** Of all stores of this program; without sync through Ditto it names nothing that anybody else sees. */
const DATABASE_ID = '00000000-0000-4000-8000-000000000001';
const SQLITE_MAGIC = 'SQLite format 3\0';
/** A store on which the process ended this often while it was opened is not opened again. */
const CRASHED_OPENINGS_MAX = 2;
/** What Ditto logs of a document or a page that is not what was written; queries leave such documents out. */
const DAMAGE = /hash mismatch|undecodable document|disk image is malformed|file is not a database/i;

export interface OpenStore {
  readonly store: DittoStoreLike & ObservableStore;
  close(): Promise<void>;
}

/** Why a store cannot be used; undefined where nothing speaks against it. */
export interface StoreDamage {
  readonly because: string;
}

const openingSchema = z.object({ pid: z.int(), attempts: z.int() });
const listeners = new Set<(message: string) => void>();

/** Damage is logged, not thrown, and not by store: every open device of the process hears of it. */
export function watchForDamage(onDamage: (message: string) => void): () => void {
  listeners.add(onDamage);
  return () => listeners.delete(onDamage);
}

/** Silent while a store is opened: what goes wrong then is thrown, or counted. */
export async function quietLogger(): Promise<void> {
  Logger.minimumLogLevel = 'Error';
  Logger.enabled = false;
  await Logger.setCustomLogCallback((_level, message) => {
    if (DAMAGE.test(message)) reportDamage(message);
  });
}

export function reportDamage(message: string): void {
  for (const listener of listeners) listener(message.split('\n', 1)[0]?.slice(0, 200) ?? '');
}

/** Throws DEVICE_IN_USE, or STORE_UNUSABLE. Answers with what is wrong where the store is damaged. */
export async function openDittoStore(files: DeviceFolder): Promise<OpenStore | StoreDamage> {
  const attempts = await crashedOpenings(files);
  if (attempts >= CRASHED_OPENINGS_MAX) return { because: `the program ended ${attempts} times while opening it` };
  const damaged = await foreignFile(files.store);
  if (damaged !== undefined) return { because: `${damaged} is not what Ditto wrote` };
  await writeJsonFile(files.opening, { pid: process.pid, attempts: attempts + 1 });
  try {
    const ditto = await Ditto.open(new DittoConfig(DATABASE_ID, { mode: 'smallPeersOnly' }, files.store));
    // A transaction alone does not keep a process.
    const alive = setInterval(() => undefined, 60_000);
    // Without it nobody would hear of damage.
    Logger.enabled = true;
    return {
      store: ditto.store as unknown as DittoStoreLike & ObservableStore,
      close: async () => {
        clearInterval(alive);
        await ditto.close();
      },
    };
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const [reason = ''] = message.split('\n', 1);
    if (code === 'store/persistence-directory-locked') {
      throw new DeviceError('DEVICE_IN_USE', `Another program has ${files.folder} open.`, { cause });
    }
    if (/permission denied|no space|read-only|os error (13|28|30)/i.test(message)) {
      throw new DeviceError('STORE_UNUSABLE', `The store in ${files.store} cannot be opened: ${reason}`, { cause });
    }
    return { because: reason };
  } finally {
    await rm(files.opening, { force: true });
  }
}

/** Nothing is deleted: what was in the store may still be wanted. */
export async function setAside({ store }: DeviceFolder, at: Date): Promise<string> {
  const aside = `${store}.damaged-${at.toISOString().replace(/[:.]/g, '-')}`;
  await rename(store, aside);
  return aside;
}

/** Damage of one of Ditto's smaller files ends the whole process, where nobody can catch it: look before. */
async function foreignFile(folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder, { recursive: true }).catch(() => [] as string[])) {
    if (path.basename(name) !== 'db.sql') continue;
    const handle = await open(path.join(folder, name), 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(SQLITE_MAGIC.length), 0, SQLITE_MAGIC.length, 0);
      if (bytesRead > 0 && buffer.subarray(0, bytesRead).toString('latin1') !== SQLITE_MAGIC.slice(0, bytesRead)) {
        return name;
      }
    } finally {
      await handle.close();
    }
  }
  return undefined;
}

async function crashedOpenings({ opening }: DeviceFolder): Promise<number> {
  const left = await readJsonFile(opening, openingSchema).catch(() => undefined);
  // Another program that opens it right now has not crashed.
  return left === undefined || isAlive(left.pid) ? 0 : left.attempts;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

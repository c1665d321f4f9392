/** Where a device keeps its files: `<data dir>/devices/<device id>/`. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { DeviceError } from './errors.ts';

const DEVICE_ID_CHARACTERS_MAX = 64;

/** The same name is the same device, also after a restart. */
export function deviceIdFromName(name: string): string {
  const id = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, DEVICE_ID_CHARACTERS_MAX);
  if (id === '') throw new RangeError('A name with letters or digits is expected.');
  return id;
}

export interface DeviceFolder {
  readonly folder: string;
  /** Ditto's own. */
  readonly store: string;
  readonly journal: string;
  readonly scope: string;
  readonly incidents: string;
  /** There while the store is being opened. */
  readonly opening: string;
}

export const deviceFolder = (dataDir: string, deviceId: string): DeviceFolder => {
  const folder = path.join(dataDir, 'devices', deviceId);
  const file = (name: string) => path.join(folder, name);
  return {
    folder,
    store: file('store'),
    journal: file('journal.ndjson'),
    scope: file('scope.json'),
    incidents: file('incidents.json'),
    opening: file('opening.json'),
  };
};

export async function makeDeviceFolder({ folder }: DeviceFolder): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Undefined where there is none. Throws DEVICE_FILE_INVALID. */
export async function readJsonFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DeviceError('DEVICE_FILE_INVALID', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DeviceError('DEVICE_FILE_INVALID', `${file}, at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`);
}

/** Whole or not at all. */
export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  const partial = `${file}.partial`;
  await writeFile(partial, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true });
  await rename(partial, file);
}

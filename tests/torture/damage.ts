/**
 * Damages copies of a data directory, each in one way, and tries to open them: a damaged or newer one must be refused with
 * a code and a fix, and not a byte of it may change.
 */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { DATABASE } from './operations.ts';
import { Random } from './random.ts';
import { ServerProcess, ServerRefused } from './server.ts';

const DATA_FILE = 'data.mdb';
const FORMAT_FILE = 'zava-format.json';
/** Files that only say who has the directory open; they hold no data. */
const LOCK_FILES = new Set(['lock.mdb', 'zava.lock']);
const PAGE_BYTES = 4096;
/** How LMDB's two meta pages begin, in the order of this machine's bytes (all that Node runs on are little-endian). */
const LMDB_MAGIC = Buffer.from('dec0efbe', 'hex');

export interface Damage {
  readonly name: string;
  /** The codes with which it may be refused. */
  readonly codes: readonly string[];
  damage(directory: string, random: Random): Promise<void>;
}

const damaged = ['DATA_DIRECTORY_DAMAGED'];

export const damages: readonly Damage[] = [
  {
    name: 'a newer format',
    codes: ['DATA_DIRECTORY_NEWER'],
    async damage(directory) {
      const file = join(directory, FORMAT_FILE);
      const format = JSON.parse(await readFile(file, 'utf8')) as { format: number };
      await writeFile(file, `${JSON.stringify({ ...format, format: format.format + 1 })}\n`);
    },
  },
  {
    name: 'a format that is no number',
    codes: damaged,
    damage: (directory) => writeFile(join(directory, FORMAT_FILE), '{"format":"x"}'),
  },
  { name: 'a format file cut off', codes: damaged, damage: (directory) => truncate(join(directory, FORMAT_FILE), 5) },
  { name: 'a missing format file', codes: damaged, damage: (directory) => rm(join(directory, FORMAT_FILE)) },
  { name: 'a data file cut to half', codes: damaged, damage: (directory) => cut(directory, (bytes) => bytes >> 1) },
  {
    name: 'a data file short of its last page',
    codes: damaged,
    damage: (directory) => cut(directory, (bytes) => bytes - PAGE_BYTES),
  },
  { name: 'a data file of 100 bytes', codes: damaged, damage: (directory) => cut(directory, () => 100) },
  { name: 'an empty data file', codes: damaged, damage: (directory) => cut(directory, () => 0) },
  { name: 'a missing data file', codes: damaged, damage: (directory) => rm(join(directory, DATA_FILE)) },
  {
    name: 'a data file of random bytes',
    codes: damaged,
    damage: (directory, random) => overwrite(directory, random, 0, Number.MAX_SAFE_INTEGER),
  },
  {
    name: 'both meta pages overwritten',
    codes: damaged,
    damage: (directory, random) => overwrite(directory, random, 0, 2 * PAGE_BYTES),
  },
  { name: 'a flipped bit in the magic number of both meta pages', codes: damaged, damage: flipMagic },
  {
    name: 'all pages behind the meta pages zeroed',
    codes: damaged,
    damage: (directory) => zero(directory, 2 * PAGE_BYTES),
  },
  {
    name: 'all pages behind the meta pages overwritten',
    codes: damaged,
    damage: (directory, random) => overwrite(directory, random, 2 * PAGE_BYTES, Number.MAX_SAFE_INTEGER),
  },
];

export interface DamageResult {
  readonly name: string;
  readonly violations: readonly string[];
  /** What it said. */
  readonly refusal: string | null;
}

export async function tryDamages(options: {
  seed: number;
  only?: readonly Damage[];
  onResult?: (result: DamageResult) => void;
}): Promise<DamageResult[]> {
  const place = await mkdtemp(join(tmpdir(), 'zava-torture-damage-'));
  try {
    const whole = join(place, 'whole');
    await fill(whole);
    const results: DamageResult[] = [];
    for (const [at, damage] of (options.only ?? damages).entries()) {
      const directory = join(place, `copy-${at}`);
      await cp(whole, directory, { recursive: true });
      await damage.damage(directory, new Random(`${options.seed} ${damage.name}`));
      const result = await tryToOpen(damage, directory);
      results.push(result);
      options.onResult?.(result);
      await rm(directory, { recursive: true });
    }
    return results;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

async function fill(directory: string): Promise<void> {
  const server = await ServerProcess.start(directory);
  try {
    await using client = new MongoClient(server.uri);
    const collection = client.db(DATABASE).collection<{ _id: number }>('items');
    await collection.createIndex({ n: 1 });
    const documents = Array.from({ length: 2000 }, (_, n) => ({ _id: n, n: n % 17, pad: 'x'.repeat(n % 600) }));
    await collection.insertMany(documents);
    await collection.updateMany({ n: 3 } as object, { $set: { changed: true } } as object);
  } finally {
    await server.stop();
  }
}

async function tryToOpen({ name, codes }: Damage, directory: string): Promise<DamageResult> {
  const before = await digest(directory);
  const violations: string[] = [];
  let refusal: string | null = null;
  try {
    const server = await ServerProcess.start(directory);
    violations.push('it was opened', await read(server));
    await server.kill();
  } catch (error) {
    if (error instanceof ServerRefused) {
      const { code, message, fix } = error.refusal;
      refusal = `${code}: ${message}`;
      if (code === undefined || !codes.includes(code)) violations.push(`it was refused with ${code}: ${message}`);
      if (fix === undefined || fix === '') violations.push('the refusal names no fix');
    } else violations.push(error instanceof Error ? error.message : String(error));
  }
  const after = await digest(directory);
  for (const file of new Set([...before.keys(), ...after.keys()])) {
    if (!LOCK_FILES.has(file) && before.get(file) !== after.get(file)) violations.push(`${file} was changed`);
  }
  return { name, violations, refusal };
}

/** What a server on damaged data answers, for the report. */
async function read(server: ServerProcess): Promise<string> {
  try {
    await using client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 2000 });
    const documents = await client.db(DATABASE).collection('items').find().toArray();
    return `and a scan gave ${documents.length} of 2000 documents`;
  } catch (error) {
    return `and a scan failed: ${error instanceof Error ? error.message : String(error)}${server.ending === null ? '' : `; the server is gone (${server.ending})`}`;
  }
}

async function digest(directory: string): Promise<Map<string, string>> {
  const files = await readdir(directory);
  const entries = files.map(async (file): Promise<[string, string]> => {
    const path = join(directory, file);
    const { mtimeMs } = await stat(path);
    return [
      file,
      `${mtimeMs} ${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}`,
    ];
  });
  return new Map(await Promise.all(entries));
}

async function cut(directory: string, bytesLeft: (bytes: number) => number): Promise<void> {
  const file = join(directory, DATA_FILE);
  await truncate(file, bytesLeft((await stat(file)).size));
}

async function change(directory: string, edit: (bytes: Buffer) => void): Promise<void> {
  const file = join(directory, DATA_FILE);
  const bytes = await readFile(file);
  edit(bytes);
  await writeFile(file, bytes);
}

const overwrite = (directory: string, random: Random, from: number, to: number): Promise<void> =>
  change(directory, (bytes) => {
    for (let at = from; at < Math.min(to, bytes.length); at++) bytes[at] = random.integer(0, 255);
  });

const zero = (directory: string, from: number): Promise<void> => change(directory, (bytes) => void bytes.fill(0, from));

async function flipMagic(directory: string, random: Random): Promise<void> {
  await change(directory, (bytes) => {
    for (
      let at = bytes.indexOf(LMDB_MAGIC), count = 0;
      at !== -1 && count < 2;
      at = bytes.indexOf(LMDB_MAGIC, at + 4), count++
    ) {
      const place = at + random.integer(0, 3);
      bytes[place] = bytes[place]! ^ (1 << random.integer(0, 7));
    }
  });
}

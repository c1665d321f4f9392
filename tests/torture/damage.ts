/**
 * Damages copies of a data directory, each in one way, and tries to open them: a damaged or newer one must be refused with
 * a code and a fix, and not a byte of it may change.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { DATABASE } from './operations.ts';
import { Random } from './random.ts';
import { type Refusal, ServerProcess } from './server.ts';

const program = fileURLToPath(new URL('./open-each.ts', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));
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
  { name: 'every branch and leaf page overwritten', codes: damaged, damage: overwriteTrees },
  {
    name: 'an older format',
    codes: ['DATA_DIRECTORY_OLDER'],
    damage: (directory) => writeFile(join(directory, FORMAT_FILE), '{"format":1,"engine":"lmdb","made":true}'),
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
    const copies: Copy[] = [];
    for (const [at, damage] of (options.only ?? damages).entries()) {
      const directory = join(place, `copy-${at}`);
      await cp(whole, directory, { recursive: true });
      await damage.damage(directory, new Random(`${options.seed} ${damage.name}`));
      copies.push({ damage, directory, before: await digest(directory) });
    }
    const answers = await openEach(copies.map(({ directory }) => directory));
    const results: DamageResult[] = [];
    for (const [at, copy] of copies.entries()) {
      const result = await judge(copy, answers[at]!);
      results.push(result);
      options.onResult?.(result);
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

interface Copy {
  readonly damage: Damage;
  readonly directory: string;
  readonly before: ReadonlyMap<string, string>;
}

/** Null: opened. A text: the process died. */
type Answer = Refusal | string | null;

/** One process for as many as it survives. */
async function openEach(directories: readonly string[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < directories.length) {
    const child = spawn(process.execPath, ['--import', 'tsx', program, ...directories.slice(answers.length)], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data));
    const ending = await new Promise<string>((resolve) =>
      child.on('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`)),
    );
    answers.push(
      ...said
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Refusal | null),
    );
    if (answers.length < directories.length) answers.push(`the process ended with ${ending}`);
  }
  return answers;
}

async function judge({ damage: { name, codes }, directory, before }: Copy, answer: Answer): Promise<DamageResult> {
  const violations: string[] = [];
  if (answer === null) violations.push('it was opened');
  else if (typeof answer === 'string') violations.push(answer);
  else {
    if (answer.code === undefined || !codes.includes(answer.code))
      violations.push(`it was refused with ${answer.code}: ${answer.message}`);
    if (answer.fix === undefined || answer.fix === '') violations.push('the refusal names no fix');
  }
  const after = await digest(directory);
  for (const file of new Set([...before.keys(), ...after.keys()])) {
    if (!LOCK_FILES.has(file) && before.get(file) !== after.get(file)) violations.push(`${file} was changed`);
  }
  const refusal = answer !== null && typeof answer === 'object' ? `${answer.code}: ${answer.message}` : null;
  return { name, violations, refusal };
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

/** A page's kind is told 18 bytes after its start: 1 for a branch, 2 for a leaf. */
async function overwriteTrees(directory: string, random: Random): Promise<void> {
  await change(directory, (bytes) => {
    for (let page = 2 * PAGE_BYTES; page < bytes.length; page += PAGE_BYTES) {
      const kind = bytes.readUInt16LE(page + 18);
      if (kind !== 1 && kind !== 2) continue;
      for (let at = page; at < page + PAGE_BYTES; at++) bytes[at] = random.integer(0, 255);
    }
  });
}

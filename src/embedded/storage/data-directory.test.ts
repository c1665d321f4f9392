import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import { openStorage } from './index.ts';

let parent: string;
let dataDir: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'zava-dir-'));
  dataDir = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const bytesOfAll = () =>
  readdirSync(dataDir)
    .sort()
    .map((name) => [name, readFileSync(join(dataDir, name)).toString('base64')]);
const refusal = (code: string) => expect.objectContaining({ code, fix: expect.stringMatching(/\.$/) });

describe('opening', () => {
  test('[ST8] makes the directory for its owner alone', async () => {
    const storage = await openStorage({ dataDir: join(dataDir, 'deep') });
    expect(statSync(join(dataDir, 'deep')).mode & 0o777).toBe(0o700);
    await storage.close();
  });

  test.each(['missing', 'empty'])(
    '[ST8] a database whose data file is %s is refused, and nothing is written',
    async (state) => {
      await (await openStorage({ dataDir })).close();
      rmSync(join(dataDir, 'data.mdb'));
      if (state === 'empty') writeFileSync(join(dataDir, 'data.mdb'), '');
      const before = bytesOfAll();
      await expect(openStorage({ dataDir })).rejects.toMatchObject(refusal('DATA_DIRECTORY_DAMAGED'));
      expect(bytesOfAll()).toEqual(before);
    },
  );

  test('[ST8] one that was ended while it was being made is made anew', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'zava-format.json'), '{"format":3,"engine":"lmdb","made":false}');
    await (await openStorage({ dataDir })).close();
    expect(readFileSync(join(dataDir, 'zava-format.json'), 'utf8')).toContain('"made":true');
  });

  test('[ST8] a second time in the same process is refused and names the process; after closing it works', async () => {
    const storage = await openStorage({ dataDir });
    await expect(openStorage({ dataDir })).rejects.toMatchObject(refusal('DATA_DIRECTORY_IN_USE'));
    await expect(openStorage({ dataDir })).rejects.toThrow(String(process.pid));
    await storage.close();
    await (await openStorage({ dataDir })).close();
  });

  test('[ST8] is refused while another process lives, and takes over from one that ended', async () => {
    await (await openStorage({ dataDir })).close();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    writeFileSync(join(dataDir, 'zava.lock'), JSON.stringify({ pid: other.pid, started: null }));
    await expect(openStorage({ dataDir })).rejects.toThrow(`process ${other.pid}`);
    await new Promise((resolve) => other.on('exit', resolve).kill('SIGKILL'));
    await (await openStorage({ dataDir })).close();
    expect(existsSync(join(dataDir, 'zava.lock'))).toBe(false);
  });

  test('[ST8] takes over a lock whose process number belongs to another process by now, or that was never filled', async () => {
    await (await openStorage({ dataDir })).close();
    if (process.platform === 'linux') {
      writeFileSync(join(dataDir, 'zava.lock'), JSON.stringify({ pid: process.ppid, started: '1' }));
      await (await openStorage({ dataDir })).close();
    }
    for (const content of ['', JSON.stringify({ pid: process.pid, started: null })]) {
      writeFileSync(join(dataDir, 'zava.lock'), content);
      await (await openStorage({ dataDir })).close();
    }
  });
});

describe('a directory that is not ours to change', () => {
  const refused = async (code: string) => {
    const before = bytesOfAll();
    await expect(openStorage({ dataDir })).rejects.toMatchObject(refusal(code));
    expect(bytesOfAll()).toEqual(before);
  };

  test('[ST8] with other files is refused', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'letter.txt'), 'Dear customer');
    await refused('DATA_DIRECTORY_FOREIGN');
  });

  test('[ST8] that is a file is refused', async () => {
    writeFileSync(dataDir, 'x');
    await expect(openStorage({ dataDir })).rejects.toMatchObject(refusal('DATA_DIRECTORY_UNUSABLE'));
  });

  test.each([
    ['of a newer format', 'zava-format.json', '{"format": 4}', 'DATA_DIRECTORY_NEWER'],
    ['of an older format', 'zava-format.json', '{"format": 1}', 'DATA_DIRECTORY_OLDER'],
    ['with a format that is no number', 'zava-format.json', '{"format": "x"}', 'DATA_DIRECTORY_DAMAGED'],
    ['with an unreadable format', 'zava-format.json', '{', 'DATA_DIRECTORY_DAMAGED'],
    ['with a data file that is none', 'data.mdb', 'x'.repeat(20_000), 'DATA_DIRECTORY_DAMAGED'],
    ['with a data file cut off in its head', 'data.mdb', 'xy', 'DATA_DIRECTORY_DAMAGED'],
  ])('[ST8] %s is refused', async (_what, file, content, code) => {
    await (await openStorage({ dataDir })).close();
    writeFileSync(join(dataDir, file), content);
    await refused(code);
  });

  test('[ST8] with a data file that is cut off is refused', async () => {
    const storage = await openStorage({ dataDir });
    await storage.write((transaction) => {
      const collection = transaction.createCollection('a.b', {});
      for (let k = 0; k < 500; k++) collection.insert(encode({ _id: k, pad: 'x'.repeat(1000) }));
    });
    await storage.close();
    const file = join(dataDir, 'data.mdb');
    writeFileSync(file, readFileSync(file).subarray(0, 40_000));
    await refused('DATA_DIRECTORY_DAMAGED');
  });
});

test.skipIf(process.platform === 'win32')(
  '[ST9] a full disk fails the write, keeps what was there, and the storage goes on',
  async () => {
    const program = join(import.meta.dirname, 'full-disk-writer.ts');
    // A limit on the size of files is met like a full disk: by a failing write.
    const child = spawn('bash', [
      '-c',
      'ulimit -f 4096; exec "$0" "$@"',
      process.execPath,
      '--import',
      'tsx',
      program,
      dataDir,
    ]);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exitCode = await new Promise((resolve) => child.on('exit', resolve));
    // LMDB itself reports the failing write there as well.
    expect(output).toContain('refused 14031, kept 3, then 4\n');
    expect(exitCode).toBe(0);
    const storage = await openStorage({ dataDir });
    const collection = storage.snapshot().collection('a.b')!;
    expect([...collection.scan()].map(({ raw }) => decode(raw)['_id'])).toEqual([0, 1, 2, 'after']);
    await storage.close();
  },
);

test('[ST7] a process that is killed loses nothing that was acknowledged, and keeps no half of a job', async () => {
  const program = join(import.meta.dirname, 'killed-writer.ts');
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', program, dataDir, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    let rest = '';
    await new Promise<void>((resolve, reject) => {
      const patience = setTimeout(() => reject(new Error('The child acknowledged too little in time.')), 40_000);
      child.stdout.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop()!;
        for (const line of lines) acknowledged = Math.max(acknowledged, Number(line));
        if (acknowledged > 15 + round * 10) child.kill('SIGKILL');
      });
      child.on('exit', () => {
        clearTimeout(patience);
        resolve();
      });
    });
    for (const line of rest.split('\n')) if (/^\d+$/.test(line)) acknowledged = Math.max(acknowledged, 0);
    const storage = await openStorage({ dataDir });
    using snapshot = storage.snapshot();
    const collection = snapshot.collection(`test.round${round}`)!;
    const documents = [...collection.scan()].map(
      ({ raw }) => decode(raw) as { _id: string; job: number; live: boolean },
    );
    const jobs = Math.max(...documents.map(({ job }) => job));
    expect(jobs).toBeGreaterThanOrEqual(acknowledged);
    // Each job inserts ten documents and marks all of the job before it.
    expect(documents).toHaveLength((jobs + 1) * 10);
    expect(documents.every(({ job, live }) => live === (job === jobs))).toBe(true);
    expect(collection.count()).toBe(documents.length);
    for (const name of ['_id_', 'job_1', 'live_1']) {
      const recordIds = [...collection.scanIndex(name, [{ fromInclusive: true, toInclusive: true }])].map(
        ({ recordId }) => recordId,
      );
      expect(recordIds.toSorted((a, b) => a - b)).toEqual(documents.map((_, k) => k + 1));
    }
    const logged = storage.changeLog.readAfter({ clusterTime: storage.changeLog.oldest(), index: -1 }, 1e6);
    expect(
      logged.filter(({ operation, namespace }) => operation === 'insert' && namespace === collection.info.namespace),
    ).toHaveLength(documents.length);
    snapshot.close();
    await storage.close();
  }
}, 120_000);

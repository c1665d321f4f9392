import { cp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeTestFolder, openTestDatabase, testServerUri } from '../../../tests/support/database.ts';
import { zavaCatalog } from '../../catalog/index.ts';
import { readGenerationConfig } from '../../generator/index.ts';
import { type GenerationRun, generateInto, writeGeneration } from '../load/generate.ts';
import { readRun } from '../load/run.ts';
import { exportDatabase, writeArchive } from './export.ts';
import { importArchive, verifyArchive } from './import.ts';

beforeAll(testServerUri);

const program = 'zava test';
const smallRun = (seed: number): GenerationRun => ({
  config: readGenerationConfig(undefined, { seed, numCustomers: 40, numOrders: 60 }),
  catalog: zavaCatalog,
  program,
});
const typed = {
  _id: 'store_typed',
  int32: new Int32(5),
  int64: Long.fromString('9007199254740993'),
  double: new Double(3),
  decimal: Decimal128.fromString('12.340'),
  date: new Date('2024-12-30T14:05:09.123Z'),
  uuid: new UUID('0f1e2d3c-4b5a-4978-8a9b-0c1d2e3f4a5b'),
  objectId: new ObjectId('0123456789abcdef01234567'),
  binary: new Binary(Buffer.from([1, 2, 3])),
  nested: { list: [new Int32(1), null, { text: 'é "quoted" \n' }] },
};

describe('exports', () => {
  test('[DB8] an export that is imported again holds the same documents with the same types', async () => {
    for (const gzip of [false, true]) {
      await using source = await openTestDatabase();
      await using target = await openTestDatabase();
      await using folder = await makeTestFolder();
      await source.db.collection<{ _id: string }>('stores').insertOne(typed);
      const out = path.join(folder.path, 'out');
      const manifest = await exportDatabase(source.db, out, { program, gzip });
      expect(manifest.files).toMatchObject([
        { collection: 'stores', file: `stores.ndjson${gzip ? '.gz' : ''}`, documents: 1 },
      ]);
      const { load } = await importArchive(target.db, out);
      expect(load).toMatchObject({ outcome: 'loaded', inserted: 1 });
      const raw = { promoteValues: false, promoteLongs: false, promoteBuffers: false } as const;
      const [before] = await source.db.collection('stores').find({}, raw).toArray();
      const [after] = await target.db.collection('stores').find({}, raw).toArray();
      expect(after).toEqual(before);
      expect(after?.['int64']).toEqual(typed.int64);
      expect(after?.['decimal'].toString()).toBe('12.340');
      expect(after?.['double']).toEqual(new Double(3));
    }
  });

  test('[DB8] a generated database, exported and imported, is the same, and remembers what it is', async () => {
    await using source = await openTestDatabase();
    await using target = await openTestDatabase();
    await using folder = await makeTestFolder();
    await generateInto(source.db, smallRun(1));
    const [first, second] = [path.join(folder.path, 'first'), path.join(folder.path, 'second')];
    const manifest = await exportDatabase(source.db, first, { program, gzip: true });
    await importArchive(target.db, first);
    const again = await exportDatabase(target.db, second, { program, gzip: true });
    expect(again.files).toEqual(manifest.files);
    expect(await readRun(target.db)).toMatchObject({
      kind: 'import',
      parameters: { seed: 1, start_date: '2020-01-01' },
    });
  });

  test('[DB14] generating into files takes no database, gives the same bytes each time, and can be imported', async () => {
    await using folder = await makeTestFolder();
    await using target = await openTestDatabase();
    await using direct = await openTestDatabase();
    const [first, second] = [path.join(folder.path, 'first'), path.join(folder.path, 'second')];
    await writeGeneration(first, smallRun(2), {});
    await writeGeneration(second, smallRun(2), {});
    for (const name of await readdir(first)) {
      expect(Buffer.compare(await readFile(path.join(first, name)), await readFile(path.join(second, name)))).toBe(0);
    }
    await importArchive(target.db, first);
    await generateInto(direct.db, smallRun(2));
    const [fromFiles, fromGenerator] = [path.join(folder.path, 'a'), path.join(folder.path, 'b')];
    const files = (await exportDatabase(target.db, fromFiles, { program })).files;
    expect((await exportDatabase(direct.db, fromGenerator, { program })).files).toEqual(files);
  });

  test('[DB7] an empty database is not exported', async () => {
    await using source = await openTestDatabase();
    await using folder = await makeTestFolder();
    const exporting = exportDatabase(source.db, path.join(folder.path, 'out'), { program });
    await expect(exporting).rejects.toMatchObject({ code: 'COLLECTIONS_MISSING' });
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('[DB7] a folder that holds something is refused; an export in it goes only when told', async () => {
    await using folder = await makeTestFolder();
    const write = (replace = false) => writeArchive(folder.path, [], { program, replace, source: () => ({}) });
    await writeFile(path.join(folder.path, 'letter.txt'), 'mine');
    await expect(write(true)).rejects.toMatchObject({ code: 'FOLDER_NOT_EMPTY', data: { files: ['letter.txt'] } });
    await rm(path.join(folder.path, 'letter.txt'));
    await writeArchive(folder.path, [{ collection: 'stores', documents: [{ _id: 'a' }] }], {
      program,
      source: () => ({}),
    });
    await expect(write()).rejects.toMatchObject({ code: 'FOLDER_NOT_EMPTY' });
    await write(true);
    expect(await readdir(folder.path)).toEqual(['manifest.json']);
  });

  test('[DB7] an interrupted export has no manifest, is no export, and the next one clears it away', async () => {
    await using folder = await makeTestFolder();
    const controller = new AbortController();
    function* batches() {
      yield { collection: 'stores', documents: [{ _id: 'a' }] } as const;
      controller.abort();
      yield { collection: 'stores', documents: [{ _id: 'b' }] } as const;
    }
    const source = () => ({});
    const writing = writeArchive(folder.path, batches(), { program, signal: controller.signal, source });
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(folder.path)).toEqual(['stores.ndjson.partial']);
    await expect(verifyArchive(folder.path)).rejects.toMatchObject({ code: 'MANIFEST_MISSING' });
    await writeArchive(folder.path, [{ collection: 'orders', documents: [{ _id: 'a' }] }], { program, source });
    expect((await readdir(folder.path)).sort()).toEqual(['manifest.json', 'orders.ndjson']);
  });

  test('[DB7] an interrupted export goes on with the first collection that is not whole, and equals one in a single go', async () => {
    await using database = await openTestDatabase();
    await using folder = await makeTestFolder();
    await using inOneGo = await makeTestFolder();
    await generateInto(database.db, smallRun(4));
    const controller = new AbortController();
    const stopInInventory = ({ done }: { readonly done: number }) => done > 2000 && controller.abort();
    const exporting = exportDatabase(database.db, folder.path, {
      program,
      signal: controller.signal,
      onProgress: stopInInventory,
    });
    await expect(exporting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(verifyArchive(folder.path)).rejects.toMatchObject({ code: 'MANIFEST_MISSING' });
    const wholeFile = path.join(folder.path, 'products.ndjson.partial');
    const damagedFile = path.join(folder.path, 'categories.ndjson.partial');
    const { ino } = await stat(wholeFile);
    await truncate(damagedFile, 10);

    const resumed = await exportDatabase(database.db, folder.path, { program });
    const whole = await exportDatabase(database.db, inOneGo.path, { program });
    expect(resumed.files).toEqual(whole.files);
    expect((await stat(path.join(folder.path, 'products.ndjson'))).ino).toBe(ino);
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.partial'))).toEqual([]);
    await verifyArchive(folder.path);
  });

  test('[DB17] a full disk is said to be one, and leaves nothing that looks finished', async () => {
    // /dev/full is a file on a full disk: every write to it fails with ENOSPC. The link is laid once the writer has
    // cleared the folder, and before it opens the file.
    await using folder = await makeTestFolder();
    const full = path.join(folder.path, 'full');
    async function* trap() {
      await symlink('/dev/full', path.join(full, 'stores.ndjson.partial'));
      const documents = Array.from({ length: 5000 }, (_, at) => ({ _id: `store_${at}`, text: 'x'.repeat(500) }));
      yield { collection: 'stores', documents } as const;
    }
    await expect(writeArchive(full, trap(), { program, source: () => ({}) })).rejects.toMatchObject({
      code: 'DISK_FULL',
    });
    expect(await readdir(full)).not.toContain('manifest.json');
  });
});

describe('imports', () => {
  const damages: [string, string, (folder: string) => Promise<void>][] = [
    ['a missing file', 'the file is missing', (folder) => rm(path.join(folder, 'orders.ndjson.gz'))],
    ['a file that is cut off', 'bytes', async (folder) => truncate(path.join(folder, 'orders.ndjson.gz'), 900)],
    ['a changed byte', '', async (folder) => flip(path.join(folder, 'orders.ndjson.gz'))],
    [
      'a changed count',
      'documents',
      (folder) => edit(folder, (text) => text.replace('"documents": 60,', '"documents": 61,')),
    ],
    [
      'a changed checksum',
      'SHA-256',
      (folder) => edit(folder, (text) => text.replace(/"sha256": "../, '"sha256": "00')),
    ],
  ];

  test.each(damages)(
    '[DB7] %s is refused with the file and the reason, before anything is written',
    async (_what, reason, damage) => {
      await using folder = await makeTestFolder();
      await using target = await openTestDatabase();
      const archive = path.join(folder.path, 'archive');
      await writeGeneration(archive, smallRun(3), { gzip: true });
      await damage(archive);
      const refusal = await importArchive(target.db, archive).catch((error) => error);
      expect(refusal).toMatchObject({ code: 'MANIFEST_MISMATCH' });
      expect(refusal.message).toContain(reason);
      expect(refusal.message).toMatch(/\.ndjson\.gz/);
      expect(await target.db.listCollections().toArray()).toEqual([]);
    },
  );

  test.each([
    ['no manifest', 'MANIFEST_MISSING', (folder: string) => rm(path.join(folder, 'manifest.json'))],
    ['a manifest that is no JSON', 'MANIFEST_INVALID', (folder: string) => edit(folder, (text) => text.slice(0, 50))],
    [
      'a collection that is not ours',
      'MANIFEST_INVALID',
      (folder: string) => edit(folder, (text) => text.replace('"orders"', '"secrets"')),
    ],
    [
      'a path out of the folder',
      'MANIFEST_INVALID',
      (folder: string) => edit(folder, (text) => text.replace('orders.ndjson', '../orders.ndjson')),
    ],
    [
      'a newer format',
      'MANIFEST_INVALID',
      (folder: string) => edit(folder, (text) => text.replace('"format_version": 1', '"format_version": 9')),
    ],
  ])('[DB7] %s is refused', async (_what, code, damage) => {
    await using folder = await makeTestFolder();
    await writeArchive(folder.path, [{ collection: 'orders', documents: [{ _id: 'a' }] }], {
      program,
      source: () => ({}),
    });
    await damage(folder.path);
    await expect(verifyArchive(folder.path)).rejects.toMatchObject({ code });
  });

  test('[DB10] an interrupted import goes on where it was, also from a copy of the folder elsewhere', async () => {
    await using folder = await makeTestFolder();
    await using target = await openTestDatabase();
    const archive = path.join(folder.path, 'archive');
    const manifest = await writeGeneration(archive, smallRun(4), {});
    const controller = new AbortController();
    const onProgress = ({ phase, done }: { phase: string; done: number }) => {
      if (phase === 'loading' && done > 1500) controller.abort();
    };
    const interrupted = importArchive(target.db, archive, { signal: controller.signal, onProgress });
    await expect(interrupted).rejects.toMatchObject({ name: 'AbortError' });
    const copy = path.join(folder.path, 'copy');
    await cp(archive, copy, { recursive: true });
    const { load } = await importArchive(target.db, copy);
    const documents = manifest.files.reduce((sum, file) => sum + file.documents, 0);
    expect(load.outcome).toBe('resumed');
    expect(load.inserted).toBeLessThan(documents);
    for (const file of manifest.files)
      expect(await target.db.collection(file.collection).countDocuments()).toBe(file.documents);
    expect((await importArchive(target.db, archive)).load.outcome).toBe('complete already');
  });

  test('[DB9] a database that holds documents is refused, unless they are to be replaced', async () => {
    await using folder = await makeTestFolder();
    await using target = await openTestDatabase();
    await target.db.collection<{ _id: string }>('orders').insertOne({ _id: 'mine' });
    await writeArchive(folder.path, [{ collection: 'orders', documents: [{ _id: 'a' }] }], {
      program,
      source: () => ({}),
    });
    await expect(importArchive(target.db, folder.path)).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    await importArchive(target.db, folder.path, { replace: true });
    expect(await target.db.collection('orders').find().toArray()).toEqual([{ _id: 'a' }]);
  });
});

async function edit(folder: string, change: (text: string) => string): Promise<void> {
  const file = path.join(folder, 'manifest.json');
  await writeFile(file, change(await readFile(file, 'utf8')));
}

async function flip(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
  await writeFile(file, bytes);
}

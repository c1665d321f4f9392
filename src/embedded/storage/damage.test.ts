import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../bson/codec.ts';
import { checkWord } from './check-word.ts';
import { openStorage, StorageError, type StorageOptions } from './index.ts';

const PAGE_BYTES = 4096;
const DOCUMENTS = 3000;
/** Text that no compression shortens, to find its document in the file. */
const MARK = 'qZ7vR2mX9kT4wB8nL1cF6hJ3pD5s';

let parent: string;
let whole: string;
let expected: Content;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'zava-damage-'));
  whole = join(parent, 'whole');
  const storage = await openStorage({ dataDir: whole });
  await storage.write((transaction) => {
    transaction.createCollection('shop.items', {});
    transaction.createIndexes('shop.items', [{ name: 'n_1', key: { n: 1 }, options: {} }]);
  });
  for (let from = 0; from < DOCUMENTS; from += 500) {
    await storage.write((transaction) => {
      const items = transaction.collection('shop.items')!;
      for (let k = from; k < from + 500; k++) {
        // Every thousandth is large enough to lie on its own.
        items.insert(
          encode({
            _id: `item ${k}`,
            n: (k * 7919) % 1013,
            pad: 'x'.repeat(k % 1000 === 0 ? 9000 : k % 90),
            ...(k === 1500 ? { mark: MARK } : {}),
          }),
        );
      }
    });
  }
  await storage.close();
  expected = (await read(whole)) as Content;
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

interface Content {
  readonly documents: readonly string[];
  readonly byIndex: readonly number[];
  readonly byId: readonly (number | undefined)[];
}

/** Everything that the storage gives; or the error with which it refused to open or to read. */
async function read(dataDir: string, options: Partial<StorageOptions> = {}): Promise<Content | Error> {
  let storage: Awaited<ReturnType<typeof openStorage>>;
  try {
    storage = await openStorage({ dataDir, ...options });
  } catch (error) {
    return error as Error;
  }
  try {
    using snapshot = storage.snapshot();
    const items = snapshot.collection('shop.items')!;
    const documents = [...items.scan()].map(({ raw }) => Buffer.from(raw).toString('latin1'));
    const ranges = [{ fromInclusive: true, toInclusive: true }];
    const byIndex = [...items.scanIndex('n_1', ranges)].map(({ recordId }) => recordId);
    const byId: (number | undefined)[] = [];
    for (let k = 0; k < DOCUMENTS; k += 7) byId.push(items.findById(`item ${k}`));
    return { documents, byIndex, byId };
  } catch (error) {
    return error as Error;
  } finally {
    await storage.close();
  }
}

/** A stream of numbers below `limit`. */
function numbers(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

type Harm = (file: Buffer, next: (limit: number) => number) => void;

const flip: Harm = (file, next) => {
  const at = next(file.length);
  file[at] = file[at]! ^ (1 << next(8));
};
const overwritePage: Harm = (file, next) => {
  const page = 2 + next(file.length / PAGE_BYTES - 2);
  for (let k = 0; k < PAGE_BYTES; k++) file[page * PAGE_BYTES + k] = next(256);
};
const swapPages: Harm = (file, next) => {
  const places = [2 + next(file.length / PAGE_BYTES - 2), 2 + next(file.length / PAGE_BYTES - 2)] as const;
  const [one, other] = places.map((page) => Buffer.from(file.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES)));
  file.set(other!, places[0] * PAGE_BYTES);
  file.set(one!, places[1] * PAGE_BYTES);
};

function harmed(name: string, seed: number, harm: Harm): string {
  const dataDir = join(parent, name);
  rmSync(dataDir, { recursive: true, force: true });
  cpSync(whole, dataDir, { recursive: true });
  const file = readFileSync(join(dataDir, 'data.mdb'));
  harm(file, numbers(seed));
  writeFileSync(join(dataDir, 'data.mdb'), file);
  return dataDir;
}

const bytesOfAll = (dataDir: string) =>
  readdirSync(dataDir)
    // LMDB's lock holds no data.
    .filter((name) => name !== 'lock.mdb')
    .sort()
    .map((name) => [name, statSync(join(dataDir, name)).mtimeMs, readFileSync(join(dataDir, name)).toString('latin1')]);

describe('damage', () => {
  test.each([
    ['a flipped bit', 60, flip],
    ['a page of random bytes', 40, overwritePage],
    ["two pages in each other's place", 40, swapPages],
  ] as const)(
    '[ST14] %s is refused or reported, and never answered with wrong data (seeds 1 to %i)',
    async (_, seeds, harm) => {
      const outcomes = { refused: 0, reported: 0, harmless: 0 };
      for (let seed = 1; seed <= seeds; seed++) {
        const dataDir = harmed('harmed', seed, harm);
        const before = bytesOfAll(dataDir);
        const outcome = await read(dataDir);
        if (outcome instanceof StorageError) {
          outcomes.refused += 1;
          expect(outcome.code, `seed ${seed}`).toBe('DATA_DIRECTORY_DAMAGED');
          expect(bytesOfAll(dataDir), `seed ${seed}`).toEqual(before);
        } else if (outcome instanceof Error) {
          outcomes.reported += 1;
          expect(outcome, `seed ${seed}`).toMatchObject({
            codeName: 'DataCorruptionDetected',
            message: expect.stringMatching(/^Collection shop\.items: .*(records? \d+|index (_id_|n_1))/),
          });
        } else {
          outcomes.harmless += 1;
          expect(outcome, `seed ${seed}`).toEqual(expected);
        }
      }
      // Most of the file is documents and entries; a good part of it is free.
      expect(outcomes.refused).toBeGreaterThan(0);
      expect(outcomes.reported).toBeGreaterThan(0);
    },
  );

  test('[ST14] after a crash, when no seal tells what the pages were, damage is refused or reported just as well', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const dataDir = harmed('harmed', seed, seed % 2 === 0 ? overwritePage : flip);
      rmSync(join(dataDir, 'zava-seal.json'));
      const outcome = await read(dataDir);
      if (outcome instanceof StorageError) expect(outcome.code, `seed ${seed}`).toBe('DATA_DIRECTORY_DAMAGED');
      else if (outcome instanceof Error) expect(outcome, `seed ${seed}`).toMatchObject({ code: 301 });
      else expect(outcome, `seed ${seed}`).toEqual(expected);
    }
  });

  test('[ST14] a data file older than its seal is refused: its newest changes are lost', async () => {
    const dataDir = join(parent, 'older');
    cpSync(whole, dataDir, { recursive: true });
    const storage = await openStorage({ dataDir });
    await storage.write((transaction) => transaction.collection('shop.items')!.insert(encode({ _id: 'new' })));
    await storage.close();
    cpSync(join(whole, 'data.mdb'), join(dataDir, 'data.mdb'));
    await expect(openStorage({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIRECTORY_DAMAGED' });
  });

  test('[ST14] a write that meets a damaged block fails, and leaves nothing', async () => {
    const dataDir = harmed('written', 1, (file) => {
      for (let at = file.indexOf(MARK); at >= 0; at = file.indexOf(MARK, at)) file[at] = 0x49;
    });
    const storage = await openStorage({ dataDir });
    const removeAll = storage.write((transaction) => {
      const items = transaction.collection('shop.items')!;
      for (const { recordId } of [...items.scan()]) items.remove(recordId);
    });
    await expect(removeAll).rejects.toMatchObject({ code: 301 });
    using snapshot = storage.snapshot();
    expect(snapshot.collection('shop.items')!.count()).toBe(DOCUMENTS);
    await storage.close();
  });
});

describe('the check word', () => {
  test('[ST14] tells every flipped bit of a value and of its key, wherever the value lies', () => {
    const key = Buffer.from('key');
    const bytes = new Uint8Array(99).map((_, k) => k * 37);
    const whole = checkWord(key, bytes, bytes.length);
    const shifted = new Uint8Array(105);
    shifted.set(bytes, 3);
    expect(checkWord(key, shifted.subarray(3), bytes.length)).toBe(whole);
    expect(checkWord(key, bytes, bytes.length - 1)).not.toBe(whole);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      expect(checkWord(key, flipped, bytes.length)).not.toBe(whole);
    }
    expect(checkWord(Buffer.from('kez'), bytes, bytes.length)).not.toBe(whole);
  });
});

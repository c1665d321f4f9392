/** Documents that are not what they say: wrong lengths and types, no end, wrong text, too deep, names twice. */
import type { Random } from '../random.ts';
import { documentBytes, documentOf, Fields, Raw, type Wire } from './bson-writer.ts';
import { evilInt32s, randomBytes } from './frames.ts';

const DEEP_MAX = 10_000;
const MANY_MAX = 20_000;

/** `command` with faults in its bytes. Its outermost length is right more often than not, so that the faults are reached. */
export function brokenDocument(random: Random, command: Uint8Array): Buffer {
  const chance = random.next();
  if (chance < 0.75) return damaged(random, command);
  if (chance < 0.98) return crafted(random);
  return large(random);
}

function damaged(random: Random, original: Uint8Array): Buffer {
  let bytes = Buffer.from(original);
  for (let count = random.integer(1, 3); count > 0; count--) {
    const at = random.integer(4, Math.max(4, bytes.length - 5));
    const makers: readonly (() => void)[] = [
      () => (bytes[at] = random.integer(0, 255)),
      () => (bytes[at] = bytes[at]! ^ (1 << random.integer(0, 7))),
      () => bytes.writeInt32LE(random.pick(evilInt32s), Math.min(at, bytes.length - 4)),
      () =>
        bytes.writeInt32LE(
          (bytes.readInt32LE(Math.min(at, bytes.length - 4)) + random.integer(-2, 2)) | 0,
          Math.min(at, bytes.length - 4),
        ),
      () => bytes.fill(random.pick([0, 0x7f, 0xff]), at, Math.min(bytes.length, at + random.integer(1, 8))),
      () =>
        (bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(random, random.integer(1, 8)), bytes.subarray(at)])),
      () => (bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.integer(1, 8))])),
      () => (bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(4, at), bytes.subarray(at)])),
    ];
    random.pick(makers)();
    if (bytes.length < 12) bytes = Buffer.from(original);
  }
  if (random.chance(0.85)) bytes.writeInt32LE(bytes.length, 0);
  if (random.chance(0.85)) bytes[bytes.length - 1] = 0;
  return bytes;
}

const element = (type: number, name: string, value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(type), Buffer.from(`${name}\0`), value]);

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0, 0);
  return bytes;
};

const FIND = Buffer.concat([
  element(2, 'find', Buffer.concat([int32(2), Buffer.from('c\0')])),
  element(2, '$db', Buffer.concat([int32(5), Buffer.from('fuzz\0')])),
]);

/** A command whose filter has one fault that is known to hurt. */
function crafted(random: Random): Buffer {
  const evil = random.pick(evilInt32s);
  const value = random.pick<() => Buffer>([
    () => element(random.integer(0x14, 0x7e), 'x', randomBytes(random, 8)),
    () => element(2, 'x', Buffer.concat([int32(evil), Buffer.from('abc\0')])),
    () => element(2, 'x', Buffer.concat([int32(4), Buffer.from('abcd')])),
    () => element(2, 'x', Buffer.concat([int32(4), Buffer.of(0xff, 0xfe, 0x80, 0)])),
    () => element(2, 'x', Buffer.concat([int32(4), Buffer.of(0xed, 0xa0, 0x80, 0)])),
    () => Buffer.concat([Buffer.of(16), Buffer.of(0xc3, 0x28, 0), int32(1)]),
    () => Buffer.concat([Buffer.of(16), Buffer.from('no end')]),
    () => element(3, 'x', int32(evil)),
    () => element(3, 'x', documentOf(element(16, 'y', int32(1)), evil)),
    () => element(4, 'x', documentOf(Buffer.concat([element(16, '7', int32(1)), element(16, 'b', int32(2))]))),
    () => element(4, 'x', documentOf(element(16, '0', int32(1)), evil)),
    () => element(5, 'x', Buffer.concat([int32(evil), Buffer.of(2), Buffer.alloc(4)])),
    () => element(5, 'x', Buffer.concat([int32(8), Buffer.of(2), int32(evil), Buffer.alloc(4)])),
    () =>
      element(
        5,
        'x',
        Buffer.concat([int32(random.integer(0, 6)), Buffer.of(9), randomBytes(random, 6)]).subarray(0, 8),
      ),
    () => element(8, 'x', Buffer.of(random.integer(2, 255))),
    () => element(11, 'x', Buffer.from('(\0zzz\0')),
    () => element(11, 'x', Buffer.from('no end')),
    () => element(15, 'x', Buffer.concat([int32(evil), int32(evil), Buffer.from('f\0'), documentOf(Buffer.alloc(0))])),
    () => element(12, 'x', Buffer.concat([int32(evil), Buffer.alloc(13)])),
    () => Buffer.concat(Array.from({ length: random.integer(2, 50) }, () => element(16, 'same', int32(1)))),
    () =>
      Buffer.concat([
        element(2, '$db', Buffer.concat([int32(5), Buffer.from('fuzz\0')])),
        element(16, '$db', int32(1)),
      ]),
  ])();
  return documentOf(
    random.chance(0.7) ? Buffer.concat([FIND, element(3, 'filter', documentOf(value))]) : Buffer.concat([FIND, value]),
  );
}

function large(random: Random): Buffer {
  return random.pick<() => Buffer>([
    () => documentOf(Buffer.concat([FIND, element(3, 'filter', nested(random.integer(150, DEEP_MAX), 3, 'a'))])),
    () => documentOf(Buffer.concat([FIND, element(3, 'filter', nested(random.integer(50, DEEP_MAX), 4, '0'))])),
    () =>
      documentOf(
        Buffer.concat([
          FIND,
          element(
            3,
            'filter',
            nested(random.integer(50, 199), 3, random.pick(['$not', '$nor', '$and', '$elemMatch', '$expr'])),
          ),
        ]),
      ),
    () =>
      documentBytes({
        find: 'c',
        $db: 'fuzz',
        filter: { a: { $in: Array.from({ length: random.integer(1000, MANY_MAX) }, (_, k) => k) } },
      }),
    () =>
      documentBytes(
        new Fields([
          ['find', 'c'],
          ['$db', 'fuzz'],
          [
            'filter',
            new Fields(Array.from({ length: random.integer(100, MANY_MAX) }, (_, k): [string, Wire] => [`f${k}`, 1])),
          ],
        ]),
      ),
    () =>
      documentBytes({
        find: 'c',
        $db: 'fuzz',
        filter: {
          x: new Raw(
            4,
            documentOf(
              Buffer.concat(Array.from({ length: random.integer(10, MANY_MAX) }, () => element(16, '0', int32(1)))),
            ),
          ),
        },
      }),
  ])();
}

/** A document in a document in a document …, built from the inside out. */
export function nested(depth: number, type: 3 | 4, name: string): Buffer {
  const head = Buffer.concat([Buffer.of(type), Buffer.from(`${name}\0`)]);
  const layerBytes = 5 + head.length;
  const bytes = Buffer.alloc(5 + depth * layerBytes);
  for (let level = 0, at = 0; level <= depth; level++) {
    bytes.writeInt32LE(5 + (depth - level) * layerBytes, at);
    at += 4;
    if (level < depth) at += head.copy(bytes, at);
  }
  return bytes;
}

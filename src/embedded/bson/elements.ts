/** Walking over the elements of a BSON document without decoding them. */

interface SlicingPrototype {
  utf8Slice(start: number, end: number): string;
}
const { utf8Slice } = Buffer.prototype as unknown as SlicingPrototype;

/** A copy of some bytes. `slice` of a Node `Buffer` is no copy but a view, and raw documents often are Buffers. */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(end - start);
  copy.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end));
  return copy;
}

const VARIABLE = -1;

/** Bytes of a value by its type; VARIABLE where they depend on the value. */
const valueBytes = new Int8Array(256).fill(VARIABLE);
for (const type of [0x06, 0x0a, 0xff, 0x7f]) valueBytes[type] = 0;
for (const type of [0x01, 0x09, 0x11, 0x12]) valueBytes[type] = 8;
valueBytes[0x07] = 12;
valueBytes[0x08] = 1;
valueBytes[0x10] = 4;
valueBytes[0x13] = 16;

/** Where the element ends whose value starts at `at`. */
export function elementEnd(raw: Uint8Array, type: number, at: number): number {
  const bytes = valueBytes[type]!;
  if (bytes >= 0) return at + bytes;
  if (type === 0x0b) return nameEndOf(raw, nameEndOf(raw, at) + 1) + 1;
  const length = raw[at]! | (raw[at + 1]! << 8) | (raw[at + 2]! << 16) | (raw[at + 3]! << 24);
  switch (type) {
    case 0x02: // string, code, symbol: the length counts the NUL, not itself
    case 0x0d:
    case 0x0e:
      return at + 4 + length;
    case 0x03: // document, array, code with scope: the length counts itself
    case 0x04:
    case 0x0f:
      return at + length;
    case 0x05: // binary: the length counts neither itself nor the subtype
      return at + 5 + length;
    case 0x0c: // DBPointer: a string and an ObjectId
      return at + 16 + length;
    default:
      throw new RangeError(`Unknown BSON type 0x${type.toString(16)} at byte ${at}.`);
  }
}

/** The place of the NUL that ends the name at `at`. */
export function nameEndOf(raw: Uint8Array, at: number): number {
  while (raw[at] !== 0) at += 1;
  return at;
}

const SLOTS = 4096;
const cachedNames: string[] = new Array(SLOTS).fill('');
const cachedBytes: Uint8Array[] = new Array(SLOTS).fill(new Uint8Array(0));
const CACHED_BYTES_MAX = 64;

/** A field name as a string. Names repeat, so the last one per hash is kept and only compared. */
export function readName(raw: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length === 0) return '';
  if (length > CACHED_BYTES_MAX) return utf8Slice.call(raw, start, end);
  let hash = length;
  for (let at = start; at < end; at++) hash = (hash * 31 + raw[at]!) | 0;
  const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
  const bytes = cachedBytes[slot]!;
  if (bytes.length === length) {
    let k = 0;
    while (k < length && bytes[k] === raw[start + k]) k += 1;
    if (k === length) return cachedNames[slot]!;
  }
  const name = utf8Slice.call(raw, start, end);
  cachedNames[slot] = name;
  cachedBytes[slot] = copyBytes(raw, start, end);
  return name;
}

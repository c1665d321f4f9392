/** Writes BSON without asking whether it is allowed: names with NUL, fields twice, any type byte, any length. */

/** A value whose bytes are exactly these. */
export class Raw {
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(type: number, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

/** A document as a list, so that a name may come twice and whole numbers stay where they are. */
export class Fields {
  readonly entries: readonly (readonly [name: string, value: Wire])[];

  constructor(entries: readonly (readonly [name: string, value: Wire])[]) {
    this.entries = entries;
  }
}

export type Wire = null | boolean | number | bigint | string | Raw | Fields | readonly Wire[] | PlainWire;
export interface PlainWire {
  readonly [name: string]: Wire | undefined;
}

const INT32_MAX = 0x7fffffff;

let buffer = Buffer.allocUnsafe(1024 * 1024);
let at = 0;

export function documentBytes(document: Fields | PlainWire): Buffer {
  at = 0;
  writeDocument(document instanceof Fields ? document.entries : Object.entries(document));
  return Buffer.from(buffer.subarray(0, at));
}

/** The bytes of a document from those of its elements; `claim` is the length that it says it has. */
export function documentOf(elements: Uint8Array, claim = elements.length + 5): Buffer {
  const bytes = Buffer.alloc(elements.length + 5);
  bytes.writeInt32LE(claim | 0, 0);
  bytes.set(elements, 4);
  return bytes;
}

export const int64Bytes = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value));
  return bytes;
};

export const doubleValue = (value: number): Raw => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return new Raw(1, bytes);
};

function reserve(bytes: number): void {
  if (at + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
  buffer.copy(larger, 0, 0, at);
  buffer = larger;
}

function writeDocument(entries: readonly (readonly [string, Wire | undefined])[]): void {
  const start = at;
  reserve(5);
  at += 4;
  for (const [name, value] of entries) if (value !== undefined) writeElement(name, value);
  reserve(1);
  buffer[at++] = 0;
  buffer.writeInt32LE(at - start, start);
}

function writeElement(name: string, value: Wire): void {
  const typeAt = at;
  reserve(2 + name.length * 3);
  at += 1;
  at += buffer.write(name, at);
  buffer[at++] = 0;
  // The buffer may be another one afterwards.
  const type = writeValue(value);
  buffer[typeAt] = type;
}

function writeValue(value: Wire): number {
  reserve(16);
  switch (typeof value) {
    case 'boolean':
      buffer[at++] = value ? 1 : 0;
      return 8;
    case 'number':
      if (Number.isInteger(value) && Math.abs(value) <= INT32_MAX && !Object.is(value, -0)) {
        at = buffer.writeInt32LE(value, at);
        return 16;
      }
      at = buffer.writeDoubleLE(value, at);
      return 1;
    case 'bigint':
      at = buffer.writeBigInt64LE(BigInt.asIntN(64, value), at);
      return 18;
    case 'string': {
      reserve(6 + value.length * 3);
      const bytes = buffer.write(value, at + 4);
      buffer.writeInt32LE(bytes + 1, at);
      at += 4 + bytes;
      buffer[at++] = 0;
      return 2;
    }
    default:
  }
  if (value === null) return 10;
  if (value instanceof Raw) {
    reserve(value.bytes.length);
    buffer.set(value.bytes, at);
    at += value.bytes.length;
    return value.type;
  }
  if (Array.isArray(value)) {
    const start = at;
    at += 4;
    for (let index = 0; index < value.length; index++) writeElement(String(index), value[index] as Wire);
    reserve(1);
    buffer[at++] = 0;
    buffer.writeInt32LE(at - start, start);
    return 4;
  }
  writeDocument(value instanceof Fields ? value.entries : Object.entries(value as PlainWire));
  return 3;
}

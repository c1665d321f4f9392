/** Checks bytes from outside, so that every reader behind it may trust them. */
import { isUtf8 } from 'node:buffer';
import { MongoError } from '../errors.ts';

export const NESTING_DEPTH_MAX = 200;

/**
 * Throws InvalidBSON (22) with the place unless `raw` is exactly one well-formed document: lengths, terminators, known
 * types, booleans of 0 or 1, UTF-8, nesting of at most `NESTING_DEPTH_MAX`.
 */
export function validateDocument(raw: Uint8Array): void {
  if (raw.length < 5) fail(0, `a document has at least 5 bytes, this one ${raw.length}`);
  const end = validateAt(raw, 0, raw.length, 0);
  if (end !== raw.length) fail(0, `the length says ${end} bytes, but there are ${raw.length}`);
}

function fail(at: number, what: string): never {
  throw new MongoError('InvalidBSON', `Invalid BSON at byte ${at}: ${what}.`);
}

function validateAt(raw: Uint8Array, start: number, limit: number, depth: number): number {
  if (depth > NESTING_DEPTH_MAX) fail(start, `nested deeper than ${NESTING_DEPTH_MAX} levels`);
  const length = lengthAt(raw, start, limit);
  if (length < 5) fail(start, `a document has at least 5 bytes, this one says ${length}`);
  const end = start + length;
  if (end > limit) fail(start, `the length ${length} reaches beyond the end`);
  if (raw[end - 1] !== 0) fail(end - 1, 'the document does not end with NUL');
  const last = end - 1;
  let at = start + 4;
  while (at < last) {
    const type = raw[at]!;
    if (type === 0) fail(at, 'the document ends before its length');
    at = validateCString(raw, at + 1, last);
    at = validateValue(raw, type, at, last, depth);
    if (at > last) fail(at, 'a value reaches beyond its document');
  }
  return end;
}

function lengthAt(raw: Uint8Array, at: number, limit: number): number {
  if (at + 4 > limit) fail(at, 'a length is cut off');
  return raw[at]! | (raw[at + 1]! << 8) | (raw[at + 2]! << 16) | (raw[at + 3]! << 24);
}

function validateCString(raw: Uint8Array, at: number, limit: number): number {
  let end = at;
  while (end < limit && raw[end] !== 0) end += 1;
  if (end >= limit) fail(at, 'a name has no end');
  if (!isText(raw, at, end)) fail(at, 'a name is not UTF-8');
  return end + 1;
}

function validateString(raw: Uint8Array, at: number, limit: number): number {
  const length = lengthAt(raw, at, limit);
  if (length < 1 || at + 4 + length > limit) fail(at, `the string length ${length} is impossible`);
  const end = at + 3 + length;
  if (raw[end] !== 0) fail(end, 'a string does not end with NUL');
  if (!isText(raw, at + 4, end)) fail(at + 4, 'a string is not UTF-8');
  return end + 1;
}

function validateValue(raw: Uint8Array, type: number, at: number, limit: number, depth: number): number {
  switch (type) {
    case 0x09:
      if (at + 8 <= limit) assertDate(raw, at);
      return at + 8;
    case 0x01:
    case 0x11:
    case 0x12:
      return at + 8;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return validateString(raw, at, limit);
    case 0x03:
    case 0x04:
      return validateAt(raw, at, limit, depth + 1);
    case 0x05:
      return validateBinary(raw, at, limit);
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return at;
    case 0x07:
      return at + 12;
    case 0x08:
      if (at < limit && raw[at]! > 1) fail(at, `a boolean is 0 or 1, not ${raw[at]}`);
      return at + 1;
    case 0x0b:
      return validateRegex(raw, at, limit);
    case 0x0c:
      return validateString(raw, at, limit) + 12;
    case 0x0f: {
      const length = lengthAt(raw, at, limit);
      const end = at + length;
      if (length < 14 || end > limit) fail(at, `the length ${length} of code with scope is impossible`);
      const scopeAt = validateString(raw, at + 4, end);
      if (validateAt(raw, scopeAt, end, depth + 1) !== end) fail(at, 'code with scope has bytes to spare');
      return end;
    }
    case 0x10:
      return at + 4;
    case 0x13:
      return at + 16;
    default:
      return fail(at, `unknown type 0x${type.toString(16).padStart(2, '0')}`);
  }
}

/** JavaScript's dates end 100,000,000 days from 1970; further ones would be read as no date at all. */
const DATE_MS_MAX = 8.64e15;

function assertDate(raw: Uint8Array, at: number): void {
  const high = raw[at + 4]! | (raw[at + 5]! << 8) | (raw[at + 6]! << 16) | (raw[at + 7]! << 24);
  if (Math.abs(high * 2 ** 32 + (lengthAt(raw, at, at + 4) >>> 0)) <= DATE_MS_MAX) return;
  fail(at, 'a date more than 100,000,000 days from 1970-01-01 is not supported by this server');
}

function validateBinary(raw: Uint8Array, at: number, limit: number): number {
  const length = lengthAt(raw, at, limit);
  if (length < 0 || at + 5 + length > limit) fail(at, `the binary length ${length} is impossible`);
  // The old subtype repeats its length inside.
  if (raw[at + 4] === 2 && (length < 4 || lengthAt(raw, at + 5, limit) !== length - 4)) {
    fail(at, 'the inner length of a binary of subtype 2 is wrong');
  }
  return at + 5 + length;
}

function validateRegex(raw: Uint8Array, at: number, limit: number): number {
  const optionsAt = validateCString(raw, at, limit);
  const end = validateCString(raw, optionsAt, limit);
  for (let k = optionsAt; k < end - 1; k++) {
    if (!'ilmsux'.includes(String.fromCharCode(raw[k]!))) fail(k, 'a regular expression has an unknown option');
  }
  return end;
}

/** UTF-8. Most text is ASCII, and looking is cheaper than a call into the runtime. */
function isText(raw: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (raw[at]! > 0x7f) return isUtf8(raw.subarray(at, end));
  return true;
}

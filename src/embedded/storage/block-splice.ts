/**
 * Changes to one block of front-coded entries, in one pass: only the changed entries and those right behind them are
 * written anew, all others are copied as they are.
 */
import { longVarint } from './block-entries.ts';

/** Sorted changes: change `k` is the entry from `offsets[order[k]]` on in `bytes`; it is added or removed. */
export interface SortedChanges {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  /** 1: added, 0: removed; by place in `offsets`. */
  readonly added: Uint8Array;
  readonly order: Uint32Array;
}

/** The changed block lies at the start of it, until the next call. */
export let spliced: Uint8Array = new Uint8Array(16 * 1024);
/** The whole of an entry's bytes behind those that it shares, once they differ from what the block holds. */
let rewritten: Uint8Array = new Uint8Array(4096);

/**
 * The length of the block with the changes from `from` to `to` made, which lies in `spliced`; 0 where it is empty,
 * -1 where nothing changes. Two changes of one batch never name the same entry.
 */
export function spliceBlock(block: Uint8Array, changes: SortedChanges, from: number, to: number): number {
  const { bytes, offsets, added, order } = changes;
  const blockBytes = block.length;
  let room = blockBytes + 64;
  for (let k = from; k < to; k++) room += offsets[order[k]! + 1]! - offsets[order[k]!]! + 16;
  // The entry behind a change may have to bring bytes that it shared so far.
  room += room;
  if (room > spliced.length) spliced = new Uint8Array(room);
  if (room > rewritten.length) rewritten = new Uint8Array(room);
  const out = spliced;
  let length = 0;
  let hasChanged = false;
  /** Bytes of the block up to here are in `out`, or left out of it. */
  let copied = 0;
  /** Where the next unread entry starts; where its shared bytes and its rest lie, once it was read. */
  let at = 0;
  /** How many bytes the entry written last shares with the change at hand; that entry is below the change. */
  let matched = 0;
  /** What the unread entry looks like, where that is not as the block has it: its rest is in `rewritten`. */
  let newShared = -1;
  let newRest = 0;
  let before = -1;
  /** Whether the entry written last is that of the change before. */
  let isLastChange = false;
  for (let k = from; k < to; k++) {
    const change = order[k]!;
    const start = offsets[change]!;
    const entryBytes = offsets[change + 1]! - start;
    if (before >= 0) {
      const beforeStart = offsets[before]!;
      const beforeBytes = offsets[before + 1]! - beforeStart;
      const common = Math.min(beforeBytes, entryBytes);
      let same = 0;
      while (same < common && bytes[beforeStart + same] === bytes[start + same]) same += 1;
      matched = isLastChange || same < matched ? same : matched;
    }
    before = change;
    isLastChange = false;
    const isAdded = added[change] === 1;
    let isDone = false;
    while (!isDone && (newShared >= 0 || at < blockBytes)) {
      const entryStart = at;
      let next = at;
      let shared: number;
      let source = block;
      let tail: number;
      let end: number;
      if (newShared >= 0) {
        shared = newShared;
        source = rewritten;
        tail = 0;
        end = newRest;
      } else {
        shared = block[next++]!;
        if (shared > 0x7f) [shared, next] = longVarint(block, next - 1);
        let rest = block[next++]!;
        if (rest > 0x7f) [rest, next] = longVarint(block, next - 1);
        tail = next;
        end = next + rest;
        next = end;
      }
      let isBelow = shared > matched;
      let common = matched;
      let isEqual = false;
      const isCompared = shared === matched;
      if (isCompared) {
        while (tail < end && common < entryBytes && source[tail] === bytes[start + common]) {
          tail += 1;
          common += 1;
        }
        isEqual = tail === end && common === entryBytes;
        isBelow = !isEqual && common < entryBytes && (tail === end || source[tail]! < bytes[start + common]!);
        if (isBelow) matched = common;
      }
      if (isBelow || (isEqual && isAdded)) {
        if (newShared >= 0) {
          length = putVarint(out, length, newShared);
          length = putVarint(out, length, newRest);
          for (let b = 0; b < newRest; b++) out[length++] = rewritten[b]!;
          newShared = -1;
        } else at = next;
        if (isEqual) {
          isLastChange = true;
          isDone = true;
        }
        continue;
      }
      if (isEqual) {
        hasChanged = true;
        if (newShared < 0) {
          length = copyPart(block, copied, entryStart, out, length);
          at = next;
        }
        copied = at;
        newShared = -1;
        // What the next entry shared with the removed one only, it has to bring itself from now on.
        if (at < blockBytes) {
          let nextShared = block[at]!;
          let nextAt = at + 1;
          if (nextShared > 0x7f) [nextShared, nextAt] = longVarint(block, at);
          if (nextShared > shared) {
            let rest = block[nextAt++]!;
            if (rest > 0x7f) [rest, nextAt] = longVarint(block, nextAt - 1);
            newRest = 0;
            for (let b = shared; b < nextShared; b++) rewritten[newRest++] = bytes[start + b]!;
            for (let b = 0; b < rest; b++) rewritten[newRest++] = block[nextAt + b]!;
            newShared = shared;
            at = nextAt + rest;
            copied = at;
          }
        }
        isDone = true;
        continue;
      }
      // The entry is above the change.
      isDone = true;
      if (!isAdded) continue;
      hasChanged = true;
      if (newShared < 0) {
        length = copyPart(block, copied, entryStart, out, length);
        copied = entryStart;
      }
      length = putEntry(out, length, bytes, start, entryBytes, matched);
      isLastChange = true;
      if (isCompared) {
        const rest = end - tail;
        for (let b = 0; b < rest; b++) rewritten[b] = source[tail + b]!;
        if (newShared < 0) {
          at = next;
          copied = at;
        }
        newShared = common;
        newRest = rest;
      }
    }
    if (!isDone && isAdded) {
      hasChanged = true;
      length = copyPart(block, copied, blockBytes, out, length);
      copied = blockBytes;
      length = putEntry(out, length, bytes, start, entryBytes, matched);
      isLastChange = true;
    }
  }
  if (!hasChanged) return -1;
  if (newShared >= 0) {
    length = putVarint(out, length, newShared);
    length = putVarint(out, length, newRest);
    for (let b = 0; b < newRest; b++) out[length++] = rewritten[b]!;
  }
  return copyPart(block, copied, blockBytes, out, length);
}

function copyPart(block: Uint8Array, from: number, to: number, out: Uint8Array, length: number): number {
  if (to - from > 64) out.set(block.subarray(from, to), length);
  else for (let k = from; k < to; k++) out[length + k - from] = block[k]!;
  return length + Math.max(0, to - from);
}

function putEntry(
  out: Uint8Array,
  start: number,
  bytes: Uint8Array,
  from: number,
  entryBytes: number,
  shared: number,
): number {
  let at = putVarint(out, start, shared);
  at = putVarint(out, at, entryBytes - shared);
  for (let k = from + shared; k < from + entryBytes; k++) out[at++] = bytes[k]!;
  return at;
}

function putVarint(out: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

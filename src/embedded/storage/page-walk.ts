/**
 * Walks the trees of an LMDB file with plain reads, before LMDB maps it: LMDB believes what its pages say, so a damaged
 * page could end the process or be taken for another one. Branch and leaf pages are read whole (about one page in a
 * hundred), long values only at the head of their first page, and only on request. Never writes.
 *
 * Source: mdb.c of LMDB, data version 2, 64 bits, little-endian. Page: number, transaction (8 bytes each), padding, flags,
 * lower, upper (2 bytes each, counted from the end of this head, as the places of the nodes are); behind the last page of
 * a long value's head lie its pages (4 bytes) instead of the bounds. Node: 6 bytes of size or child, flags in the upper 2
 * of them, size of the key (2 bytes), key, data. Long value: page, transaction, pages (8 bytes each).
 */
import { readSync } from 'node:fs';
import { checkWord } from './check-word.ts';

export const PAGE_HEAD_BYTES = 24;
const NODE_HEAD_BYTES = 8;
export const TREE_BYTES = 48;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const KINDS = 0x6f;
const LONG_VALUE = 0x01;
const SUBTREE = 0x02;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const DEPTH_MAX = 32;
/** The trees that are named in the meta page: free pages, and the tables by name. */
const FREE = 'the list of free pages';
const NAMES = 'the list of tables';

export interface PageFile {
  readonly descriptor: number;
  readonly pageBytes: number;
  /** How many pages there may be; free ones at the end need not be in the file. */
  readonly pages: number;
  readonly pagesThere: number;
}

/** Where in a meta page the two trees are described. */
export interface TreeRoots {
  readonly free: Buffer;
  readonly names: Buffer;
}

export class PageDamage extends Error {}

/** What an index page says about its tree. */
interface Tree {
  readonly name: string;
  readonly depth: number;
  readonly branches: bigint;
  readonly leaves: bigint;
  readonly overflows: bigint;
  readonly entries: bigint;
  readonly root: bigint;
}

/**
 * Throws PageDamage where the file contradicts itself; returns a check word over all that leads to values (and the list
 * of free pages), which is the same as long as none of it changes. `heads`: read the head of each long value as well.
 */
export function walkPages(file: PageFile, roots: TreeRoots, heads: boolean): number {
  const walk = new Walk(file, heads);
  walk.tree(FREE, roots.free);
  walk.tree(NAMES, roots.names);
  return walk.check;
}

class Walk {
  readonly #file: PageFile;
  readonly #heads: boolean;
  readonly #seen: Uint8Array;
  /** One page per level, used again and again. */
  readonly #pages: Buffer[] = [];
  readonly #head = Buffer.allocUnsafeSlow(PAGE_HEAD_BYTES);
  readonly #checkKey = Buffer.alloc(4);
  #counts = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
  check = 0;

  constructor(file: PageFile, heads: boolean) {
    this.#file = file;
    this.#heads = heads;
    this.#seen = new Uint8Array((file.pages >>> 3) + 1);
  }

  tree(name: string, description: Buffer): void {
    const tree: Tree = {
      name,
      depth: description.readUInt16LE(6),
      branches: description.readBigUInt64LE(8),
      leaves: description.readBigUInt64LE(16),
      overflows: description.readBigUInt64LE(24),
      entries: description.readBigUInt64LE(32),
      root: description.readBigUInt64LE(40),
    };
    const before = this.#counts;
    this.#counts = { branches: 0, leaves: 0, overflows: 0, entries: 0 };
    if (tree.root !== NO_PAGE) this.#page(tree, tree.root, 1, null, null);
    else if (tree.entries !== 0n) throw new PageDamage(`${name} has lost its root`);
    const { branches, leaves, overflows, entries } = this.#counts;
    if (
      BigInt(branches) !== tree.branches ||
      BigInt(leaves) !== tree.leaves ||
      BigInt(overflows) !== tree.overflows ||
      BigInt(entries) !== tree.entries
    ) {
      throw new PageDamage(`${name} does not have the pages and entries that it should have`);
    }
    this.#counts = before;
  }

  /** A page and all below it; its keys lie from `from` on and below `to`. */
  #page(tree: Tree, number: bigint, level: number, from: Buffer | null, to: Buffer | null): void {
    if (level > Math.min(tree.depth, DEPTH_MAX)) throw damaged(tree, number, 'lies too deep');
    this.#take(tree, number, 1);
    const page = this.#read(tree, Number(number), level);
    const flags = page.readUInt16LE(18) & KINDS;
    const isLeaf = flags === LEAF;
    if (page.readBigUInt64LE(0) !== number || !(isLeaf || flags === BRANCH))
      throw damaged(tree, number, 'is no page of a tree');
    if (isLeaf !== (level === tree.depth)) throw damaged(tree, number, 'lies at a wrong depth');
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const room = page.length - PAGE_HEAD_BYTES;
    const count = lower >>> 1;
    if ((lower & 1) === 1 || lower > upper || upper > room || count === 0)
      throw damaged(tree, number, 'has wrong bounds');
    let last: Buffer | null = null;
    const nodes: { key: Buffer; at: number }[] = [];
    for (let k = 0; k < count; k++) {
      const place = page.readUInt16LE(PAGE_HEAD_BYTES + k * 2);
      const at = PAGE_HEAD_BYTES + place;
      if (place < upper || at + NODE_HEAD_BYTES > page.length)
        throw damaged(tree, number, 'has an entry out of bounds');
      const keyBytes = page.readUInt16LE(at + 6);
      const end = at + NODE_HEAD_BYTES + keyBytes;
      if (end > page.length) throw damaged(tree, number, 'has an entry out of bounds');
      const key = page.subarray(at + NODE_HEAD_BYTES, end);
      // The first key of a branch page stands for "everything below the second one".
      if (isLeaf || k > 0) {
        const isOrdered =
          (last === null || compare(tree, last, key) < 0) &&
          (from === null || compare(tree, from, key) <= 0) &&
          (to === null || compare(tree, key, to) < 0);
        if (!isOrdered) throw damaged(tree, number, 'has keys out of order');
        last = key;
      }
      nodes.push({ key, at });
    }
    page.fill(0, PAGE_HEAD_BYTES + lower, PAGE_HEAD_BYTES + upper);
    if (isLeaf) {
      this.#counts.leaves += 1;
      this.#counts.entries += count;
      for (const { key, at } of nodes) this.#value(tree, page, number, key, at);
      this.#note(page, page.length);
      return;
    }
    this.#note(page, page.length);
    this.#counts.branches += 1;
    for (let k = 0; k < count; k++) {
      const child = BigInt(page.readUIntLE(nodes[k]!.at, 6));
      this.#page(tree, child, level + 1, k === 0 ? from : nodes[k]!.key, k + 1 < count ? nodes[k + 1]!.key : to);
    }
  }

  #value(tree: Tree, page: Buffer, number: bigint, key: Buffer, at: number): void {
    const bytes = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    const start = at + NODE_HEAD_BYTES + key.length;
    const inPage = flags === LONG_VALUE ? 24 : bytes;
    if (start + inPage > page.length) throw damaged(tree, number, 'has a value out of bounds');
    if (flags === LONG_VALUE) {
      const first = page.readBigUInt64LE(start);
      const pages = Math.ceil((PAGE_HEAD_BYTES + bytes) / page.length);
      if (page.readBigUInt64LE(start + 16) !== BigInt(pages))
        throw damaged(tree, number, 'has a value of a wrong size');
      this.#take(tree, first, pages);
      this.#counts.overflows += pages;
      if (this.#heads || tree.name === FREE)
        this.#longValue(tree, Number(first), page.readBigUInt64LE(start + 8), pages);
      if (tree.name === FREE) this.#freePages(tree, number, this.#bytesAt(tree, Number(first), bytes));
    } else if (flags === SUBTREE && tree.name === NAMES && bytes === TREE_BYTES) {
      // A copy: the pages below are read into other buffers, but this one is still needed.
      this.tree(`table ${key.toString('latin1').replace(/\0$/, '')}`, Buffer.from(page.subarray(start, start + bytes)));
    } else if (flags !== 0 || tree.name === NAMES) throw damaged(tree, number, 'has a value of an unknown kind');
    else if (tree.name === FREE) this.#freePages(tree, number, page.subarray(start, start + bytes));
    // It has a check word of its own: when it is damaged, all others can still be read.
    else page.fill(0, start, start + bytes);
  }

  #longValue(tree: Tree, first: number, transaction: bigint, pages: number): void {
    const { descriptor, pageBytes } = this.#file;
    const head = this.#head;
    const isSound =
      readSync(descriptor, head, 0, PAGE_HEAD_BYTES, first * pageBytes) === PAGE_HEAD_BYTES &&
      head.readBigUInt64LE(0) === BigInt(first) &&
      head.readBigUInt64LE(8) === transaction &&
      (head.readUInt16LE(18) & KINDS) === OVERFLOW &&
      head.readUInt32LE(20) === pages;
    if (!isSound) throw damaged(tree, first, 'does not belong to the value that it should');
  }

  /** Page numbers, or counts of pages that follow as negative numbers. */
  #freePages(tree: Tree, number: bigint, list: Buffer): void {
    this.#note(list, list.length);
    const pages = BigInt(this.#file.pages);
    for (let at = 8; at + 8 <= list.length; at += 8) {
      const entry = list.readBigInt64LE(at);
      if (entry >= pages || entry <= -pages) throw damaged(tree, number, 'names pages that are not there');
    }
  }

  #bytesAt(tree: Tree, first: number, bytes: number): Buffer {
    const value = Buffer.alloc(bytes);
    const { descriptor, pageBytes } = this.#file;
    if (readSync(descriptor, value, 0, bytes, first * pageBytes + PAGE_HEAD_BYTES) !== bytes)
      throw damaged(tree, first, 'is cut off');
    return value;
  }

  /** Each page belongs to one place alone. */
  #take(tree: Tree, first: bigint, count: number): void {
    if (first < 2n || first + BigInt(count) > BigInt(this.#file.pagesThere)) {
      throw damaged(tree, first, 'is behind the end of the file');
    }
    const seen = this.#seen;
    for (let page = Number(first), end = page + count; page < end; page++) {
      if (((seen[page >>> 3]! >>> (page & 7)) & 1) === 1) throw damaged(tree, page, 'is used twice');
      seen[page >>> 3]! |= 1 << (page & 7);
    }
  }

  #read(tree: Tree, number: number, level: number): Buffer {
    const { descriptor, pageBytes } = this.#file;
    // Tables lie below a leaf of the list of tables, whose pages must stay.
    const slot = tree.name === FREE || tree.name === NAMES ? level : DEPTH_MAX + level;
    let page = this.#pages[slot];
    if (page === undefined) {
      page = Buffer.allocUnsafeSlow(pageBytes);
      this.#pages[slot] = page;
    }
    if (readSync(descriptor, page, 0, pageBytes, number * pageBytes) !== pageBytes) {
      throw damaged(tree, number, 'is cut off');
    }
    return page;
  }

  #note(bytes: Buffer, length: number): void {
    this.#checkKey.writeInt32LE(this.check);
    this.check = checkWord(this.#checkKey, bytes, length);
  }
}

/** Free pages have transaction numbers for keys; all others are in the order of their bytes. */
function compare(tree: Tree, a: Buffer, b: Buffer): number {
  if (tree.name !== FREE) return Buffer.compare(a, b);
  if (a.length !== 8 || b.length !== 8) return Number.NaN;
  const left = a.readBigUInt64LE(0);
  const right = b.readBigUInt64LE(0);
  return left < right ? -1 : left > right ? 1 : 0;
}

function damaged(tree: Tree, page: bigint | number, what: string): PageDamage {
  return new PageDamage(`page ${page} of ${tree.name} ${what}`);
}

/**
 * Sorts any number of rows in bounded memory: in chunks that are sorted at a stroke, merged when all are there. What does
 * not fit is written as sorted runs, which join the merge. Equal rows stay in the order in which they came.
 */
import { BREATHE, type Breathe } from '../breathe.ts';
import type { SortKey } from '../query/sort.ts';
import { inOrder, type Keyed } from './order-rows.ts';
import type { SpillFile, Strand } from './spill-folder.ts';
import type { MemoryMeter } from './work-space.ts';

/** Rows that are sorted at a stroke: a few milliseconds. */
const CHUNK_ROWS = 4096;
/** Runs on disk that are merged at once; each holds a block in memory. */
const RUNS_MERGED_MAX = 64;
/** Rows between two looks at the clock. */
const PACE_ROWS = 64;
/** A row's own object and its key's array. */
export const ROW_BYTES = 120;

export interface SortSpec<Row> {
  readonly directions: readonly (1 | -1)[];
  readonly plainStrings: boolean;
  keyOf(row: Row): SortKey;
  compareKeys(left: SortKey, right: SortKey): number;
  bytesOf(row: Row): number;
  /** Only the first so many are wanted. */
  readonly limit?: number | undefined;
  /** A row as bytes, and back. */
  append(row: Row, key: SortKey, strand: Strand): void;
  read(head: Uint8Array, body: Uint8Array): { readonly key: SortKey; readonly row: Row };
}

/** What a sort did, for explain. */
export interface SortFigures {
  bytes: number;
  spills: number;
  spilledBytes: number;
  spilledRows: number;
}

export function sortFigures(): SortFigures {
  return { bytes: 0, spills: 0, spilledBytes: 0, spilledRows: 0 };
}

export function* externalSort<Row>(
  input: Iterable<Row | Breathe>,
  spec: SortSpec<Row>,
  memory: MemoryMeter,
  due: () => boolean,
  figures: SortFigures = sortFigures(),
): IterableIterator<Row | Breathe> {
  const { limit = Number.POSITIVE_INFINITY, compareKeys } = spec;
  const before = (left: Keyed<Row>, right: Keyed<Row>) => compareKeys(left.key, right.key);
  const topOnly = limit <= CHUNK_ROWS;
  let chunk: Keyed<Row>[] = [];
  let chunks: Keyed<Row>[][] = [];
  let spilled: { file: SpillFile; runs: Strand[] } | undefined;
  /** With a small limit: what cannot be among the first any more. */
  let last: SortKey | undefined;

  const cut = () => {
    chunk = inOrder(chunk, spec);
    if (chunk.length > limit) {
      for (let at = limit; at < chunk.length; at++) memory.release((chunk[at] as Keyed<Row>).bytes);
      chunk.length = limit;
    }
  };
  const closeChunk = () => {
    cut();
    if (chunk.length > 0) chunks.push(chunk);
    chunk = [];
  };
  function* spill(): Iterable<Breathe> {
    closeChunk();
    spilled ??= { file: memory.spillFolder().open(), runs: [] };
    figures.spills += 1;
    spilled.runs.push(yield* written(merged(chunks.map(inMemory), before), spilled.file));
    let bytes = 0;
    for (const rows of chunks) for (const row of rows) bytes += row.bytes;
    memory.release(bytes);
    chunks = [];
    if (spilled.runs.length < RUNS_MERGED_MAX) return;
    // Too many to merge at once: one longer run of them all, in a file of its own.
    const { file, runs } = spilled;
    const next = memory.spillFolder().open();
    spilled = { file: next, runs: [] };
    try {
      spilled.runs.push(yield* written(merged(runs.map(onDisk), before), next));
    } finally {
      file.close();
    }
  }
  function* written(rows: Iterable<Keyed<Row>>, file: SpillFile): Generator<Breathe, Strand> {
    const strand = file.strand();
    const from = file.bytes;
    let count = 0;
    for (const { row, key } of rows) {
      spec.append(row, key, strand);
      count += 1;
      if (count >= limit) break;
      if (count % PACE_ROWS === 0 && due()) yield BREATHE;
    }
    strand.seal();
    figures.spilledRows += count;
    figures.spilledBytes += file.bytes - from;
    return strand;
  }
  function* onDisk(strand: Strand): Iterator<Keyed<Row>> {
    for (const { head, body } of strand.records()) yield { ...spec.read(head, body), bytes: 0 };
  }

  try {
    let sinceLook = 0;
    for (const row of input) {
      if (row === BREATHE) {
        yield BREATHE;
        continue;
      }
      const key = spec.keyOf(row as Row);
      if (last !== undefined && compareKeys(key, last) >= 0) continue;
      const bytes = spec.bytesOf(row as Row) + ROW_BYTES;
      memory.hold(bytes);
      figures.bytes += bytes;
      chunk.push({ key, row: row as Row, bytes });
      if (topOnly) {
        if (chunk.length >= limit * 2 + PACE_ROWS) {
          cut();
          last = chunk.at(-1)?.key;
        }
      } else if (chunk.length >= CHUNK_ROWS) closeChunk();
      if (memory.full) {
        if (topOnly) cut();
        if (memory.full) {
          yield* spill();
          last = undefined;
        }
      }
      sinceLook += 1;
      if (sinceLook >= PACE_ROWS) {
        sinceLook = 0;
        if (due()) yield BREATHE;
      }
    }
    closeChunk();
    const sources = [...(spilled?.runs ?? []).map(onDisk), ...chunks.map(inMemory)];
    let given = 0;
    for (const { row } of merged(sources, before)) {
      yield row;
      given += 1;
      if (given >= limit) break;
      if (given % PACE_ROWS === 0 && due()) yield BREATHE;
    }
  } finally {
    memory.end();
    spilled?.file.close();
  }
}

function inMemory<T>(rows: readonly T[]): Iterator<T> {
  return rows[Symbol.iterator]();
}

/** The rows of all sources in order, through a heap of their first rows; of equal ones the earlier source's comes first. */
function* merged<T>(sources: readonly Iterator<T>[], compare: (left: T, right: T) => number): IterableIterator<T> {
  const heads: { row: T; readonly source: Iterator<T>; readonly order: number }[] = [];
  for (const [order, source] of sources.entries()) {
    const first = source.next();
    if (first.done !== true) heads.push({ row: first.value, source, order });
  }
  const isBefore = (a: number, b: number) => {
    const left = heads[a] as (typeof heads)[number];
    const right = heads[b] as (typeof heads)[number];
    const difference = compare(left.row, right.row);
    return difference < 0 || (difference === 0 && left.order < right.order);
  };
  const sink = (from: number) => {
    for (let at = from; ; ) {
      let least = at;
      const left = at * 2 + 1;
      if (left < heads.length && isBefore(left, least)) least = left;
      if (left + 1 < heads.length && isBefore(left + 1, least)) least = left + 1;
      if (least === at) return;
      const held = heads[at] as (typeof heads)[number];
      heads[at] = heads[least] as (typeof heads)[number];
      heads[least] = held;
      at = least;
    }
  };
  for (let at = heads.length >> 1; at >= 0; at--) sink(at);
  for (let head = heads[0]; head !== undefined; head = heads[0]) {
    yield head.row;
    const next = head.source.next();
    if (next.done !== true) head.row = next.value;
    else {
      const tail = heads.pop() as typeof head;
      if (tail !== head) heads[0] = tail;
    }
    sink(0);
  }
}

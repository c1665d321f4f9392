/** What the blocking stages of one query may use: memory within bounds, and files beyond them. */
import type { BsonValue, Document } from '../bson/values.ts';
import { Binary, ObjectId } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { Seats } from './seats.ts';
import type { SpillFolder } from './spill-folder.ts';

/** MongoDB's bound for one blocking stage. */
export const STAGE_BYTES_MAX = 100 * 1024 * 1024;
/** All stages of all queries together. Whoever grows beyond it spills, or fails if it cannot. */
export const TOTAL_BYTES_MAX = 256 * 1024 * 1024;
/** Beyond so many times that bound, what cannot spill is refused. */
const REFUSED_TIMES = 2;
/** A stage this small is not asked to spill when all together hold too much: it would give back next to nothing. */
const WORTH_SPILLING_BYTES = 256 * 1024;

/** The stages' own bounds, by the names of MongoDB's parameters. */
export type BoundName =
  | 'internalDocumentSourceBucketAutoMaxMemoryBytes'
  | 'internalDocumentSourceDensifyMaxMemoryBytes'
  | 'internalDocumentSourceGraphLookupMaxMemoryBytes'
  | 'internalDocumentSourceGroupMaxMemoryBytes'
  | 'internalDocumentSourceLookupCacheSizeBytes'
  | 'internalDocumentSourceSetWindowFieldsMaxMemoryBytes'
  | 'internalQueryFacetBufferSizeBytes'
  | 'internalQueryFacetMaxOutputDocSizeBytes'
  | 'internalQueryMaxAddToSetBytes'
  | 'internalQueryMaxBlockingSortMemoryUsageBytes'
  | 'internalQueryMaxPushBytes';

/** What all queries of the server hold in their blocking stages. */
export class WorkMemory {
  bytes = 0;
  readonly seats = new Seats();
  readonly bytesMax: () => number;

  constructor(bytesMax: () => number = () => TOTAL_BYTES_MAX) {
    this.bytesMax = bytesMax;
  }
}

export interface WorkSpace {
  readonly memory: WorkMemory;
  /** What this query's stages hold. */
  readonly own: { bytes: number };
  /** Null where the query may not use the disk (`allowDiskUse: false`). */
  readonly spill: SpillFolder | null;
  bytesMax(bound: BoundName): number;
}

/** For pipelines outside of a server: MongoDB's bounds, nothing on disk. */
export function workSpaceOf(bytesMax: number = STAGE_BYTES_MAX, spill: SpillFolder | null = null): WorkSpace {
  return { memory: new WorkMemory(), own: { bytes: 0 }, spill, bytesMax: () => bytesMax };
}

/** Counts what one run of a stage holds. Whoever makes one calls `end` in a `finally`. */
export class MemoryMeter {
  readonly name: string;
  readonly work: WorkSpace;
  readonly bytesMax: number;
  bytes = 0;

  constructor(name: string, work: WorkSpace, bound: BoundName) {
    this.name = name;
    this.work = work;
    this.bytesMax = work.bytesMax(bound);
  }

  /** Notes that a value is held; returns its weight. */
  add(value: BsonValue | undefined): number {
    const bytes = approximateBytes(value);
    this.hold(bytes);
    return bytes;
  }

  hold(bytes: number): void {
    const { memory, own } = this.work;
    this.bytes += bytes;
    own.bytes += bytes;
    memory.bytes += bytes;
    if (memory.bytes > REFUSED_TIMES * memory.bytesMax() && bytes > 0 && this.bytes > WORTH_SPILLING_BYTES) {
      throw new MongoError(
        'ExceededMemoryLimit',
        `${this.name} needs more memory, and all queries together hold ${Math.round(memory.bytes)} bytes. Memory limit: ${memory.bytesMax()} bytes`,
      );
    }
  }

  release(bytes: number): void {
    this.hold(-bytes);
  }

  /** Whether it is time to spill, or to give up. */
  get full(): boolean {
    if (this.bytes > this.bytesMax) return true;
    const { memory } = this.work;
    return memory.bytes > memory.bytesMax() && this.bytes > WORTH_SPILLING_BYTES;
  }

  /** The folder to spill into; throws where that is not allowed. */
  spillFolder(): SpillFolder {
    const { spill } = this.work;
    if (spill === null) {
      throw new MongoError(
        'QueryExceededMemoryLimitNoDiskUseAllowed',
        this.name === 'SORT' || this.name === '$sort'
          ? `Sort exceeded memory limit of ${this.bytesMax} bytes, but did not opt in to external sorting.`
          : `Exceeded memory limit for ${this.name}, but didn't allow external sort. Pass allowDiskUse:true to opt in.`,
      );
    }
    return spill;
  }

  /** For a stage that has to hold what it holds. */
  assertRoom(): void {
    if (!this.full) return;
    throw new MongoError(
      'ExceededMemoryLimit',
      `${this.name} used too much memory and cannot spill to disk. Used: ${Math.round(this.bytes)} bytes. Memory limit: ${this.bytesMax} bytes`,
    );
  }

  end(): void {
    this.release(this.bytes);
  }
}

/** Elements of a long array that are weighed. */
const ELEMENTS_WEIGHED = 32;

/** What a value takes in memory, by the sizes that V8 has for its parts (64 bit). */
export function approximateBytes(value: BsonValue | undefined, depth = 0): number {
  if (typeof value === 'string') return 24 + value.length;
  if (typeof value === 'number') return (value | 0) === value ? 0 : 16;
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? 24 : 0;
  if (depth > 16) return 64;
  if (Array.isArray(value)) {
    const step = Math.max(1, Math.floor(value.length / ELEMENTS_WEIGHED));
    let bytes = 0;
    let weighed = 0;
    for (let at = 0; at < value.length; at += step) {
      bytes += approximateBytes(value[at], depth + 1);
      weighed += 1;
    }
    return 48 + value.length * (8 + (weighed === 0 ? 0 : bytes / weighed));
  }
  if (value instanceof Binary) return 200 + value.length();
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return value instanceof Date ? 90 : value instanceof ObjectId ? 60 : 220;
  }
  let bytes = 56;
  for (const name in value) bytes += 8 + approximateBytes((value as Document)[name], depth + 1);
  return bytes;
}

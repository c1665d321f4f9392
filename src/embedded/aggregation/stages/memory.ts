import { bytesOf } from '../../bson/compare.ts';
import { Binary, type BsonValue, type Document } from '../../bson/values.ts';
import { MongoError } from '../../errors.ts';
import type { StageContext } from './stage.ts';

/** What a blocking stage may hold unless the context says otherwise. */
export const STAGE_BYTES_MAX = 512 * 1024 * 1024;
const DOCUMENTS_PER_SAMPLE = 64;
const DOCUMENTS_PER_CHECK = 256;

/** Estimates what a blocking stage holds, by weighing one document in 64, and lets an abort through. */
export class MemoryMeter {
  private readonly name: string;
  private readonly bytesMax: number;
  private readonly checkInterrupt: (() => void) | undefined;
  private count = 0;
  private bytes = 0;
  private sampleBytes = 0;

  constructor(name: string, context: Pick<StageContext, 'stageBytesMax' | 'checkInterrupt'>) {
    this.name = name;
    this.bytesMax = context.stageBytesMax ?? STAGE_BYTES_MAX;
    this.checkInterrupt = context.checkInterrupt;
  }

  /** Notes that one more document or value is held. */
  add(value: BsonValue | undefined): void {
    if (this.count % DOCUMENTS_PER_SAMPLE === 0) this.sampleBytes = approximateBytes(value);
    this.count += 1;
    this.bytes += this.sampleBytes;
    if (this.bytes > this.bytesMax) {
      throw new MongoError(
        'QueryExceededMemoryLimitNoDiskUseAllowed',
        `Exceeded memory limit for ${this.name}: it may hold ${this.bytesMax} bytes and this server does not spill to disk. Filter, project or limit earlier in the pipeline.`,
      );
    }
  }

  /** Call once per input document. */
  tick(): void {
    if (++this.ticks % DOCUMENTS_PER_CHECK === 0) this.checkInterrupt?.();
  }
  private ticks = 0;

  release(): void {
    this.bytes = 0;
  }
}

export function approximateBytes(value: BsonValue | undefined, depth = 0): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if (depth > 16) return 64;
  if (Array.isArray(value)) {
    // A long array is weighed by its first elements.
    const some = value.slice(0, 32);
    const bytes = some.reduce<number>((total, item) => total + approximateBytes(item, depth + 1), 0);
    return 32 + (some.length === 0 ? 0 : (bytes / some.length) * value.length);
  }
  if (value instanceof Binary) return 48 + bytesOf(value).length;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return 48;
  let bytes = 56;
  for (const name of Object.keys(value)) bytes += 8 + approximateBytes((value as Document)[name], depth + 1);
  return bytes;
}

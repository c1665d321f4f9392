/** Server parameters that `getParameter` shows and `setParameter` may change. Those of a test are not kept over a restart. */
import type { BsonValue } from '../bson/values.ts';
import { COLUMN_CACHE_BYTES, COLUMN_DOCUMENTS_MIN } from '../columns/bounds.ts';
import { MongoError } from '../errors.ts';
import { type BoundName, STAGE_BYTES_MAX } from '../spill/work-space.ts';
import { numberOf } from './arguments.ts';

interface Parameter {
  value: BsonValue;
  readonly changeable: boolean;
  /** The least number that it takes. */
  readonly least?: number;
}

/** How much blocking stages may hold. */
const BOUNDS: readonly BoundName[] = [
  'internalDocumentSourceBucketAutoMaxMemoryBytes',
  'internalDocumentSourceDensifyMaxMemoryBytes',
  'internalDocumentSourceGraphLookupMaxMemoryBytes',
  'internalDocumentSourceGroupMaxMemoryBytes',
  'internalDocumentSourceLookupCacheSizeBytes',
  'internalDocumentSourceSetWindowFieldsMaxMemoryBytes',
  'internalQueryFacetBufferSizeBytes',
  'internalQueryFacetMaxOutputDocSizeBytes',
  'internalQueryMaxAddToSetBytes',
  'internalQueryMaxBlockingSortMemoryUsageBytes',
  'internalQueryMaxPushBytes',
];

export class Parameters {
  readonly #values = new Map<string, Parameter>([
    ['allowDiskUseByDefault', { value: true, changeable: true }],
    ['acceptApiVersion2', { value: false, changeable: false }],
    ['authenticationMechanisms', { value: [], changeable: false }],
    ['columnCacheBytes', { value: COLUMN_CACHE_BYTES, changeable: true }],
    ['columnCacheDocumentsMin', { value: COLUMN_DOCUMENTS_MIN, changeable: true }],
    ['cursorTimeoutMillis', { value: 600_000, changeable: true, least: 1 }],
    ['enableTestCommands', { value: true, changeable: false }],
    ['featureCompatibilityVersion', { value: { version: '8.0' }, changeable: false }],
    ...BOUNDS.map((name): [string, Parameter] => [name, { value: STAGE_BYTES_MAX, changeable: true, least: 1 }]),
    ['localLogicalSessionTimeoutMinutes', { value: 30, changeable: false }],
    ['logLevel', { value: 0, changeable: true }],
    ['notablescan', { value: false, changeable: true }],
    ['quiet', { value: false, changeable: true }],
    ['requireApiVersion', { value: false, changeable: true }],
    ['transactionLifetimeLimitSeconds', { value: 60, changeable: true }],
    ['ttlMonitorEnabled', { value: true, changeable: true }],
    ['ttlMonitorSleepSecs', { value: 60, changeable: true }],
  ]);

  all(): ReadonlyMap<string, BsonValue> {
    return new Map([...this.#values].map(([name, parameter]) => [name, parameter.value]));
  }

  get(name: string): BsonValue | undefined {
    return this.#values.get(name)?.value;
  }

  number(name: string): number {
    return numberOf(this.get(name)) ?? 0;
  }

  /** Returns the value before. */
  set(name: string, value: BsonValue): BsonValue {
    const parameter = this.#values.get(name);
    if (parameter === undefined) {
      throw new MongoError(
        'InvalidOptions',
        `attempted to set unrecognized parameter [${name}], use help:true to see options `,
      );
    }
    if (!parameter.changeable) {
      throw new MongoError('IllegalOperation', `not allowed to change [${name}] at runtime`);
    }
    if (parameter.least !== undefined) {
      const number = numberOf(value);
      if (number === undefined || number < parameter.least) {
        throw new MongoError(
          'BadValue',
          `Invalid value for parameter ${name}: ${String(value)} is not greater than or equal to ${parameter.least}`,
        );
      }
    }
    const before = parameter.value;
    parameter.value = value;
    return before;
  }
}

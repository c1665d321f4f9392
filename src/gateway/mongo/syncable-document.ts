/**
 * Whether a device can hold a document: what BSON has and JSON has not (dates, object ids, 64-bit and decimal numbers …)
 * would come back changed. Such a document stays with MongoDB, and is listed instead of being sent damaged.
 */
import type { Document } from '../../sync/index.ts';

export interface SyncFault {
  readonly path: string;
  /** `Date`, `ObjectId`, `Long` … */
  readonly type: string;
}

const SYNCABLE_BYTES_MAX = 256 * 1024;
const DEPTH_MAX = 50;

/** Null where there is none. */
export function faultOf(document: Document): SyncFault | null {
  if (typeof document['_id'] !== 'string') return { path: '_id', type: typeNameOf(document['_id']) };
  const fault = faultIn(document, '', 0);
  if (fault !== null) return fault;
  const bytes = JSON.stringify(document).length;
  return bytes > SYNCABLE_BYTES_MAX ? { path: '', type: `document of ${bytes} bytes` } : null;
}

function faultIn(value: unknown, path: string, depth: number): SyncFault | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : { path, type: String(value) };
    case 'object':
      break;
    default:
      return { path, type: typeof value };
  }
  if (value === null) return null;
  if (depth > DEPTH_MAX) return { path, type: 'nesting' };
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) {
      const fault = faultIn(part, `${path}.${index}`, depth + 1);
      if (fault !== null) return fault;
    }
    return null;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return { path, type: typeNameOf(value) };
  for (const [name, part] of Object.entries(value)) {
    // JavaScript's own name for something else: it would not arrive.
    if (name === '__proto__') return { path: path === '' ? name : `${path}.${name}`, type: 'field name' };
    const fault = faultIn(part, path === '' ? name : `${path}.${name}`, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

function typeNameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return (value as { _bsontype?: string })._bsontype ?? value.constructor.name;
}

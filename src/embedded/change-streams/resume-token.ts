/**
 * Resume tokens: an opaque hex string in `_data`. Tokens sort, as strings, in the order of the changes that they stand
 * for, so that a client may compare them. Layout: time and increment of the cluster time, position among the changes of
 * that time, kind, fragment.
 */
import { type Document, Timestamp } from '../bson/values.ts';
import { MongoError } from '../errors.ts';

/** An event; the invalidation that follows it; or a place between events (a high-water mark). */
export type TokenKind = 'event' | 'invalidate' | 'mark';

export interface Position {
  readonly clusterTime: Timestamp;
  readonly index: number;
}

export interface ResumePoint extends Position {
  readonly kind: TokenKind;
  /** Of an event that was split: which part, from 1 on. */
  readonly fragment?: number | undefined;
}

const VERSION = 0x82;
const TOKEN_BYTES = 1 + 4 + 4 + 4 + 1;
const FRAGMENT_BYTES = 4;
const kindBytes: Readonly<Record<TokenKind, number>> = { event: 0x10, invalidate: 0x20, mark: 0x30 };
/** Behind all changes of a cluster time. */
export const INDEX_MAX = 0xffffffff;

export function tokenOf({ clusterTime, index, kind, fragment }: ResumePoint): Document {
  const bytes = Buffer.alloc(fragment === undefined ? TOKEN_BYTES : TOKEN_BYTES + FRAGMENT_BYTES);
  bytes[0] = VERSION;
  bytes.writeUInt32BE(clusterTime.t, 1);
  bytes.writeUInt32BE(clusterTime.i, 5);
  bytes.writeUInt32BE(index, 9);
  bytes[13] = kindBytes[kind];
  if (fragment !== undefined) bytes.writeUInt32BE(fragment, TOKEN_BYTES);
  return { _data: bytes.toString('hex').toUpperCase() };
}

export function readToken(token: Document): ResumePoint {
  const data = token['_data'];
  if (typeof data !== 'string') {
    throw new MongoError(40647, 'Bad resume token: _data of missing or of wrong type');
  }
  const bytes = Buffer.from(data, 'hex');
  const kind = (Object.keys(kindBytes) as TokenKind[]).find((name) => kindBytes[name] === bytes[13]);
  const isFragment = bytes.length === TOKEN_BYTES + FRAGMENT_BYTES && kind === 'event';
  if ((bytes.length !== TOKEN_BYTES && !isFragment) || bytes[0] !== VERSION || kind === undefined) {
    throw new MongoError(50811, 'Invalid format for resume token');
  }
  return {
    clusterTime: new Timestamp({ t: bytes.readUInt32BE(1), i: bytes.readUInt32BE(5) }),
    index: bytes.readUInt32BE(9),
    kind,
    ...(isFragment ? { fragment: bytes.readUInt32BE(TOKEN_BYTES) } : {}),
  };
}

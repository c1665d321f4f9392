/** `$changeStreamSplitLargeEvent`: an event that is too large for one document becomes several, by its top-level fields. */
import { encode } from '../bson/codec.ts';
import type { Document, RawDocument } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { DOCUMENT_BYTES_MAX } from '../wire/elements.ts';
import { type ResumePoint, tokenOf } from './resume-token.ts';

/** Room for `_id`, `splitEvent` and the ends of a document. */
const FRAME_BYTES = 1024;
/** MongoDB lets its own documents be a little larger than those of clients. */
const EVENT_BYTES_MAX = DOCUMENT_BYTES_MAX + 16 * 1024;

export interface EncodedEvent {
  readonly raw: RawDocument;
  readonly token: Document;
}

/** The event as it is sent: one document, or its fragments in order where it is large and the stream may split it. */
export function encodeEvent(event: Document, point: ResumePoint, maySplit: boolean): EncodedEvent[] {
  const raw = encode(event);
  if (raw.length <= (maySplit ? DOCUMENT_BYTES_MAX : EVENT_BYTES_MAX))
    return [{ raw, token: event['_id'] as Document }];
  if (!maySplit) throw tooLarge(raw.length);
  const fragments = fragmentsOf(event);
  return fragments.map((fields, index) => {
    const fragment = index + 1;
    const token = tokenOf({ ...point, fragment });
    const document = { _id: token, splitEvent: { fragment, of: fragments.length }, ...fields };
    return { raw: encode(document), token };
  });
}

/** Small fields first, as MongoDB packs them, so that only the last fragments are large. */
function fragmentsOf(event: Document): Document[] {
  const sized = Object.entries(event)
    .filter(([name]) => name !== '_id')
    .map(([name, value]) => ({ name, value, bytes: encode({ [name]: value }).length }))
    .sort((a, b) => a.bytes - b.bytes);
  const fragments: Document[] = [{}];
  let bytes = FRAME_BYTES;
  for (const field of sized) {
    if (field.bytes + FRAME_BYTES > EVENT_BYTES_MAX) throw tooLarge(field.bytes);
    if (bytes + field.bytes > DOCUMENT_BYTES_MAX && Object.keys(fragments.at(-1) as Document).length > 0) {
      fragments.push({});
      bytes = FRAME_BYTES;
    }
    (fragments.at(-1) as Document)[field.name] = field.value;
    bytes += field.bytes;
  }
  return fragments;
}

function tooLarge(bytes: number): MongoError {
  return new MongoError(
    'BSONObjectTooLarge',
    `Executor error during getMore :: caused by :: BSONObj size: ${bytes} is invalid. Size must be between 0 and ${EVENT_BYTES_MAX}(16MB)`,
    { labels: ['NonResumableChangeStreamError'] },
  );
}

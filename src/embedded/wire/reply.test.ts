import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode } from '../bson/codec.ts';
import type { Document } from '../bson/values.ts';
import { frameReply } from './messages.ts';
import { elementsIn, encodeReply, RawBatch } from './reply.ts';

const REPLY_STARTS_AT = 21;
const extra = { operationTime: 7n, $clusterTime: { clusterTime: 8n } };

function sent(parts: Uint8Array[]): Document {
  const frame = Buffer.concat(frameReply(parts, { requestId: 1, responseTo: 2, via: 'msg' }));
  expect(frame.readInt32LE(0)).toBe(frame.length);
  return decode(frame.subarray(REPLY_STARTS_AT));
}

const text = fc.string({ maxLength: 3000 });

test('[ES7] a batch reads as the documents that were put into it, however many and however large', () => {
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 120 }),
      fc.constantFrom('firstBatch' as const, 'nextBatch' as const),
      fc.constantFrom('shop.orders', 'shop.Überschüsse'),
      fc.constantFrom(0n, 77n),
      fc.constantFrom<Document>({ ok: 1 }, { ok: 1, note: 'more' }, { ok: 0 }),
      fc.constantFrom<Document>({}, { postBatchResumeToken: { _data: 'abc' } }),
      (texts, batchField, ns, id, rest, more) => {
        const documents = texts.map((value, _id) => ({ _id, value }));
        const batch = new RawBatch();
        for (const document of documents) batch.add(encode(document));
        const reply = { batchField, batch, cursor: { ...more, id, ns }, rest };
        const expected = { cursor: { [batchField]: documents, ...more, id, ns }, ...rest, ...extra };
        const found = sent(encodeReply(reply, elementsIn(encode(extra))));
        expect(found).toEqual(expected);
        expect(Object.keys(found)).toEqual(Object.keys(expected));
      },
    ),
    { numRuns: 60 },
  );
});

test('[ES1] a reply without a cursor ends with the time of the cluster', () => {
  const found = sent(encodeReply({ n: 3, ok: 1 }, elementsIn(encode(extra))));
  expect(found).toEqual({ n: 3, ok: 1, ...extra });
});

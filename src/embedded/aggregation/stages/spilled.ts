/** How a document goes to disk and comes back: as BSON, with its metadata and what else is known of it in the head. */
import { decode, encode } from '../../bson/codec.ts';
import type { Document } from '../../bson/values.ts';
import { type Metadata, metadataOf, setMetadata } from '../documents.ts';

const NOTHING = new Uint8Array(0);

export function headOf(document: Document, known?: Document): Uint8Array {
  const metadata = metadataOf(document);
  if (metadata === undefined) return known === undefined ? NOTHING : encode(known);
  return encode({ ...known, metadata: metadata as Document });
}

/** Gives the document its metadata again. */
export function restored(head: Uint8Array, document: Document): Document {
  if (head.length === 0) return document;
  const { metadata } = decode(head);
  if (metadata !== undefined) setMetadata(document, metadata as Metadata);
  return document;
}

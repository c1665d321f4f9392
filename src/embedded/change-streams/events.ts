/** From a logged change to the events that a change stream shows. */
import { decode, readField } from '../bson/codec.ts';
import { Binary, type BsonValue, type Document, type RawDocument } from '../bson/values.ts';
import { isDocument } from '../commands/arguments.ts';
import { MongoError } from '../errors.ts';
import type { LoggedChange, Reader } from '../storage/storage.ts';
import { describeCatalogChange } from './catalog-events.ts';
import type { ChangeStreamOptions } from './options.ts';
import { tokenOf } from './resume-token.ts';
import { describeUpdate } from './update-description.ts';

/** What a stream watches. */
export type Scope =
  | { readonly kind: 'collection'; readonly namespace: string }
  | { readonly kind: 'database'; readonly database: string }
  | { readonly kind: 'deployment' };

const INTERNAL_DATABASES = new Set(['admin', 'config', 'local']);

/** A rename is of interest to both of its names. */
export function isInScope(scope: Scope, change: LoggedChange): boolean {
  const to = change.operation === 'rename' ? change.description?.['to'] : undefined;
  return isNameInScope(scope, change.namespace) || (typeof to === 'string' && isNameInScope(scope, to));
}

function isNameInScope(scope: Scope, namespace: string): boolean {
  const [database, collection] = splitNamespace(namespace);
  switch (scope.kind) {
    case 'collection':
      return namespace === scope.namespace;
    case 'database':
      return database === scope.database && !collection.startsWith('system.');
    case 'deployment':
      return !INTERNAL_DATABASES.has(database) && !collection.startsWith('system.');
  }
}

/** Whether the change ends the stream: the thing that it watches is gone. */
export function invalidates(scope: Scope, change: LoggedChange): boolean {
  if (scope.kind === 'collection') return change.operation === 'drop' || change.operation === 'rename';
  return scope.kind === 'database' && change.operation === 'dropDatabase';
}

const EXPANDED: ReadonlySet<LoggedChange['operation']> = new Set(['create', 'createIndexes', 'dropIndexes', 'modify']);

/** Null where the stream does not show this kind of change. `openReader` gives a view for `updateLookup`. */
export function eventOf(change: LoggedChange, options: ChangeStreamOptions, openReader: () => Reader): Document | null {
  const expanded = options.showExpandedEvents;
  if (EXPANDED.has(change.operation) && !expanded) return null;
  const [database, collection] = splitNamespace(change.namespace);
  const event: Document = {
    _id: tokenOf({ ...change, kind: 'event' }),
    operationType: change.operation,
    clusterTime: change.clusterTime,
  };
  if (expanded && change.operation !== 'dropDatabase' && !isViewCreation(change)) {
    event['collectionUUID'] = new Binary(change.uuid, Binary.SUBTYPE_UUID);
  }
  event['wallTime'] = change.wallTime;
  const fullDocument = fullDocumentOf(change, options, openReader);
  if (fullDocument !== undefined) event['fullDocument'] = fullDocument;
  event['ns'] = change.operation === 'dropDatabase' ? { db: database } : { db: database, coll: collection };
  if (change.session !== undefined) {
    event['lsid'] = change.session.lsid;
    event['txnNumber'] = change.session.txnNumber;
  }
  addDetails(event, change, expanded);
  const before = imageBefore(change, options, openReader);
  if (before !== undefined) event['fullDocumentBeforeChange'] = before;
  return event;
}

export function invalidateEvent(change: LoggedChange): Document {
  return {
    _id: tokenOf({ ...change, kind: 'invalidate' }),
    operationType: 'invalidate',
    clusterTime: change.clusterTime,
    wallTime: change.wallTime,
  };
}

function addDetails(event: Document, change: LoggedChange, expanded: boolean): void {
  const image = change.after ?? change.before;
  switch (change.operation) {
    case 'insert':
    case 'replace':
    case 'delete':
      event['documentKey'] = documentKey(image);
      return;
    case 'update': {
      event['documentKey'] = documentKey(image);
      const { updatedFields, removedFields, truncatedArrays, disambiguatedPaths } = describeUpdate(
        decode(change.before as RawDocument),
        decode(change.after as RawDocument),
      );
      event['updateDescription'] = {
        updatedFields,
        removedFields,
        truncatedArrays,
        ...(expanded ? { disambiguatedPaths } : {}),
      };
      return;
    }
    case 'rename': {
      const [db, coll] = splitNamespace(String(change.description?.['to'] ?? ''));
      event['to'] = { db, coll };
      if (expanded) event['operationDescription'] = { to: { db, coll }, ...dropTarget(change) };
      return;
    }
    case 'create':
    case 'createIndexes':
    case 'dropIndexes':
    case 'modify':
      Object.assign(event, describeCatalogChange(change));
      return;
    default:
  }
}

function isViewCreation({ operation, description }: LoggedChange): boolean {
  return operation === 'create' && description?.['type'] === 'view';
}

function dropTarget(change: LoggedChange): Document {
  const dropped = change.description?.['dropTarget'];
  return dropped === undefined ? {} : { dropTarget: dropped };
}

function documentKey(raw: RawDocument | undefined): Document {
  return { _id: raw === undefined ? null : (readField(raw, '_id') as BsonValue) };
}

function fullDocumentOf(
  change: LoggedChange,
  options: ChangeStreamOptions,
  openReader: () => Reader,
): BsonValue | undefined {
  if (change.operation === 'insert' || change.operation === 'replace') return decode(change.after as RawDocument);
  if (change.operation !== 'update') return undefined;
  switch (options.fullDocument) {
    case 'default':
      return undefined;
    case 'updateLookup':
      return currentDocument(change, openReader());
    default:
      if (keepsImages(change, openReader())) return decode(change.after as RawDocument);
      if (options.fullDocument === 'whenAvailable') return null;
      throw imageMissing('post-image', change);
  }
}

function currentDocument(change: LoggedChange, reader: Reader): BsonValue {
  const collection = reader.collection(change.namespace);
  if (collection === null) return null;
  const recordId = collection.findById(readField(change.after as RawDocument, '_id') as BsonValue);
  const raw = recordId === undefined ? undefined : collection.get(recordId);
  return raw === undefined ? null : decode(raw);
}

function imageBefore(
  change: LoggedChange,
  options: ChangeStreamOptions,
  openReader: () => Reader,
): BsonValue | undefined {
  if (options.fullDocumentBeforeChange === 'off') return undefined;
  if (change.operation !== 'update' && change.operation !== 'replace' && change.operation !== 'delete')
    return undefined;
  if (keepsImages(change, openReader())) return decode(change.before as RawDocument);
  if (options.fullDocumentBeforeChange === 'whenAvailable') return null;
  throw imageMissing('pre-image', change);
}

/** Images are in the log anyway; whether they may be shown is the collection's option `changeStreamPreAndPostImages`. */
function keepsImages(change: LoggedChange, reader: Reader): boolean {
  const images = reader.collection(change.namespace)?.info.options['changeStreamPreAndPostImages'];
  return isDocument(images) && images['enabled'] === true;
}

function imageMissing(what: 'pre-image' | 'post-image', change: LoggedChange): MongoError {
  return new MongoError(
    'NoMatchingDocument',
    `Change stream was configured to require a ${what} for all update, delete and replace events, but the ${what} was not found for event: ${JSON.stringify(tokenOf({ ...change, kind: 'event' }))}`,
    { labels: ['NonResumableChangeStreamError'] },
  );
}

export function splitNamespace(namespace: string): [database: string, collection: string] {
  const dot = namespace.indexOf('.');
  return dot < 0 ? [namespace, ''] : [namespace.slice(0, dot), namespace.slice(dot + 1)];
}

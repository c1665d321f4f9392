/** The argument of `$changeStream`, checked. */
import { type Document, Timestamp } from '../bson/values.ts';
import { anything, boolean, isDocument, object, readArguments, text } from '../commands/arguments.ts';
import { MongoError } from '../errors.ts';
import { type ResumePoint, readToken } from './resume-token.ts';

export type FullDocument = 'default' | 'updateLookup' | 'whenAvailable' | 'required';
export type FullDocumentBeforeChange = 'off' | 'whenAvailable' | 'required';

export interface ChangeStreamOptions {
  readonly fullDocument: FullDocument;
  readonly fullDocumentBeforeChange: FullDocumentBeforeChange;
  readonly allChangesForCluster: boolean;
  readonly showExpandedEvents: boolean;
  /** Where to go on; undefined: from now on. */
  readonly start: ResumePoint | { readonly atTime: Timestamp } | undefined;
}

const table = {
  fullDocument: text.default('default'),
  fullDocumentBeforeChange: text.default('off'),
  allChangesForCluster: boolean.default(false),
  showExpandedEvents: boolean.default(false),
  showSystemEvents: boolean.default(false),
  showMigrationEvents: boolean.default(false),
  showRawUpdateDescription: boolean.default(false),
  resumeAfter: object.optional(),
  startAfter: object.optional(),
  startAtOperationTime: anything,
};

export function readChangeStreamOptions(argument: unknown): ChangeStreamOptions {
  if (!isDocument(argument as Document)) {
    throw new MongoError(50808, `$changeStream stage expects a document as argument`);
  }
  const args = readArguments(table, argument as Document, '$changeStream');
  return {
    fullDocument: oneOf(args.fullDocument, ['default', 'updateLookup', 'whenAvailable', 'required'], 'fullDocument'),
    fullDocumentBeforeChange: oneOf(
      args.fullDocumentBeforeChange,
      ['off', 'whenAvailable', 'required'],
      'fullDocumentBeforeChange',
    ),
    allChangesForCluster: args.allChangesForCluster,
    showExpandedEvents: args.showExpandedEvents,
    start: startOf(args.resumeAfter, args.startAfter, args.startAtOperationTime),
  };
}

function oneOf<const T extends string>(value: string, allowed: readonly T[], field: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw new MongoError(
      'BadValue',
      `Enumeration value '${value}' for field '$changeStream.${field}' is not a valid value.`,
    );
  }
  return found;
}

function startOf(
  resumeAfter: Document | undefined,
  startAfter: Document | undefined,
  atTime: unknown,
): ChangeStreamOptions['start'] {
  const given = [resumeAfter, startAfter, atTime].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new MongoError(40674, 'Only one type of resume option is allowed, but multiple were found');
  }
  if (atTime !== undefined) {
    if (!(atTime instanceof Timestamp)) {
      throw new MongoError(
        'TypeMismatch',
        "BSON field '$changeStream.startAtOperationTime' is the wrong type, expected type 'timestamp'",
      );
    }
    return { atTime };
  }
  if (startAfter !== undefined) return readToken(startAfter);
  if (resumeAfter === undefined) return undefined;
  const point = readToken(resumeAfter);
  if (point.kind === 'invalidate') {
    throw new MongoError(
      'InvalidResumeToken',
      "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification.",
    );
  }
  return point;
}

/**
 * MongoDB's error codes, by name. Source: MongoDB manual, "Error Codes".
 * Only codes that the server can answer with are listed; add one line when a new one is needed.
 */
export const mongoErrorCodes = {
  InternalError: 1,
  BadValue: 2,
  NoSuchKey: 4,
  GraphContainsCycle: 5,
  HostUnreachable: 6,
  UnknownError: 8,
  FailedToParse: 9,
  UserNotFound: 11,
  UnsupportedFormat: 12,
  Unauthorized: 13,
  TypeMismatch: 14,
  Overflow: 15,
  InvalidLength: 16,
  ProtocolError: 17,
  AuthenticationFailed: 18,
  IllegalOperation: 20,
  EmptyArrayOperation: 21,
  LockBusy: 46,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  InvalidIdField: 53,
  NotSingleValueField: 54,
  InvalidDBRef: 55,
  EmptyFieldName: 56,
  DottedFieldName: 57,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  CannotIndexParallelArrays: 171,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  OperationFailed: 96,
  WriteConflict: 112,
  ConflictingOperationInProgress: 117,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  CommandNotSupportedOnView: 166,
  InvalidIndexSpecificationOption: 197,
  CannotBuildIndexKeys: 201,
  CappedPositionLost: 136,
  OptionNotSupportedOnView: 167,
  InvalidPipelineOperator: 168,
  InvalidViewDefinition: 182,
  QueryPlanKilled: 175,
  NoSuchTransaction: 251,
  TransactionTooOld: 225,
  TransactionCommitted: 256,
  IncompleteTransactionHistory: 217,
  NoSuchSession: 206,
  CursorInUse: 12051,
  InvalidResumeToken: 260,
  InvalidSeedList: 193,
  OperationNotSupportedInTransaction: 263,
  ChangeStreamFatalError: 280,
  ChangeStreamHistoryLost: 286,
  NoMatchingDocument: 47,
  ExceededMemoryLimit: 146,
  FileStreamFailed: 39,
  NoQueryExecutionPlans: 291,
  QueryExceededMemoryLimitNoDiskUseAllowed: 292,
  DataCorruptionDetected: 301,
  APIVersionError: 322,
  APIStrictError: 323,
  APIDeprecationError: 324,
  NotWritablePrimary: 10107,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  InterruptedAtShutdown: 11600,
  Interrupted: 11601,
  InvalidBSON: 22,
  AlreadyInitialized: 23,
  OutOfDiskSpace: 14031,
  NotImplemented: 238,
  IDLUnknownField: 40415,
  IDLFailedToParse: 40414,
  CannotConvertIndexToUnique: 359,
  CursorKilled: 237,
  ClientDisconnect: 279,
  NoReplicationEnabled: 76,
  UnsatisfiableWriteConcern: 100,
  UnknownReplWriteConcern: 79,
  TransactionExceededLifetimeLimitSeconds: 290,
  NamespaceNotSharded: 118,
} as const;

export type MongoErrorName = keyof typeof mongoErrorCodes;

export interface MongoErrorDetails {
  /** More fields of the error reply (`keyPattern`, `keyValue`, `errInfo` …). */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly labels?: readonly string[];
  readonly cause?: unknown;
}

/**
 * A fault that goes to the client as MongoDB's error reply: `{ ok: 0, code, codeName, errmsg, ...extra }`.
 * `kind` is a name of the table, or a bare number for the many codes that MongoDB itself never named
 * (its code name is then `Location<number>`).
 */
export class MongoError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];

  constructor(kind: MongoErrorName | number, message: string, details: MongoErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MongoError';
    this.code = typeof kind === 'number' ? kind : mongoErrorCodes[kind];
    this.codeName = typeof kind === 'number' ? `Location${kind}` : kind;
    this.extra = details.extra ?? {};
    this.labels = details.labels ?? [];
  }

  /** With the table's name for the code, where it has one. */
  static fromCode(code: number, message: string, details: MongoErrorDetails = {}): MongoError {
    const named = Object.entries(mongoErrorCodes).find(([, known]) => known === code);
    return new MongoError(named === undefined ? code : (named[0] as MongoErrorName), message, details);
  }
}

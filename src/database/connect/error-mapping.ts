/** From the driver's and the system's errors to ours: what happened, in words, with a code that has a fix. */
import { DatabaseError, type DatabaseErrorCode } from '../errors.ts';
import { redactConnectionStrings } from './connection-string.ts';

interface DriverError extends Error {
  readonly code?: number | string;
  readonly codeName?: string;
  readonly errorLabels?: readonly string[];
  readonly reason?: { readonly servers?: ReadonlyMap<string, { readonly error?: Error | null }> };
  readonly keyValue?: Readonly<Record<string, unknown>>;
}

const codesByNumber: Readonly<Record<number, DatabaseErrorCode>> = {
  11: 'AUTHENTICATION_FAILED',
  13: 'NOT_AUTHORIZED',
  18: 'AUTHENTICATION_FAILED',
  20: 'NOT_SUPPORTED_BY_SERVER',
  50: 'TIMED_OUT',
  59: 'NOT_SUPPORTED_BY_SERVER',
  85: 'INDEX_CONFLICT',
  86: 'INDEX_CONFLICT',
  115: 'NOT_SUPPORTED_BY_SERVER',
  238: 'NOT_SUPPORTED_BY_SERVER',
  8000: 'AUTHENTICATION_FAILED', // Atlas answers "bad auth" with its own number
  11000: 'DUPLICATE_KEY',
  14031: 'DISK_FULL',
  39: 'DISK_FULL', // FileStreamFailed: what mongod says when it cannot write a file
  40573: 'NOT_A_REPLICA_SET',
  211: 'NOT_SUPPORTED_BY_SERVER',
  11600: 'CONNECTION_LOST',
};

const codesBySystemCode: Readonly<Record<string, DatabaseErrorCode>> = {
  ENOTFOUND: 'DNS_FAILED',
  EAI_AGAIN: 'DNS_FAILED',
  ENODATA: 'DNS_FAILED',
  ESERVFAIL: 'DNS_FAILED',
  EREFUSED: 'DNS_FAILED',
  ETIMEOUT: 'DNS_FAILED',
  EBADNAME: 'DNS_FAILED',
  ECONNREFUSED: 'UNREACHABLE',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  ETIMEDOUT: 'UNREACHABLE',
  ECONNRESET: 'CONNECTION_LOST',
  EPIPE: 'CONNECTION_LOST',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EFBIG: 'DISK_FULL',
  EACCES: 'FILE_NOT_ACCESSIBLE',
  EPERM: 'FILE_NOT_ACCESSIBLE',
  ENOENT: 'FILE_NOT_ACCESSIBLE',
  EISDIR: 'FILE_NOT_ACCESSIBLE',
  ENOTDIR: 'FILE_NOT_ACCESSIBLE',
  EROFS: 'FILE_NOT_ACCESSIBLE',
  EEXIST: 'FILE_NOT_ACCESSIBLE', // a file stands where a folder is to be made
  ENAMETOOLONG: 'FILE_NOT_ACCESSIBLE',
  ELOOP: 'FILE_NOT_ACCESSIBLE',
};

/** Ours, if the error is one that someone can act on; else undefined. */
export function databaseErrorFrom(error: unknown): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error;
  // An abort is no fault; and its `code` is a number too (20), which means something else on a server.
  if (!(error instanceof Error) || error instanceof DOMException) return undefined;
  const root = rootOf(error as DriverError);
  const code = codeOf(root) ?? codeOf(error as DriverError);
  if (code === undefined) return undefined;
  return new DatabaseError(code, messageFor(code, root), {
    cause: error,
    data: {
      ...(root.code === undefined ? {} : { code: root.code }),
      ...(root.codeName ? { codeName: root.codeName } : {}),
    },
  });
}

/** Runs `work`; errors of the driver come out as ours. */
export async function withDatabaseErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw databaseErrorFrom(error) ?? error;
  }
}

/** A server selection that timed out hides the reason in the state of its servers; a network error in its cause. */
function rootOf(error: DriverError): DriverError {
  const behind = [...(error.reason?.servers?.values() ?? [])]
    .map((server) => server.error)
    .find((found) => found != null);
  const inner = behind ?? (/^Mongo/.test(error.name) && error.cause instanceof Error ? error.cause : undefined);
  return inner === undefined || inner === error ? error : rootOf(inner as DriverError);
}

function codeOf(error: DriverError): DatabaseErrorCode | undefined {
  const message = error.message ?? '';
  if (typeof error.code === 'string') {
    const known = codesBySystemCode[error.code];
    if (known !== undefined) return known;
    if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|HOSTNAME_MISMATCH)/.test(error.code))
      return 'TLS_FAILED';
  }
  if (error.name === 'MongoParseError') return 'CONNECTION_STRING_INVALID';
  // LMDB, the store of the embedded server, calls a write that a full disk cut short an input/output error.
  if (/no space left|MDB_MAP_FULL|disk quota|ENOSPC|Input\/output error|File too large/i.test(message))
    return 'DISK_FULL';
  if (isSignInUnknown(error)) return 'AUTHENTICATION_FAILED';
  if (typeof error.code === 'number') {
    if (error.code === 20 && /replica set/i.test(message)) return 'NOT_A_REPLICA_SET';
    const known = codesByNumber[error.code];
    if (known !== undefined) return known;
  }
  if (/only supported on replica sets/i.test(message)) return 'NOT_A_REPLICA_SET';
  if (/bad auth|Authentication failed/i.test(message)) return 'AUTHENTICATION_FAILED';
  if (/wire version|requires .* server version|server .* reports (maximum|minimum) wire/i.test(message))
    return 'SERVER_TOO_OLD';
  if (/SSL|TLS|certificate/i.test(message) && /^Mongo|^Error$/.test(error.name)) return 'TLS_FAILED';
  if (error.name === 'MongoNetworkTimeoutError' || error.name === 'MongoServerSelectionError') return 'UNREACHABLE';
  if (error.name === 'MongoNetworkError') return 'CONNECTION_LOST';
  if (error.name === 'MongoOperationTimeoutError') return 'TIMED_OUT';
  if (/^Mongo(Server|BulkWrite|WriteConcern)Error$/.test(error.name)) return 'SERVER_REFUSED';
  if (/^Mongo/.test(error.name)) return 'SERVER_REFUSED';
  return undefined;
}

/** A server without users, such as the embedded one, does not know the command that signs in. */
const isSignInUnknown = ({ code, message }: DriverError): boolean =>
  code === 59 && /saslStart|authenticate/.test(message ?? '');

function messageFor(code: DatabaseErrorCode, error: DriverError): string {
  if (isSignInUnknown(error)) return 'The server has no users: leave user and password out of the connection string.';
  const said = redactConnectionStrings(error.message);
  switch (code) {
    case 'DNS_FAILED':
      return `The name of the server was not found: ${said}.`;
    case 'UNREACHABLE':
      return `The server does not answer: ${said}.`;
    case 'CONNECTION_LOST':
      return `The connection to the server broke: ${said}.`;
    case 'AUTHENTICATION_FAILED':
      return `The server refused user or password: ${said}.`;
    case 'NOT_AUTHORIZED':
      return `The user may not do this: ${said}.`;
    case 'TLS_FAILED':
      return `The encrypted connection (TLS) could not be made: ${said}.`;
    case 'NOT_A_REPLICA_SET':
      return `The server is not a replica set: ${said}.`;
    case 'DISK_FULL':
      return `There is no room left on the disk (or the disk fails): ${said}.`;
    default:
      return said;
  }
}

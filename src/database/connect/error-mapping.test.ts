import {
  MongoBulkWriteError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoParseError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { describe, expect, test } from 'vitest';
import { databaseErrors } from '../errors.ts';
import { databaseErrorFrom } from './error-mapping.ts';

const ofSystem = (code: string) => Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' });
const ofServer = (code: number, errmsg: string) => new MongoServerError({ ok: 0, code, errmsg, message: errmsg });
const selection = (error: Error) =>
  new MongoServerSelectionError('Server selection timed out after 5000 ms', {
    servers: new Map([['host:27017', { error }]]),
  } as never);

describe('errors of driver and system', () => {
  test.each([
    [
      'a refused port',
      selection(new MongoNetworkError('connect ECONNREFUSED', { cause: ofSystem('ECONNREFUSED') })),
      'UNREACHABLE',
    ],
    [
      'an unknown host',
      selection(new MongoNetworkError('getaddrinfo ENOTFOUND', { cause: ofSystem('ENOTFOUND') })),
      'DNS_FAILED',
    ],
    ['a silent host', selection(new MongoNetworkTimeoutError('connection timed out')), 'UNREACHABLE'],
    ['no answer at all', selection(undefined as never), 'UNREACHABLE'],
    ['a wrong password', ofServer(18, 'Authentication failed.'), 'AUTHENTICATION_FAILED'],
    ['a wrong password on Atlas', ofServer(8000, 'bad auth : authentication failed'), 'AUTHENTICATION_FAILED'],
    ['a missing right', ofServer(13, 'not authorized on zava to execute command'), 'NOT_AUTHORIZED'],
    [
      'a standalone',
      ofServer(40_573, 'The $changeStream stage is only supported on replica sets'),
      'NOT_A_REPLICA_SET',
    ],
    ['a full disk of the server', ofServer(14_031, 'No space left'), 'DISK_FULL'],
    ['a full disk here', ofSystem('ENOSPC'), 'DISK_FULL'],
    ['a full map', ofServer(1, 'MDB_MAP_FULL: Environment mapsize limit reached'), 'DISK_FULL'],
    ['an unknown command', ofServer(59, "no such command: 'createSearchIndexes'"), 'NOT_SUPPORTED_BY_SERVER'],
    ['a user where the server has none', ofServer(59, "no such command: 'saslStart'"), 'AUTHENTICATION_FAILED'],
    ['an index in another form', ofServer(86, 'An existing index has the same name'), 'INDEX_CONFLICT'],
    ['a duplicate', ofServer(11_000, 'E11000 duplicate key error'), 'DUPLICATE_KEY'],
    [
      'a bad certificate',
      selection(
        Object.assign(new MongoNetworkError('self-signed certificate'), {
          cause: Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
        }),
      ),
      'TLS_FAILED',
    ],
    ['a broken connection', new MongoNetworkError('connection 3 to host closed'), 'CONNECTION_LOST'],
    ['a broken string', new MongoParseError('Invalid scheme'), 'CONNECTION_STRING_INVALID'],
    ['a path without rights', ofSystem('EACCES'), 'FILE_NOT_ACCESSIBLE'],
    ['a server error of another kind', ofServer(2, 'BadValue'), 'SERVER_REFUSED'],
    [
      'a duplicate in a bulk',
      new MongoBulkWriteError({ code: 11_000, message: 'E11000', writeErrors: [] } as never, {} as never),
      'DUPLICATE_KEY',
    ],
  ])('[DB2] %s becomes a code with a fix', (_what, error, code) => {
    const mapped = databaseErrorFrom(error);
    expect(mapped?.code).toBe(code);
    expect(mapped?.fix).toBe(databaseErrors[code as keyof typeof databaseErrors].fix);
    expect(mapped?.cause).toBe(error);
  });

  test('[DB2] a bug stays a bug', () => {
    expect(databaseErrorFrom(new TypeError('x is not a function'))).toBeUndefined();
    expect(databaseErrorFrom('text')).toBeUndefined();
    expect(databaseErrorFrom(AbortSignal.abort().reason)).toBeUndefined();
  });

  test('[DB1] a message never carries a password', () => {
    const mapped = databaseErrorFrom(new MongoParseError('Bad string mongodb://ann:geheim@host/'));
    expect(mapped?.message).not.toContain('geheim');
  });
});

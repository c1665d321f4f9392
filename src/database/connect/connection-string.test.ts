import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodePassword,
  parseConnectionString,
  redactConnectionString,
  redactConnectionStrings,
  withDatabaseName,
} from './connection-string.ts';

const secret = 'geh#eim';

describe('connection strings', () => {
  test.each([
    ['mongodb://127.0.0.1:27017/?directConnection=true', 'mongodb://127.0.0.1:27017/zava?directConnection=true'],
    ['mongodb://a:1,b:2', 'mongodb://a:1,b:2/zava'],
    ['mongodb+srv://ann:geheim@cluster.example.net/', 'mongodb+srv://ann:geheim@cluster.example.net/zava'],
    ['mongodb://host/other?tls=true', 'mongodb://host/other?tls=true'],
  ])('%s with a database is %s', (uri, named) => {
    expect(withDatabaseName(uri, 'zava')).toBe(named);
  });

  test.each([
    ['mongodb://localhost:27017/', 'mongodb://localhost:27017/'],
    ['mongodb://ann:geheim@host:27017/zava', 'mongodb://ann:***@host:27017/zava'],
    [
      'mongodb+srv://ann:geheim@cluster.example.net/?w=majority',
      'mongodb+srv://ann:***@cluster.example.net/?w=majority',
    ],
    ['mongodb://ann@host/', 'mongodb://ann@host/'],
    ['mongodb://ann:@host/', 'mongodb://ann:***@host/'],
    ['mongodb://:geheim@host/', 'mongodb://:***@host/'],
    ['mongodb://ann:geheim@a:1,b:2,c:3/zava?replicaSet=rs0', 'mongodb://ann:***@a:1,b:2,c:3/zava?replicaSet=rs0'],
    ['mongodb://ann:ge@heim@host/', 'mongodb://ann:***@host/'],
    ['mongodb://ann:ge/heim@host/', 'mongodb://ann:***@host/'],
    ['mongodb://ann:ge:heim@host/', 'mongodb://ann:***@host/'],
    ['mongodb://ann:ge?heim@host/', 'mongodb://ann:***@host/'],
    ['mongodb://ann:geheim@host/?appName=a@b', 'mongodb://ann:***@b'],
    ['mongodb://host/?appName=a@b', 'mongodb://host/?appName=a@b'],
    [
      'mongodb://ann:geheim@host/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:geheim',
      'mongodb://ann:***@host/?authMechanism=MONGODB-AWS&authMechanismProperties=***',
    ],
    [
      'mongodb://host/?tlsCertificateKeyFilePassword=geheim&tls=true',
      'mongodb://host/?tlsCertificateKeyFilePassword=***&tls=true',
    ],
    ['mongodb://[::1]:27017/', 'mongodb://[::1]:27017/'],
    ['ann:geheim@host', '***@host'],
  ])('[DB1] %s may be shown as %s', (uri, shown) => {
    expect(redactConnectionString(uri)).toBe(shown);
  });

  test('[DB1] whatever the password is, it is not shown', () => {
    const word = fc.string({
      minLength: 1,
      unit: fc.constantFrom('a', 'Z', '@', ':', '/', '?', '#', '&', '=', '%', ',', '$'),
    });
    fc.assert(
      fc.property(word, word, fc.constantFrom('', 'zava', 'zava?w=majority'), (before, after, path) => {
        const shown = redactConnectionString(`mongodb://ann:${before}${secret}${after}@host:27017/${path}`);
        expect(shown).not.toContain(secret);
        expect(shown).toContain('ann:***@');
      }),
    );
  });

  test('[DB1] connection strings within a text are found', () => {
    const text = 'cannot reach "mongodb://ann:geheim@host/" nor mongodb+srv://bob:geheim@b.example.net';
    expect(redactConnectionStrings(text)).toBe(
      'cannot reach "mongodb://ann:***@host/" nor mongodb+srv://bob:***@b.example.net',
    );
  });

  test('[DB1] an encoded password is one that a connection string may hold, and the same after decoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
        const encoded = encodePassword(password);
        expect(encoded).toMatch(/^[A-Za-z0-9%._~-]+$/);
        expect(decodeURIComponent(encoded)).toBe(password);
        expect(parseConnectionString(`mongodb://ann:${encoded}@host/`)).toMatchObject({
          user: 'ann',
          hasPassword: true,
        });
      }),
    );
  });

  test('[DB1] a well-formed one is taken apart', () => {
    const parts = parseConnectionString('mongodb://ann%40shop:p%2Fw@a:1,[::1]:2,c/zava?replicaSet=rs0&TLS=true');
    expect(parts).toMatchObject({
      isSrv: false,
      user: 'ann@shop',
      hasPassword: true,
      hosts: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
        { host: 'c', port: 27_017 },
      ],
      database: 'zava',
    });
    expect(parts.options.get('tls')).toBe('true');
  });

  test.each([
    ['postgres://host', 'does not begin with mongodb://'],
    ['mongodb://', 'names no host'],
    ['mongodb://ann:p@ss@host/', '%40'],
    ['mongodb://ann:p/ss@host/', '%2F'],
    ['mongodb://ann:p:ss@host/', '%3A'],
    ['mongodb://ann:p?ss@host/?w=1', '%3F'],
    ['mongodb://ann:100%@host/', '%25'],
    ['mongodb://host:port/', 'is not a host'],
    ['mongodb://host:99999/', 'is not a host'],
    ['mongodb+srv://host:27017/', 'without a port'],
    ['mongodb+srv://a,b/', 'exactly one host'],
    ['mongodb://host/?retryWrites', 'not of the form name=value'],
  ])('[DB1] %s is refused in words', (uri, words) => {
    expect(() => parseConnectionString(uri)).toThrow(words);
    expect(() => parseConnectionString(uri)).toThrow(expect.objectContaining({ code: 'CONNECTION_STRING_INVALID' }));
  });
});

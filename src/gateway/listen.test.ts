import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openTestDatabase } from '../../tests/support/database.ts';
import { permissionsSchema } from '../domain/index.ts';
import { listen } from './server.ts';

const permissions = permissionsSchema.parse(
  JSON.parse(readFileSync(new URL('../../config/ditto_permissions.json', import.meta.url), 'utf8')),
);

test('[GW71] a gateway whose port is taken says so, and has begun nothing', async () => {
  await using database = await openTestDatabase();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const lines: string[] = [];
  const { client, db } = database;
  const options = { client, db, permissions, signingKey: new Uint8Array(32), log: (line: string) => lines.push(line) };
  await expect(listen({ ...options, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(lines).toEqual([]);
  expect(await db.listCollections().toArray()).toEqual([]);
  await new Promise((resolve) => other.close(resolve));
  await using listening = await listen({ ...options, port });
  expect(
    await (await fetch(`${listening.uri.replace('ws', 'http').replace('/sync', '/health')}`)).json(),
  ).toMatchObject({ devices: 0, stream: { isStalled: false } });
});

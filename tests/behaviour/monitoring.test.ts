/** What a driver's monitor sees of the server, and what it makes of faults. */
import { once } from 'node:events';
import type { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { openDeployment } from './deployment.ts';

const MONITORED = { appName: 'monitored', heartbeatFrequencyMS: 500 } as const;

async function heard(client: MongoClient, event: 'serverHeartbeatFailed' | 'serverHeartbeatSucceeded') {
  return once(client, event, { signal: AbortSignal.timeout(10_000) });
}

test.each([
  ['a lost connection', { closeConnection: true }],
  ['a fault', { errorCode: 91 }],
])('[ES21] a monitor that follows a stream of hellos meets %s, and comes back', async (_name, data) => {
  await using deployment = await openDeployment();
  const client = await deployment.connect(MONITORED);
  await client.db('admin').command({ ping: 1 });
  const failed = heard(client, 'serverHeartbeatFailed');
  const hello = { failCommands: ['hello', 'isMaster'], appName: MONITORED.appName };
  await deployment.failPoint('failCommand', { times: 2 }, { ...hello, ...data });
  await failed;
  await heard(client, 'serverHeartbeatSucceeded');
  expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
});

test('[ES21] a fault while a connection says hello is met by trying the command again', async () => {
  await using deployment = await openDeployment();
  const client = await deployment.connect({ appName: 'greeting' });
  const hello = { failCommands: ['hello', 'isMaster'], appName: 'greeting', closeConnection: true };
  await deployment.failPoint('failCommand', { times: 1 }, hello);
  const sessions = Array.from({ length: 4 }, () => client.db('admin').command({ ping: 1 }));
  expect(await Promise.allSettled(sessions)).toHaveLength(4);
  expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
});

/** A gateway alone in its process. */
import { MongoClient } from 'mongodb';
import { listen, readPermissions } from '../../src/gateway/index.ts';
import { readSettings } from './child.ts';

export interface GatewaySettings {
  readonly databaseUri: string;
  readonly databaseName: string;
  readonly signingKeyHex: string;
  readonly permissionsFile: string;
}

export interface GatewayReady {
  readonly kind: 'ready';
  readonly uri: string;
}

const { databaseUri, databaseName, signingKeyHex, permissionsFile } = await readSettings<GatewaySettings>();
const client = await new MongoClient(databaseUri).connect();
const gateway = await listen({
  client,
  db: client.db(databaseName),
  permissions: await readPermissions(permissionsFile),
  signingKey: Buffer.from(signingKeyHex, 'hex'),
  log: (line) => process.stderr.write(`gateway: ${line}\n`),
  port: 0,
});
process.once('disconnect', async () => {
  await gateway.close();
  await client.close();
});
process.send?.({ kind: 'ready', uri: gateway.uri } satisfies GatewayReady);

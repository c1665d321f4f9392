/** What a gateway needs beside its port: the database, the rules of who may see what, and the key that signs tokens. */
import path from 'node:path';
import type { Db, MongoClient } from 'mongodb';
import { enableChangeStreams, readChangeStreamStates } from '../database/index.ts';
import type { Permissions } from '../domain/index.ts';
import { type GatewayOptions, readConnectorConfig, readPermissions, signingKeyOf } from '../gateway/index.ts';
import { packageFolder } from './package-file.ts';
import type { Settings } from './settings.ts';

/** `config/ditto_permissions.json` of the package, or the file that was named. */
export const permissionsOf = (file?: string): Promise<Permissions> =>
  readPermissions(file ?? path.join(packageFolder(), 'config', 'ditto_permissions.json'));

/** Turns change streams on where they are not: without them a gateway hears of nothing. */
export async function gatewayPartsOf(
  { client, db }: { readonly client: MongoClient; readonly db: Db },
  settings: Settings,
  note: (line: string) => void,
  permissionsFile?: string,
): Promise<GatewayOptions> {
  const [permissions, signingKey] = await Promise.all([
    permissionsOf(permissionsFile),
    signingKeyOf(settings.ZAVA_DATA_DIR),
    // Names what devices hold, for Ditto's cloud as for us: one that says something else is not gone along with.
    readConnectorConfig(path.join(packageFolder(), 'config', 'ditto_connector_config.yaml')),
  ]);
  if (!(await readChangeStreamStates(db)).every(({ isEnabled }) => isEnabled)) {
    note('Turning change streams on …');
    await enableChangeStreams(db);
  }
  const log = (line: string) => note(`${new Date().toISOString().slice(11, 19)}  ${line}`);
  return { client, db, permissions, signingKey, log };
}

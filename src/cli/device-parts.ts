/** What a device needs of the command line: its gateways, its token, and whom that makes its user. */
import { readFile } from 'node:fs/promises';
import { deviceIdFromName } from '../device/index.ts';
import type { Principal, Role } from '../domain/index.ts';
import { factsOf, signingKeyOf, signToken } from '../gateway/index.ts';
import { CliError } from './errors.ts';
import { principalOf } from './principal.ts';
import type { Settings } from './settings.ts';

/** Those that the program makes by itself: short, and bound to the device. */
const OWN_TOKEN_DAYS = 1 / 24;

export interface DeviceIdentity {
  readonly deviceId: string;
  readonly principal: Principal;
  /** Asked for at every connection. */
  readonly token: () => Promise<string>;
}

/** Of the command line, of the settings, or those that `zava start` and `zava gateway` have on this machine. */
export function gatewayUrisOf(named: readonly string[], settings: Settings): string[] {
  const { ZAVA_GATEWAYS, ZAVA_PORT, ZAVA_GATEWAY_PORT } = settings;
  const given = named.length > 0 ? named : (ZAVA_GATEWAYS?.split(/[\s,]+/).filter((one) => one !== '') ?? []);
  for (const uri of given) {
    if (!/^wss?:\/\//.test(uri) || !URL.canParse(uri)) {
      throw new CliError('BAD_USAGE', `An address such as ws://127.0.0.1:4001/sync was expected; "${uri}" came.`);
    }
  }
  if (given.length > 0) return [...given];
  return [...new Set([ZAVA_PORT, ZAVA_GATEWAY_PORT])].map((port) => `ws://127.0.0.1:${port}/sync`);
}

/** Gateways that would get the token over a network in the clear. */
export const unencryptedOf = (uris: readonly string[]): string[] =>
  uris.filter((uri) => {
    const { protocol, hostname } = new URL(uri);
    return protocol === 'ws:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  });

export async function deviceIdentityOf(
  input: {
    readonly name: string;
    readonly store: string;
    readonly role: Role | undefined;
    readonly user: string | undefined;
    readonly tokenFile: string | undefined;
  },
  settings: Settings,
): Promise<DeviceIdentity> {
  const deviceId = deviceIdOf(input.name);
  const read = tokenReader(input.tokenFile, settings);
  if (read === undefined) return await ownIdentity(input, deviceId, settings);
  const facts = factsOf(await read());
  if (facts === null) throw new CliError('TOKEN_UNUSABLE', 'The token of this device is no token of ours.');
  const { principal, deviceId: boundTo } = facts;
  if (boundTo !== undefined && boundTo !== deviceId) {
    throw new CliError('TOKEN_UNUSABLE', `The token is for the device ${boundTo}; this one is ${deviceId}.`);
  }
  if (input.role !== undefined && input.role !== principal.role) {
    throw new CliError('TOKEN_UNUSABLE', `The token is a ${principal.role}'s; --role says ${input.role}.`);
  }
  if (principal.stores !== 'all' && !principal.stores.includes(input.store)) {
    throw new CliError(
      'TOKEN_UNUSABLE',
      `The token is for ${principal.stores.join(', ')}; --store says ${input.store}.`,
    );
  }
  return { deviceId, principal, token: read };
}

/** On a laptop the key of the data directory is at hand. */
async function ownIdentity(
  {
    store,
    role = 'worker',
    user,
    name,
  }: { store: string; role: Role | undefined; user: string | undefined; name: string },
  deviceId: string,
  settings: Settings,
): Promise<DeviceIdentity> {
  const principal = principalOf(role, role === 'headquarters' ? [] : [store], user ?? name);
  const key = await signingKeyOf(settings.ZAVA_DATA_DIR);
  return { deviceId, principal, token: () => signToken(key, { principal, deviceId }, OWN_TOKEN_DAYS) };
}

/** The file is read at every connection, so that a new token takes effect without a restart. */
function tokenReader(file: string | undefined, { ZAVA_DEVICE_TOKEN }: Settings): (() => Promise<string>) | undefined {
  if (file !== undefined) {
    return async () => {
      try {
        return (await readFile(file, 'utf8')).trim();
      } catch (cause) {
        throw new CliError('FILE_UNREADABLE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
      }
    };
  }
  return ZAVA_DEVICE_TOKEN === undefined ? undefined : async () => ZAVA_DEVICE_TOKEN;
}

function deviceIdOf(name: string): string {
  try {
    return deviceIdFromName(name);
  } catch (cause) {
    throw new CliError('BAD_USAGE', `--name: ${(cause as Error).message}`, { cause });
  }
}

/** Who may connect. What was withdrawn lies in MongoDB, so that it holds at every gateway. */
import type { Db } from 'mongodb';
import type { Principal } from '../domain/index.ts';
import type { DeviceFrame } from '../sync/index.ts';
import { type SigningKey, type TokenFacts, verifyToken } from './access-tokens.ts';
import { GatewayError } from './errors.ts';
import { type DeviceUser, syncCollections } from './mongo/collections.ts';

/** Devices and tokens that open nothing any more, each with the reason that was given. */
export interface Withdrawn {
  readonly devices: ReadonlyMap<string, string>;
  readonly tokens: ReadonlyMap<string, string>;
}

export interface Admitted extends TokenFacts {
  /**
   * Who worked on this device before, each admitted with a token made for it that was not withdrawn since. Nobody whom
   * a token for any device let in: such a token says nothing of who holds the tablet.
   */
  readonly colleagues: readonly Principal[];
}

type Hello = Extract<DeviceFrame, { type: 'hello' }>;

/** People who share a tablet; of more the ones longest ago are forgotten, and their work is parked. */
const USERS_KEPT_MAX = 20;
const NO_REASON = 'no reason was given';

/** Throws ACCESS_REFUSED. */
export async function admit(
  db: Db,
  signingKey: SigningKey,
  { token, deviceId, name, epoch }: Pick<Hello, 'token' | 'deviceId' | 'name' | 'epoch'>,
): Promise<Admitted> {
  const facts = await verifyToken(signingKey, token);
  if (facts.deviceId !== undefined && facts.deviceId !== deviceId) {
    throw new GatewayError('ACCESS_REFUSED', `The token is for another device than '${deviceId}'.`);
  }
  const { devices, revokedTokens } = syncCollections(db);
  const [device, revoked] = await Promise.all([
    devices.findOne({ _id: deviceId }, { projection: { revoked_at: 1, revoked_because: 1, user_id: 1, users: 1 } }),
    facts.tokenId === null ? null : revokedTokens.findOne({ _id: facts.tokenId }),
  ]);
  if (device?.revoked_at !== undefined) {
    throw new GatewayError('ACCESS_REFUSED', deviceMessage(device.revoked_because));
  }
  // Whoever may use any device may not use one that is somebody else's.
  const isAnothers = device?.user_id !== undefined && device.user_id !== facts.principal.userId;
  if (facts.deviceId === undefined && isAnothers) {
    const message = `Device '${deviceId}' is another user's: a token made for this device opens it.`;
    throw new GatewayError('ACCESS_REFUSED', message);
  }
  if (revoked !== null) throw new GatewayError('ACCESS_REFUSED', tokenMessage(revoked.because));
  if (device?.user_id === undefined) {
    // At once: from now on it is this user's.
    const { userId, role, stores } = facts.principal;
    const claim = { user_id: userId, role, stores, name, epoch, last_seen: new Date() };
    await devices.updateOne({ _id: deviceId }, { $set: claim }, { upsert: true });
  }
  const users = device?.users ?? [];
  if (facts.deviceId !== undefined) await remember(db, deviceId, users, facts);
  return { ...facts, colleagues: facts.deviceId === undefined ? [] : await colleaguesOf(db, users, facts) };
}

async function remember(db: Db, deviceId: string, users: readonly DeviceUser[], facts: TokenFacts): Promise<void> {
  const { userId, role, stores } = facts.principal;
  const user: DeviceUser = { user_id: userId, role, stores, token_id: facts.tokenId };
  if (JSON.stringify(users.at(-1)) === JSON.stringify(user)) return;
  const others = users.filter((one) => one.user_id !== userId);
  const kept = [...others, user].slice(-USERS_KEPT_MAX);
  await syncCollections(db).devices.updateOne({ _id: deviceId }, { $set: { users: kept } });
}

async function colleaguesOf(db: Db, users: readonly DeviceUser[], { principal }: TokenFacts): Promise<Principal[]> {
  const others = users.filter(({ user_id }) => user_id !== principal.userId);
  if (others.length === 0) return [];
  const tokenIds = others.flatMap(({ token_id }) => token_id ?? []);
  const withdrawn = await syncCollections(db)
    .revokedTokens.find({ _id: { $in: tokenIds } }, { projection: { _id: 1 } })
    .toArray();
  const withdrawnIds = new Set(withdrawn.map(({ _id }) => _id));
  return others
    .filter(({ token_id }) => token_id === null || !withdrawnIds.has(token_id))
    .map(({ user_id: userId, role, stores }) => ({ role, userId, stores }) as Principal);
}

export async function readWithdrawn(db: Db): Promise<Withdrawn> {
  const { devices, revokedTokens } = syncCollections(db);
  const [shutOut, revoked] = await Promise.all([
    devices.find({ revoked_at: { $exists: true } }, { projection: { revoked_because: 1 } }).toArray(),
    revokedTokens.find({}, { projection: { because: 1 } }).toArray(),
  ]);
  return {
    devices: new Map(shutOut.map(({ _id, revoked_because }) => [_id, deviceMessage(revoked_because)])),
    tokens: new Map(revoked.map(({ _id, because }) => [_id, tokenMessage(because)])),
  };
}

/** Ends a device's connections within seconds, and keeps it out until {@link allowDevice}. Its work stays with it. */
export async function revokeDevice(db: Db, deviceId: string, because: string): Promise<void> {
  const revoked = { revoked_at: new Date(), revoked_because: because };
  await syncCollections(db).devices.updateOne({ _id: deviceId }, { $set: revoked }, { upsert: true });
}

/** False where it was not shut out. */
export async function allowDevice(db: Db, deviceId: string): Promise<boolean> {
  const { modifiedCount } = await syncCollections(db).devices.updateOne(
    { _id: deviceId, revoked_at: { $exists: true } },
    { $unset: { revoked_at: true, revoked_because: true } },
  );
  return modifiedCount > 0;
}

/** Withdraws one token. The record goes by itself once the token would have run out anyway. */
export async function revokeToken(
  db: Db,
  { tokenId, because, expiresMs }: { readonly tokenId: string; readonly because: string; readonly expiresMs?: number },
): Promise<void> {
  const revoked = {
    revoked_at: new Date(),
    because,
    ...(expiresMs === undefined ? {} : { expires_at: new Date(expiresMs) }),
  };
  await syncCollections(db).revokedTokens.updateOne({ _id: tokenId }, { $set: revoked }, { upsert: true });
}

/** False where it was not withdrawn. */
export async function allowToken(db: Db, tokenId: string): Promise<boolean> {
  return (await syncCollections(db).revokedTokens.deleteOne({ _id: tokenId })).deletedCount > 0;
}

const deviceMessage = (because: string | undefined) => `This device was shut out: ${because || NO_REASON}`;
const tokenMessage = (because: string | undefined) => `This token was withdrawn: ${because || NO_REASON}`;

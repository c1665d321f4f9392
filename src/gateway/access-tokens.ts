/**
 * Who a device, a page or an agent is: a signed token with a role and the stores that it may see. On a laptop the key is
 * made on first use, in the data directory, readable by its owner alone.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { type Principal, ROLES } from '../domain/index.ts';
import { GatewayError } from './errors.ts';

export type SigningKey = Uint8Array;

const KEY_BYTES = 32;
const ALGORITHM = 'HS256';
const ISSUER = 'zava';
const TOKEN_DAYS = 30;

const claims = z.object({
  sub: z.string().min(1),
  role: z.enum(ROLES),
  stores: z.union([z.literal('all'), z.array(z.string().min(1))]),
  device: z.string().optional(),
});

export interface TokenSubject {
  readonly principal: Principal;
  /** The only device that may use it. */
  readonly deviceId?: string;
}

/** The key of a data directory, made if there is none. */
export async function signingKeyOf(dataDir: string): Promise<SigningKey> {
  const file = path.join(dataDir, 'signing.key');
  await mkdir(dataDir, { recursive: true });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(randomBytes(KEY_BYTES));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = new Uint8Array(await readFile(file));
  if (key.length !== KEY_BYTES) {
    throw new GatewayError('SIGNING_KEY_DAMAGED', `${file} has ${key.length} bytes; a key has ${KEY_BYTES}.`, {
      data: { file },
    });
  }
  return key;
}

export function signToken(key: SigningKey, { principal, deviceId }: TokenSubject, days = TOKEN_DAYS): Promise<string> {
  return new SignJWT({
    role: principal.role,
    stores: principal.stores,
    ...(deviceId === undefined ? {} : { device: deviceId }),
  } as Record<string, unknown>)
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(principal.userId)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(`${days}d`)
    .sign(key);
}

/** Throws ACCESS_REFUSED, with words that give nothing of the token away. */
export async function verifyToken(
  key: SigningKey,
  token: string,
): Promise<TokenSubject & { readonly expiresMs: number }> {
  try {
    const { payload } = await jwtVerify(token, key, { issuer: ISSUER, algorithms: [ALGORITHM] });
    const { sub, role, stores, device } = claims.parse(payload);
    const principal: Principal = { role, userId: sub, stores };
    const expiresMs = (payload.exp ?? 0) * 1000;
    return { principal, expiresMs, ...(device === undefined ? {} : { deviceId: device }) };
  } catch (cause) {
    const isExpired = cause instanceof errors.JWTExpired;
    throw new GatewayError('ACCESS_REFUSED', isExpired ? 'The token has run out.' : 'The token is not valid here.', {
      cause,
    });
  }
}

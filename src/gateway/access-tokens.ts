/**
 * Who a device, a page or an agent is: a signed token with a role and the stores that it may see. On a laptop the key is
 * made on first use, in the data directory, readable by its owner alone.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { type Principal, ROLES } from '../domain/index.ts';
import { GatewayError } from './errors.ts';

export type SigningKey = Uint8Array;

const KEY_BYTES = 32;
const ALGORITHM = 'HS256';
const ISSUER = 'zava';
const AUDIENCE = 'zava-sync';
const TOKEN_DAYS = 30;
const SECONDS_PER_DAY = 86_400;
/** How far the clock of whoever signed may be ahead of ours. */
const ISSUED_AHEAD_SECONDS_MAX = 60;

const claims = z.object({
  sub: z.string().min(1),
  role: z.enum(ROLES),
  stores: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]),
  device: z.string().min(1).optional(),
  jti: z.string().min(1).optional(),
  iat: z.number(),
  exp: z.number(),
});

export interface TokenSubject {
  readonly principal: Principal;
  /** The only device that may use it. */
  readonly deviceId?: string;
}

/** What a token says of itself; to be believed only where its verdict is `valid`. */
export interface TokenFacts extends TokenSubject {
  /** Names it where it is to be withdrawn. */
  readonly tokenId: string | null;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

export type TokenVerdict = 'valid' | 'run_out' | 'not_yet_valid' | 'forged' | 'wrong_audience' | 'malformed';

export interface InspectedToken {
  readonly verdict: TokenVerdict;
  /** One sentence for people, with nothing of the token in it. */
  readonly says: string;
  readonly facts: TokenFacts | null;
}

const says: Readonly<Record<TokenVerdict, string>> = {
  valid: 'The token is valid.',
  run_out: 'The token has run out.',
  not_yet_valid: 'The token is not valid yet: it was made in the future, by this clock.',
  forged: 'The token is not valid here: another key has signed it, or it was changed.',
  wrong_audience: 'The token was made for another service.',
  malformed: 'This is no token of ours: its form or its contents are not.',
};

/** The key of a data directory, made if there is none. */
export async function signingKeyOf(dataDir: string): Promise<SigningKey> {
  const file = path.join(dataDir, 'signing.key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
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

/** `days` may be a part of one. Every token has an id of its own. */
export function signToken(key: SigningKey, { principal, deviceId }: TokenSubject, days = TOKEN_DAYS): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return new SignJWT({
    role: principal.role,
    stores: principal.stores,
    ...(deviceId === undefined ? {} : { device: deviceId }),
  } as Record<string, unknown>)
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(principal.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setJti(randomUUID())
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + Math.round(days * SECONDS_PER_DAY))
    .sign(key);
}

/** Throws ACCESS_REFUSED, with words that give nothing of the token away. */
export async function verifyToken(key: SigningKey, token: string): Promise<TokenFacts> {
  const { verdict, says: message, facts } = await inspectToken(key, token);
  if (verdict === 'valid' && facts !== null) return facts;
  throw new GatewayError('ACCESS_REFUSED', message, { data: { verdict } });
}

/** Says what a token is, and what exactly is wrong with it. Whether it was withdrawn, MongoDB knows. */
export async function inspectToken(key: SigningKey, token: string): Promise<InspectedToken> {
  const facts = factsOf(token);
  const verdict = facts === null ? 'malformed' : await judge(key, token, facts);
  return { verdict, says: says[verdict], facts };
}

/** Reads a token without a key: a device does, to know whom it was made for. Null where it is no token of ours. */
export function factsOf(token: string): TokenFacts | null {
  try {
    const { sub, role, stores, device, jti, iat, exp } = claims.parse(decodeJwt(token));
    const principal: Principal = { role, userId: sub, stores };
    const bound = device === undefined ? {} : { deviceId: device };
    return { principal, ...bound, tokenId: jti ?? null, issuedMs: iat * 1000, expiresMs: exp * 1000 };
  } catch {
    return null;
  }
}

async function judge(key: SigningKey, token: string, { issuedMs }: TokenFacts): Promise<TokenVerdict> {
  try {
    await jwtVerify(token, key, { issuer: ISSUER, audience: AUDIENCE, algorithms: [ALGORITHM] });
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'run_out';
    if (error instanceof errors.JWTClaimValidationFailed) return claimVerdicts[error.claim] ?? 'malformed';
    return error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed
      ? 'forged'
      : 'malformed';
  }
  return issuedMs > Date.now() + ISSUED_AHEAD_SECONDS_MAX * 1000 ? 'not_yet_valid' : 'valid';
}

const claimVerdicts: Readonly<Record<string, TokenVerdict>> = {
  aud: 'wrong_audience',
  iss: 'wrong_audience',
  nbf: 'not_yet_valid',
};

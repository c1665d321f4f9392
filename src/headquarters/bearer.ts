/** Who asks by a token in the header, for what no person's browser opens: devices and agents. */
import type { FastifyRequest } from 'fastify';
import type { Db } from 'mongodb';
import { readWithdrawn, type SigningKey, type TokenFacts, verifyToken } from '../gateway/index.ts';
import { HeadquartersError } from './errors.ts';

/** Throws TOKEN_REFUSED. */
export async function factsOfBearer(
  { headers }: FastifyRequest,
  db: Db,
  signingKey: SigningKey | undefined,
): Promise<TokenFacts> {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined || signingKey === undefined)
    throw new HeadquartersError('TOKEN_REFUSED', 'Expected a token in the header: `authorization: Bearer …`.');
  const facts = await verifyToken(signingKey, token).catch((cause: Error) => {
    throw new HeadquartersError('TOKEN_REFUSED', cause.message, { cause });
  });
  const withdrawn = await readWithdrawn(db);
  const because =
    withdrawn.tokens.get(facts.tokenId ?? '') ??
    (facts.deviceId === undefined ? undefined : withdrawn.devices.get(facts.deviceId));
  if (because !== undefined) throw new HeadquartersError('TOKEN_REFUSED', because);
  return facts;
}

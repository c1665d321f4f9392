/**
 * Who looks at headquarters' pages. On a laptop, where only this machine reaches the server, everybody is headquarters until
 * they look as a store's manager; anywhere else a token of `zava token issue` is asked for.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Principal, storeId } from '../domain/index.ts';
import { GatewayError, type SigningKey, signToken, verifyToken } from '../gateway/index.ts';
import type { SessionView } from './api.ts';
import { HeadquartersError } from './errors.ts';

const COOKIE = 'zava_headquarters';
const SESSION_DAYS = 7;
const KEY_BYTES = 32;

/** The chain's own numbers are for who leads it, or one of its stores. */
const ROLES: readonly Principal['role'][] = ['headquarters', 'store_manager'];

const LAPTOP: Principal = { role: 'headquarters', userId: 'headquarters', stores: 'all' };

/** What tells of the company; the pages' own files tell nothing. */
const KNOWS_WHO_ASKS = /^\/(api\/|validation$)/;

/** Told without anybody having signed in: how far the company is, and how to sign in. */
const OPEN_TO_ALL = /^\/api\/(opening|session)(\/|$)/;

const requestSchema = z.union([
  z.strictObject({ token: z.string().trim().min(1).max(10_000) }),
  z.strictObject({ role: z.literal('headquarters') }),
  z.strictObject({ role: z.literal('store_manager'), storeId }),
]);

export interface SignInOptions {
  /** Only this machine reaches the server: nobody has to sign in. */
  readonly isLaptop: boolean;
  /** Of the data directory. One for as long as the program runs where it is left out. */
  readonly signingKey?: SigningKey | undefined;
  /** Throws ACCESS_REFUSED where the token was withdrawn. */
  readonly checkWithdrawn?: ((tokenId: string) => Promise<void>) | undefined;
}

/** As it was declared: an address may be written in many ways (`/%61pi/…`), its route in one. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? '';

const principals = new WeakMap<FastifyRequest, Principal>();

/** Who asks. Throws SIGN_IN_NEEDED. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new HeadquartersError('SIGN_IN_NEEDED', 'Nobody has signed in here.');
  return principal;
}

/** Refuses every address of the API but the open ones to who has not signed in; adds `/api/session`. */
export function signInRoutes(app: FastifyInstance, options: SignInOptions): void {
  const { isLaptop } = options;
  const signingKey = options.signingKey ?? new Uint8Array(randomBytes(KEY_BYTES));
  // What it signs opens nothing but these pages: a gateway takes it for forged.
  const sessionKey = new Uint8Array(createHmac('sha256', signingKey).update('headquarters session').digest());

  const principalOfToken = async (token: string): Promise<Principal> => {
    const { principal, tokenId } = await verifyToken(signingKey, token);
    if (tokenId !== null) await options.checkWithdrawn?.(tokenId);
    if (!ROLES.includes(principal.role)) {
      throw new GatewayError(
        'ACCESS_REFUSED',
        `The token is a ${principal.role}'s; these pages are for ${ROLES.join(' and ')}.`,
      );
    }
    return principal;
  };

  const recognise = async (request: FastifyRequest): Promise<Principal | null> => {
    const cookie = cookieOf(request);
    if (cookie === null) return isLaptop ? LAPTOP : null;
    const session = isLaptop ? await verifyToken(sessionKey, cookie).catch(() => null) : null;
    if (session !== null) return session.principal;
    try {
      return await principalOfToken(cookie);
    } catch (error) {
      // Of another company on this laptop, or from before: whoever sits here is headquarters all the same.
      if (isLaptop) return LAPTOP;
      if (OPEN_TO_ALL.test(routeOf(request))) return null;
      throw new HeadquartersError('SIGN_IN_NEEDED', (error as Error).message, { cause: error });
    }
  };

  app.addHook('onRequest', async (request) => {
    const route = routeOf(request);
    if (!KNOWS_WHO_ASKS.test(route)) return;
    const principal = await recognise(request);
    if (principal !== null) principals.set(request, principal);
    else if (!OPEN_TO_ALL.test(route)) principalOf(request);
  });

  app.get('/api/session', (request): SessionView => viewOf(principals.get(request) ?? null, isLaptop));

  app.post('/api/session', async (request, reply): Promise<SessionView> => {
    const wanted = requestSchema.safeParse(request.body);
    if (!wanted.success) {
      throw new HeadquartersError('REQUEST_INVALID', 'Expected { token }, or on this machine { role, storeId }.');
    }
    if ('token' in wanted.data) {
      const { token } = wanted.data;
      const principal = await principalOfToken(token).catch((cause: Error) => {
        throw new HeadquartersError('TOKEN_REFUSED', cause.message, { cause });
      });
      setCookie(reply, token);
      return viewOf(principal, isLaptop);
    }
    if (!isLaptop) throw new HeadquartersError('SIGN_IN_NEEDED', 'From here a token is needed.');
    const principal: Principal =
      wanted.data.role === 'headquarters'
        ? LAPTOP
        : { role: 'store_manager', userId: `manager-of-${wanted.data.storeId}`, stores: [wanted.data.storeId] };
    setCookie(reply, await signToken(sessionKey, { principal }, SESSION_DAYS));
    return viewOf(principal, isLaptop);
  });

  app.delete('/api/session', (_request, reply): SessionView => {
    reply.header('set-cookie', `${COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`);
    return viewOf(isLaptop ? LAPTOP : null, isLaptop);
  });
}

function setCookie(reply: FastifyReply, value: string): void {
  const maxAge = SESSION_DAYS * 86_400;
  reply.header('set-cookie', `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`);
}

const cookieOf = (request: FastifyRequest): string | null =>
  new RegExp(`(?:^|;\\s*)${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1] ?? null;

const viewOf = (principal: Principal | null, isLaptop: boolean): SessionView => ({
  isLaptop,
  principal:
    principal === null
      ? null
      : {
          role: principal.role === 'store_manager' ? 'store_manager' : 'headquarters',
          userId: principal.userId,
          stores: principal.stores,
        },
});

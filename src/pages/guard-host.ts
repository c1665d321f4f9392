import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * The server belongs to this machine's own pages. A page of another site reaches the loopback address too: with a name of
 * its own that it lets point here (its Host gives it away), or by sending a form (its Origin does).
 * `host` is null for a server that others reach too, by names that it cannot know. `refuse` makes the error that is thrown.
 */
export function guardHost(app: FastifyInstance, host: string | null, refuse: (message: string) => Error): void {
  const allowed = new Set(['localhost', '127.0.0.1', '[::1]', host?.toLowerCase(), `[${host?.toLowerCase()}]`]);
  const isAllowed = (name: string) => host === null || allowed.has(name.replace(/:\d+$/, '').toLowerCase());
  app.addHook('onRequest', async (request: FastifyRequest) => {
    const { host: named = '', origin } = request.headers;
    if (!isAllowed(named)) throw refuse(`Nothing here answers for the host '${named}'.`);
    if (origin === undefined || origin === `http://${named}`) return;
    throw refuse(`A page of ${origin} may not use this address.`);
  });
}

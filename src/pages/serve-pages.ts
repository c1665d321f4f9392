import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface PagesOptions {
  /** The folder that Vite has built `web/` into. */
  readonly webRoot: string;
  /** The page at `/`, and at every address that a page has for itself: `worker.html`. */
  readonly page: string;
  /** The picture of a product type as SVG, by the slug in `image_url`; null where there is none. */
  readonly picture: (slug: string) => string | null;
  /** Answers what nothing here answers. */
  readonly notFound: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** Only this host's own code, pictures and data; nobody frames it. Styles in elements come with the sheets of dialogs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT = 'The pages are not built yet: run `npm run build:web`, then load this address anew.';

/**
 * Serves one of the built pages with what it needs: at `/`, and wherever a browser navigates to; hashed assets for ever, the
 * page itself never from a cache; `/pictures/<slug>.svg`. Sets the handler of what is not found.
 */
export async function servePages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { webRoot, page, picture, notFound } = options;
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
  const file = path.join(webRoot, page);
  const sendPage = async (reply: FastifyReply) =>
    existsSync(file)
      ? reply
          .type('text/html; charset=utf-8')
          .header('cache-control', 'no-cache')
          .send(await readFile(file))
      : reply.code(503).type('text/plain').send(NOT_BUILT);

  app.get('/', (_request, reply) => sendPage(reply));
  app.get<{ Params: { slug: string } }>('/pictures/:slug.svg', (request, reply) => {
    const svg = picture(request.params.slug);
    if (svg === null) return notFound(request, reply);
    return reply.type('image/svg+xml').header('cache-control', 'public, max-age=86400').send(svg);
  });
  await app.register(fastifyStatic, {
    root: webRoot,
    index: false,
    // A page is for whoever serves it, and at `/` alone.
    allowedPath: (asked) => !asked.endsWith('.html'),
    cacheControl: false,
    etag: true,
    setHeaders: (reply, asset) => {
      const isHashed = path.relative(webRoot, asset).startsWith(`assets${path.sep}`);
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) => (isNavigation(request) ? sendPage(reply) : notFound(request, reply)));
}

/** A browser that goes to an address of a page's own, not one that asks for data or a file. */
function isNavigation({ method, url, headers: { accept = '' } }: FastifyRequest): boolean {
  const { pathname } = new URL(url, 'http://here');
  return (
    (method === 'GET' || method === 'HEAD') &&
    accept.includes('text/html') &&
    !pathname.startsWith('/api/') &&
    path.extname(pathname) === ''
  );
}

/** The app of a device and its API, on the loopback address. README.md has the table of its addresses. */
import fastifySse from '@fastify/sse';
import Fastify, { type FastifyPluginAsync } from 'fastify';
import { guardHost, type PagesOptions, servePages } from '../pages/index.ts';
import type { Device } from './device.ts';
import { DeviceError } from './errors.ts';
import { eventRoutes } from './http-events.ts';
import { answerProblems, sendNotFound } from './http-problems.ts';
import { deviceRoutes } from './http-routes.ts';

const BODY_BYTES_MAX = 256 * 1024;

export interface DeviceServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The app of each role; who leads a store works with the worker's. */
const SALES_PAGE = 'sales.html';
const WORKER_PAGE = 'worker.html';

export interface ServeDeviceOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: string;
  /** The apps; the API alone where they are left out. */
  readonly pages?: Pick<PagesOptions, 'webRoot' | 'picture'>;
}

/** Serves the device's API, and the app of its user's role. Throws PORT_IN_USE. */
export async function serveDevice(
  device: Device,
  { port, host = '127.0.0.1', pages }: ServeDeviceOptions,
): Promise<DeviceServer> {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: BODY_BYTES_MAX });
  // Its types describe the unwrapped plugin; the module itself is the one that reaches the routes outside it.
  await app.register(fastifySse as unknown as FastifyPluginAsync);
  // JSON alone: a form of another site sends anything but that without asking first.
  app.removeContentTypeParser('text/plain');
  guardHost(app, host, (message) => new DeviceError('HOST_REFUSED', message));
  answerProblems(app);
  deviceRoutes(app, device);
  eventRoutes(app, device);
  if (pages === undefined) app.setNotFoundHandler(sendNotFound);
  else {
    const page = device.state.role === 'sales_rep' ? SALES_PAGE : WORKER_PAGE;
    await servePages(app, { ...pages, page, notFound: sendNotFound });
  }
  try {
    await app.listen({ port, host });
  } catch (cause) {
    await app.close();
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new DeviceError('PORT_IN_USE', `Port ${port} on ${host} is already in use.`, { cause, data: { port, host } });
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  const close = () => app.close();
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    port: actual,
    close,
    [Symbol.asyncDispose]: close,
  };
}

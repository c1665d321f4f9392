/** What a device tells as it happens: server-sent events, so that an app never has to ask again and again. */
import type { FastifyInstance } from 'fastify';
import type { DeviceState } from './api.ts';
import type { Device } from './device.ts';
import { knownView, parsed } from './http-routes.ts';
import { staleViews } from './views.ts';

/** Often enough to feel immediate, seldom enough that a first sync does not drown the page. */
const EVENTS_MS = 100;

export function eventRoutes(app: FastifyInstance, device: Device): void {
  app.get('/api/events', { sse: { kind: 'only' } }, async (_request, reply) => {
    reply.sse.keepAlive();
    await reply.sse.send({ event: 'state', data: device.state });
    let state: DeviceState | null = null;
    const changed = new Set<string>();
    const timer = setInterval(() => {
      if (!reply.sse.isConnected) return;
      if (state !== null) void reply.sse.send({ event: 'state', data: state });
      if (changed.size > 0) {
        const stale = { collections: [...changed].sort(), views: staleViews(changed) };
        void reply.sse.send({ event: 'stale', data: stale });
      }
      state = null;
      changed.clear();
    }, EVENTS_MS);
    const stopState = device.onState((newest) => {
      state = newest;
    });
    const stopChanges = device.onChanged((collections) => {
      for (const collection of collections) changed.add(collection);
    });
    reply.sse.onClose(() => {
      clearInterval(timer);
      stopState();
      stopChanges();
    });
  });

  app.get<{ Params: { name: string } }>(
    '/api/views/:name/events',
    { sse: { kind: 'only' } },
    async (request, reply) => {
      const view = knownView(request.params.name);
      const parameters = parsed(view.parameters, request.query, 'REQUEST_INVALID');
      reply.sse.keepAlive();
      let told = '';
      const tell = async (data: unknown) => {
        const text = JSON.stringify(data ?? null);
        if (text === told || !reply.sse.isConnected) return;
        told = text;
        await reply.sse.send({ event: 'view', data: data ?? null });
      };
      await tell(await device.read(view, parameters));
      const stop = await device.live(view, parameters, tell);
      reply.sse.onClose(stop);
    },
  );
}

/** The company's devices for the entrance: how they are, and the switches of their network and access. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { maySeeStore, type StoreId } from '../domain/index.ts';
import type { CompanyDevice } from './api.ts';
import { HeadquartersError } from './errors.ts';
import type { Fleet } from './fleet.ts';
import { principalOf } from './sign-in.ts';

/** Often enough to look immediate. */
const EVENTS_MS = 100;

const networkSchema = z.strictObject({ online: z.boolean() });
const accessSchema = z.strictObject({ allowed: z.boolean() });

interface DeviceAddress {
  readonly Params: { readonly id: string };
}

export function deviceRoutes(app: FastifyInstance, fleet: () => Fleet | null): void {
  const devices = (): readonly CompanyDevice[] => fleet()?.devices ?? [];
  const one = (id: string): CompanyDevice => {
    const device = devices().find((each) => each.id === id);
    if (device === undefined) throw new HeadquartersError('NO_SUCH_DEVICE', `There is no device '${id}' here.`);
    return device;
  };
  const change = async (
    request: FastifyRequest<DeviceAddress>,
    reply: FastifyReply,
    work: (fleet: Fleet, id: string) => Promise<void>,
  ) => {
    const { id } = request.params;
    const { storeId, storeName } = one(id);
    if (!maySeeStore(principalOf(request), storeId as StoreId)) {
      throw new HeadquartersError('NOT_ALLOWED', `The devices of ${storeName} are for its manager and headquarters.`);
    }
    const there = fleet();
    if (there !== null) await work(there, id);
    return reply.send(one(id));
  };

  app.get('/api/devices', () => ({ devices: devices() }));

  app.get('/api/devices/events', { sse: { kind: 'only' } }, async (_request, reply) => {
    reply.sse.keepAlive();
    let told = '';
    const tell = () => {
      const text = JSON.stringify(devices());
      if (text === told || !reply.sse.isConnected) return;
      told = text;
      void reply.sse.send({ event: 'devices', data: { devices: devices() } });
    };
    tell();
    // The fleet comes when the company is open: it is looked for, not waited for.
    const timer = setInterval(tell, EVENTS_MS);
    reply.sse.onClose(() => clearInterval(timer));
  });

  app.post<DeviceAddress>('/api/devices/:id/network', (request, reply) => {
    const { online } = parsed(networkSchema, request.body);
    return change(request, reply, (there, id) => there.setOnline(id, online));
  });
  app.post<DeviceAddress>('/api/devices/:id/access', (request, reply) => {
    const { allowed } = parsed(accessSchema, request.body);
    return change(request, reply, (there, id) => there.setAllowed(id, allowed));
  });
  app.post<DeviceAddress>('/api/devices/:id/restart', (request, reply) =>
    change(request, reply, (there, id) => there.restart(id)),
  );
}

function parsed<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new HeadquartersError('REQUEST_INVALID', `At '${first?.path.join('.') ?? ''}': ${first?.message ?? ''}`);
}

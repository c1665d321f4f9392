/** What a device answers once; what goes on is in http-events.ts. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { readAccess, syncedCollectionNames } from '../domain/index.ts';
import { type RetailOperationName, retailOperations, type settleInputSchema } from '../edge/index.ts';
import { SETTLEMENT_WAYS } from '../sync/index.ts';
import type { Device } from './device.ts';
import { DeviceError } from './errors.ts';
import { sendProblem } from './http-problems.ts';
import { scopeSettingsSchema } from './scope-settings.ts';
import { type View, viewNames, viewOf, views } from './views.ts';

const keySchema = z.string().min(1).max(200);
const meaningSchema = z.strictObject({
  q: z.string().trim().min(1).max(200),
  limit: z.coerce.number().int().min(1).max(50).default(12),
});
const networkSchema = z.strictObject({ online: z.boolean() });

/** Said by `GET /api`. */
const ADDRESSES: Readonly<Record<string, string>> = {
  'GET /health': 'Whether the device works; 503 where its store does not.',
  'GET /api/state': 'Who the device is, how its link and its store are, what is pending, refused, and what happened.',
  'GET /api/events':
    'Server-sent events: `state` at once and at every change; `stale` with the views that a write changed.',
  'GET /api/operations': 'What this device’s user may do, each with the JSON schema of its input.',
  'POST /api/operations/:name':
    'Does it: 200 done, 422 what stood in the way, 400 what cannot be read. With an `idempotency-key` it may be sent again.',
  'GET /api/views/:name': 'A view, from this device alone.',
  'GET /api/views/:name/events': 'Server-sent events: `view` at once and after every change that touches it.',
  'GET /api/search-by-meaning?q&limit':
    'Ids of products that mean what is asked for, from headquarters while the device is connected; else none, and why.',
  'GET /api/scope': 'What the device holds, and what was set.',
  'PUT /api/scope': 'Sets it: days, filters on any field by collection, more, without.',
  'GET /api/checksums': 'What the device holds, by collection: documents, and a checksum to compare devices by.',
  'POST /api/network': '`{ "online": false }` closes the connection and stays away; true connects again.',
  'POST /api/lost/:conflictId/:how':
    'Gives a value that lost to a newer write its place after all (restore), or lets it be (discard).',
  'POST /api/rejected/:sequence/:how': `Settles refused work: ${SETTLEMENT_WAYS.join(', ')}; \`change\` takes { changes }.`,
};

export function deviceRoutes(app: FastifyInstance, device: Device): void {
  app.get('/health', (_request, reply) => {
    const { phase, isReplacingStore, fault } = device.state;
    return reply.code(isReplacingStore ? 503 : 200).send({ phase, isReplacingStore, fault });
  });
  app.get('/api', () => ({
    addresses: ADDRESSES,
    views: Object.fromEntries(
      viewNames.map((name) => [
        name,
        { summary: views[name].summary, parameters: z.toJSONSchema(views[name].parameters, { io: 'input' }) },
      ]),
    ),
  }));
  app.get('/api/state', () => device.state);
  app.get('/api/checksums', () => device.checksums());
  app.get('/api/search-by-meaning', (request) => {
    const { q, limit } = parsed(meaningSchema, request.query, 'REQUEST_INVALID');
    return device.searchByMeaning(q, limit);
  });
  app.post('/api/network', (request) => {
    const { online } = parsed(networkSchema, request.body, 'REQUEST_INVALID');
    device.setOnline(online);
    return device.state;
  });
  operationRoutes(app, device);
  scopeRoutes(app, device);
  app.get<{ Params: { name: string } }>('/api/views/:name', async (request, reply) => {
    const view = knownView(request.params.name);
    const found = await device.read(view, parsed(view.parameters, request.query, 'REQUEST_INVALID'));
    if (found !== undefined) return found;
    return sendProblem(reply, new DeviceError('NOT_ON_THIS_DEVICE', `The device holds nothing at ${request.url}.`));
  });
}

function operationRoutes(app: FastifyInstance, device: Device): void {
  app.get('/api/operations', () =>
    device.operations.map(({ name, summary }) => ({
      name,
      summary,
      input: z.toJSONSchema(retailOperations[name].input as z.ZodType, { io: 'input', unrepresentable: 'any' }),
    })),
  );
  app.post<{ Params: { name: string } }>('/api/operations/:name', async (request, reply) => {
    const { name } = request.params;
    if (!device.operations.some((operation) => operation.name === name)) {
      throw new DeviceError('OPERATION_UNKNOWN', `This device’s user has no operation '${name}'.`);
    }
    const { 'idempotency-key': named } = request.headers;
    const key = named === undefined ? undefined : parsed(keySchema, named, 'REQUEST_INVALID');
    return answerOutcome(reply, name, await device.perform(name as RetailOperationName, request.body, key));
  });
  app.post<{ Params: { sequence: string; how: string } }>('/api/rejected/:sequence/:how', async (request, reply) => {
    const sequence = parsed(z.coerce.number().int().positive(), request.params.sequence, 'REQUEST_INVALID');
    const { how } = request.params;
    if (!(SETTLEMENT_WAYS as readonly string[]).includes(how)) {
      throw new DeviceError('NO_SUCH_ADDRESS', `'${how}' is no way to settle; ${SETTLEMENT_WAYS.join(', ')} are.`);
    }
    const body = (request.body ?? {}) as Record<string, unknown>;
    const input: z.input<typeof settleInputSchema> = { ...body, how: how as (typeof SETTLEMENT_WAYS)[number] };
    return answerOutcome(reply, how, await device.settle(sequence, input));
  });
  app.post<{ Params: { conflictId: string; how: string } }>('/api/lost/:conflictId/:how', async (request, reply) => {
    const { conflictId, how } = request.params;
    if (how !== 'restore' && how !== 'discard') {
      throw new DeviceError('NO_SUCH_ADDRESS', `'${how}' is no way to settle what lost; restore, discard are.`);
    }
    return answerOutcome(reply, how, await device.settleLost(conflictId, how));
  });
}

function scopeRoutes(app: FastifyInstance, device: Device): void {
  const scope = () => {
    const { settings, subscriptions } = device.scope;
    const { principal } = device;
    const readable = syncedCollectionNames.filter((name) => readAccess(device.permissions, principal, name) !== null);
    return { settings, subscriptions, readable };
  };
  app.get('/api/scope', scope);
  app.put('/api/scope', async (request) => {
    await device.setScope(parsed(scopeSettingsSchema, request.body, 'SCOPE_INVALID'));
    return scope();
  });
}

export function knownView(name: string): View {
  const view = viewOf(name);
  if (view === undefined) throw new DeviceError('VIEW_UNKNOWN', `There is no view '${name}'.`);
  return view;
}

/** What any operation comes to, as edge tells it. */
interface Outcome {
  readonly outcome: string;
  readonly operation: { readonly sequence: number; readonly hlc: string } | null;
  readonly facts?: unknown;
}

function answerOutcome(reply: FastifyReply, name: string, { outcome, operation, ...facts }: Outcome): unknown {
  if (outcome === 'done' && operation !== null) {
    return { outcome, facts: facts.facts, sequence: operation.sequence, hlc: operation.hlc };
  }
  if (outcome === 'invalid_input') {
    return sendProblem(reply, new DeviceError('INPUT_INVALID', `The input of ${name} has faults.`, { data: facts }));
  }
  const message = `${name} was not done: ${outcome.replaceAll('_', ' ')}.`;
  return sendProblem(reply, new DeviceError('NOT_DONE', message, { data: { outcome, facts } }));
}

export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  code: 'REQUEST_INVALID' | 'SCOPE_INVALID',
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  const [first] = issues;
  throw new DeviceError(code, `At '${first?.path ?? ''}': ${first?.message ?? ''}`, { data: { issues } });
}

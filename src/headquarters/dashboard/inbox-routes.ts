/** The conflict resolution screen's side of the server: what was refused, what lost, and the ways out. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Principal, syncedCollectionNames } from '../../domain/index.ts';
import {
  type ApplyContext,
  findConflict,
  type InboxOutcome,
  listConflicts,
  listInbox,
  settleConflict,
  settleInboxEntry,
  showInboxEntry,
} from '../../gateway/index.ts';
import type { InboxEntry, InboxEntryDetails } from '../api.ts';
import { HeadquartersError } from '../errors.ts';
import { principalOf } from '../sign-in.ts';
import { sendCsv } from './csv.ts';
import { inboxEntryOf, lostEntryOf, mayLook } from './inbox-entries.ts';

const listSchema = z.strictObject({
  state: z.enum(['open', 'any']).default('open'),
  device: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  format: z.enum(['json', 'csv']).default('json'),
});

const settleSchema = z.strictObject({
  how: z.enum(['replay', 'restore', 'change', 'discard']),
  changes: z
    .array(z.looseObject({ collection: z.enum(syncedCollectionNames as unknown as [string, ...string[]]) }))
    .optional(),
});

interface EntryAddress {
  readonly Params: { readonly id: string };
}

export function inboxRoutes(app: FastifyInstance, sync: () => ApplyContext): void {
  app.get('/api/dashboard/inbox', async (request, reply) => {
    const principal = principalOf(request);
    const { state, device, limit, format } = read(listSchema, request.query);
    const asked = { state, limit, ...(device === undefined ? {} : { deviceId: device }) };
    const { db } = sync();
    const [refused, lost] = await Promise.all([listInbox(db, asked), listConflicts(db, asked)]);
    const rows = [...refused.map(inboxEntryOf), ...lost.map(lostEntryOf)]
      .filter((entry) => mayLook(principal, entry))
      .sort((one, other) => (one.at < other.at ? 1 : -1))
      .slice(0, limit);
    const answer: { readonly rows: readonly InboxEntry[] } = { rows };
    return format === 'csv' ? sendCsv(reply, 'inbox', rows) : answer;
  });

  app.get<EntryAddress>(
    '/api/dashboard/inbox/:id',
    async (request): Promise<InboxEntryDetails> => entryOf(sync(), principalOf(request), request.params.id),
  );

  app.post<EntryAddress>('/api/dashboard/inbox/:id', async (request): Promise<{ message: string }> => {
    const principal = principalOf(request);
    const { how, changes } = read(settleSchema, request.body);
    const context = sync();
    const { id } = request.params;
    const entry = await entryOf(context, principal, id);
    if (entry.kind === 'lost') {
      if (how !== 'restore' && how !== 'discard') {
        throw new HeadquartersError('REQUEST_INVALID', `What lost can be restored or discarded, not '${how}'.`);
      }
      return answer(await settleConflict(context, principal, id, how), id);
    }
    const request_ = { how, ...(changes === undefined ? {} : { changes: changes as never }) };
    return answer(await settleInboxEntry(context, principal, id, request_), id);
  });
}

async function entryOf({ db }: ApplyContext, principal: Principal, id: string): Promise<InboxEntryDetails> {
  const details = await showInboxEntry(db, id);
  const conflict = details === null ? await findConflict(db, id) : null;
  const unknown = () => new HeadquartersError('INBOX_ENTRY_UNKNOWN', `There is no entry '${id}' in the inbox.`);
  if (details === null && conflict === null) throw unknown();
  if (conflict !== null) {
    const entry = lostEntryOf(conflict);
    if (!mayLook(principal, entry)) throw unknown();
    const { collection, document_id, path, value, standing } = conflict;
    const now = await db.collection<{ _id: string }>(collection).findOne({ _id: document_id });
    const field = { path, before: standing ?? null, wanted: value ?? null, now: at(now, path) };
    return { ...entry, documents: [{ collection, id: document_id, fields: [field] }], changes: [], attempts: [] };
  }
  const { record, changes } = details as NonNullable<typeof details>;
  const entry = inboxEntryOf(record);
  if (!mayLook(principal, entry)) throw unknown();
  return {
    ...entry,
    documents: changes.map(({ key, fields }) => ({
      collection: key.slice(0, key.indexOf('/')),
      id: key.slice(key.indexOf('/') + 1),
      fields: fields.map(({ path, wanted, now }) => ({
        path,
        before: at(record.before[key], path),
        wanted: wanted ?? null,
        now: now ?? null,
      })),
    })),
    // Where it was no operation, there is nothing to compare either.
    changes: changes.length === 0 ? [] : operationChanges(record.operation),
    attempts: (record.attempts ?? []).map(({ at: time, by, how, message }) => ({
      at: time.toISOString(),
      by,
      how,
      message,
    })),
  };
}

/** What a device sent may have been no operation at all: nothing of it can be sent again then. */
function operationChanges(operation: object): InboxEntryDetails['changes'] {
  const { changes } = operation as { readonly changes?: InboxEntryDetails['changes'] };
  return Array.isArray(changes) ? changes : [];
}

const at = (document: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name] ?? null, document);

function answer(outcome: InboxOutcome, id: string): { message: string } {
  switch (outcome.outcome) {
    case 'settled':
      return { message: `${id} is ${outcome.state}.` };
    case 'unknown_entry':
      throw new HeadquartersError('INBOX_ENTRY_UNKNOWN', `There is no entry '${id}' in the inbox.`);
    case 'already_settled':
      throw new HeadquartersError('NOT_SETTLED', outcome.message);
    case 'refused':
      throw new HeadquartersError('NOT_SETTLED', outcome.message);
  }
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [first] = result.error.issues;
  throw new HeadquartersError('REQUEST_INVALID', `At '${first?.path.join('.') ?? ''}': ${first?.message ?? ''}`);
}

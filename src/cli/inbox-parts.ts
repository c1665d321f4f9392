/** What the `inbox` commands share: their options, who settles, and how an entry reads. */
import { userInfo } from 'node:os';
import type { Principal } from '../domain/index.ts';
import type { ApplyContext, ConflictRecord, InboxDetails, InboxOutcome, InboxRecord } from '../gateway/index.ts';
import type { OpenDatabase } from './database-connection.ts';
import { CliError } from './errors.ts';
import type { CommandOutcome } from './frame.ts';
import { databaseOptions, textOption } from './options.ts';

export const settleOptions = {
  ...databaseOptions,
  user: textOption('Who settles it, for the record. Default: the name you are logged in with.', { valueName: 'NAME' }),
} as const;

/** Whoever can run commands on the database speaks for headquarters. */
export const settlerOf = (user: string | undefined): Principal => ({
  role: 'headquarters',
  userId: user ?? userInfo().username,
  stores: 'all',
});

export async function applyContextOf({ client, db }: OpenDatabase): Promise<ApplyContext> {
  const { permissionsOf } = await import('./gateway-parts.ts');
  return { client, db, permissions: await permissionsOf(), wallClockMs: Date.now };
}

/** An entry of the inbox, or what lost to a newer write: ids tell which. */
export async function entryOf({ db }: OpenDatabase, id: string): Promise<InboxDetails | ConflictRecord> {
  const { findConflict, showInboxEntry } = await import('../gateway/index.ts');
  const found = (await showInboxEntry(db, id)) ?? (await findConflict(db, id));
  if (found === null) throw notFound(id);
  return found;
}

export const notFound = (id: string): CliError =>
  new CliError('INBOX_ENTRY_UNKNOWN', `There is no entry "${id}" in the inbox.`, { data: { id } });

export const isConflict = (entry: InboxDetails | ConflictRecord): entry is ConflictRecord => !('record' in entry);

/** What a person is told of a settlement; a refusal ends the command with 1. */
export function outcomeText(id: string, outcome: InboxOutcome): CommandOutcome {
  switch (outcome.outcome) {
    case 'settled': {
      const changed = outcome.changedDocuments === 1 ? '1 document' : `${outcome.changedDocuments} documents`;
      const words = outcome.state === 'discarded' ? '' : `; ${changed} changed`;
      return { result: { id, ...outcome }, text: `${id} is ${outcome.state}${words}. Its device hears of it.` };
    }
    case 'unknown_entry':
      throw notFound(id);
    case 'already_settled':
      return { result: { id, ...outcome }, text: `${id}: ${outcome.message} Nothing was done.`, exitCode: 1 };
    case 'refused':
      return {
        result: { id, ...outcome },
        text: `${id} stays open: ${outcome.message} (${outcome.reason})`,
        exitCode: 1,
      };
  }
}

export function listText(records: readonly InboxRecord[]): string {
  if (records.length === 0) return 'Nothing is waiting for a person.';
  const rows = records.map((record) => [
    record._id,
    record.state,
    record.received_at.toISOString().slice(0, 16).replace('T', ' '),
    record.device_id,
    actionOf(record),
    record.reason,
  ]);
  const lines = tableOf(['id', 'state', 'received', 'device', 'action', 'reason'], rows);
  return `${lines.join('\n')}\n\nNext: \`zava inbox show ID\`.`;
}

export function conflictsText(records: readonly ConflictRecord[]): string {
  if (records.length === 0) return 'Nothing has lost to a newer write.';
  const rows = records.map(({ _id, state, collection, document_id, path, value, standing, device_id }) => [
    _id,
    state,
    device_id,
    `${collection}/${document_id}`,
    path,
    `${textOf(value)} lost to ${textOf(standing)}`,
  ]);
  const lines = tableOf(['id', 'state', 'device', 'document', 'field', 'what'], rows);
  return `${lines.join('\n')}\n\nNext: \`zava inbox restore ID\` gives a value its place after all, \`zava inbox discard ID\` lets it be.`;
}

export function entryText({ record, changes }: InboxDetails): string {
  const lines = [
    `${record._id}: ${record.state}`,
    `  ${actionOf(record)} of ${record.user_id} (${record.role}) on ${record.device_id}, received ${record.received_at.toISOString()}`,
    `  ${record.reason}: ${record.message}`,
  ];
  if (record.settled_at !== undefined) {
    const where = record.settled_on === undefined ? 'at headquarters' : `on ${record.settled_on}`;
    lines.push(`  ${record.state} by ${record.settled_by} ${where}, ${record.settled_at.toISOString()}`);
  }
  for (const { at, by, how, reason } of record.attempts ?? [])
    lines.push(`  tried ${at.toISOString()} by ${by}: ${how}, ${reason}`);
  for (const { key, kind, now, fields } of changes) {
    lines.push('', `  ${key}${kind === 'create' ? ' (new)' : ''}${now === null ? ', which is not there' : ''}`);
    const rows = fields.map(({ path, seen, wanted, now: found, differs }) => [
      differs ? '*' : ' ',
      path,
      textOf(seen),
      textOf(wanted),
      textOf(found),
    ]);
    for (const line of tableOf(['', 'field', 'seen', 'meant', 'now'], rows)) lines.push(`    ${line}`);
  }
  if (changes.length === 0) lines.push('', `  It is no operation: ${JSON.stringify(record.operation).slice(0, 500)}`);
  if (record.state === 'open')
    lines.push('', 'Next: `zava inbox replay`, `restore`, `change` or `discard`, with the id.');
  return lines.join('\n');
}

const actionOf = ({ operation }: InboxRecord): string =>
  'action' in operation ? String(operation['action']).replaceAll('_', ' ') : 'unknown';

const TEXT_MAX = 60;

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text;
}

export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
}

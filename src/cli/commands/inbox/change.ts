import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type DocumentChange, documentChangeSchema, operationSchema } from '../../../sync/index.ts';
import { CliError } from '../../errors.ts';
import { type CliContext, defineCliCommand } from '../../frame.ts';
import {
  applyContextOf,
  entryOf,
  isConflict,
  notFound,
  outcomeText,
  settleOptions,
  settlerOf,
} from '../../inbox-parts.ts';
import { listOption, pathOption, textArgument } from '../../options.ts';

export const change = defineCliCommand({
  summary: 'Carries a refused operation out with other values.',
  description:
    'Either single fields of what it meant to write (--set), or all of its changes from a file as `zava inbox show ID --json` prints them under record.operation.changes (--file; `-` reads stdin).',
  examples: [
    ['zava inbox change seattle-tablet-1:0123456789abcdef:7 --set email=ada@example.com', 'one value is put right'],
    ['zava inbox change seattle-tablet-1:0123456789abcdef:7 --file changes.json', 'all changes from a file'],
  ],
  arguments: { id: textArgument('The entry, as `zava inbox list` shows it.') },
  options: {
    ...settleOptions,
    set: listOption('FIELD=VALUE: a field that the operation writes, and JSON or plain text. Repeat it for more.'),
    file: pathOption('Its changes as JSON.'),
  },
  async run({ id, user, set, file }, context) {
    if ((set.length === 0) === (file === undefined)) {
      throw new CliError('BAD_USAGE', 'Either --set or --file was expected.');
    }
    const { settleInboxEntry } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    const entry = await entryOf(opened, id);
    if (isConflict(entry)) throw notFound(id);
    const changes = file === undefined ? withValues(entry.record.operation, set) : await readChanges(file, context);
    const request = { how: 'change' as const, changes };
    return outcomeText(id, await settleInboxEntry(await applyContextOf(opened), settlerOf(user), id, request));
  },
});

async function readChanges(file: string, context: CliContext): Promise<DocumentChange[]> {
  const text = file === '-' ? await context.readStdin() : await readFile(path.resolve(context.directory, file), 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CliError('FILE_INVALID', `${file} is not JSON.`, { cause });
  }
  const parsed = z.array(documentChangeSchema).min(1).safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CliError('FILE_INVALID', `${file} has a fault at '${issue?.path.join('.')}': ${issue?.message}.`);
}

/** The operation's own changes with other values; each field must be written by exactly one of them. */
function withValues(operation: unknown, settings: readonly string[]): DocumentChange[] {
  const parsed = operationSchema.safeParse(operation);
  if (!parsed.success) throw new CliError('BAD_USAGE', 'This entry is no operation: give all changes with --file.');
  let changes = parsed.data.changes;
  for (const setting of settings) {
    const at = setting.indexOf('=');
    const field = setting.slice(0, at);
    if (at < 1) throw new CliError('BAD_USAGE', `--set: FIELD=VALUE was expected; "${setting}" came.`);
    const writers = changes.filter((one) => Object.hasOwn(one.kind === 'set' ? one.fields : one.document, field));
    if (writers.length !== 1) {
      const found = writers.length === 0 ? 'no document' : `${writers.length} documents`;
      throw new CliError('BAD_USAGE', `--set: the operation writes '${field}' of ${found}; use --file.`);
    }
    const value = valueFrom(setting.slice(at + 1));
    changes = changes.map((one) => {
      if (one !== writers[0]) return one;
      if (one.kind === 'set') return { ...one, fields: { ...one.fields, [field]: value } };
      return { ...one, document: { ...one.document, [field]: value } };
    });
  }
  return changes;
}

function valueFrom(text: string): z.infer<ReturnType<typeof z.json>> {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

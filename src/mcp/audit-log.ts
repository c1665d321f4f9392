/** The audit log: a file a day in the data directory, a line of JSON a call, readable by its owner alone. */
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { collectionNames } from '../domain/index.ts';
import type { AuditEntry } from './tool.ts';

/** Ids of products, customers and orders by number, of stores and categories by name, and days. */
const ID_OR_DAY =
  /^(?:(?:prod|customer|order)_\d{1,9}|(?:store|cat|ptype)_[a-z0-9_]{1,60}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d{2}-\d{2})$/;

/** What was asked, without anything that a person wrote freely: it may name somebody. `input` is the tool's schema. */
export function auditable(given: Readonly<Record<string, unknown>>, input?: z.ZodObject): AuditEntry['arguments'] {
  const known = input === undefined ? {} : (z.toJSONSchema(input, { io: 'input' }).properties ?? {});
  const told: Record<string, unknown> = {};
  let unknown = 0;
  for (const [name, value] of Object.entries(given)) {
    const schema = Object.hasOwn(known, name) ? known[name] : undefined;
    if (schema === undefined) unknown += 1;
    else told[name] = shown(value, typeof schema === 'object' ? (schema.enum ?? []) : []);
  }
  return unknown === 0 ? told : { ...told, unknown_arguments: unknown };
}

function shown(value: unknown, choices: readonly unknown[]): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'string') {
    const isOfUs = choices.includes(value) || collectionNames.some((name) => name === value) || ID_OR_DAY.test(value);
    return isOfUs ? value : `text of ${value.length} characters`;
  }
  const json = JSON.stringify(value) ?? '';
  return Array.isArray(value)
    ? `list of ${value.length}, ${json.length} characters`
    : `object, ${json.length} characters`;
}

/** Appends to `audit/mcp-2026-11-22.jsonl` below the folder. */
export function auditLog(dataDirectory: string): (entry: AuditEntry) => Promise<void> {
  const folder = path.join(dataDirectory, 'audit');
  let last: Promise<void> = mkdir(folder, { recursive: true, mode: 0o700 }).then(() => undefined);
  return (entry) => {
    const file = path.join(folder, `mcp-${entry.at.slice(0, 10)}.jsonl`);
    last = last.catch(() => undefined).then(() => appendFile(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 }));
    return last;
  };
}

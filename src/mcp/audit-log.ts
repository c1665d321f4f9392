/** The audit log: a file a day in the data directory, a line of JSON a call, readable by its owner alone. */
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { AuditEntry } from './tool.ts';

const SAFE_TEXT = /^(?:(?:store|prod|cat|type|customer|order)_[\w-]{1,60}|\d{4}-\d{2}-\d{2}|[a-z_]{1,30})$/;
const TEXTS_MAX = 20;

/** Nothing that a person wrote freely: it may name somebody. */
export function auditable(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null) return {};
  return Object.fromEntries(
    Object.entries(given)
      .slice(0, TEXTS_MAX)
      .map(([name, value]) => [name.slice(0, 40), shown(value)]),
  );
}

function shown(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'string') return SAFE_TEXT.test(value) ? value : `text of ${value.length} characters`;
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

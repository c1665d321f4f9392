/** The small commands about sessions, side by side because they differ in a line each. */
import { randomUUID } from 'node:crypto';
import { Binary, UUID } from 'bson';
import type { Document } from '../bson/values.ts';
import { MongoError } from '../errors.ts';
import { SESSION_TIMEOUT_MINUTES, sessionKey } from '../sessions/sessions.ts';
import { anything, isDocument, objects } from './arguments.ts';
import { type CommandContext, defineCommand } from './command.ts';

export const startSession = defineCommand({
  name: 'startSession',
  summary: 'Makes a session id.',
  arguments: { startSession: anything },
  run: () => ({
    id: { id: new Binary(new UUID(randomUUID()).buffer, Binary.SUBTYPE_UUID) },
    timeoutMinutes: SESSION_TIMEOUT_MINUTES,
    ok: 1,
  }),
});

export const refreshSessions = defineCommand({
  name: 'refreshSessions',
  summary: 'Keeps sessions from being forgotten.',
  arguments: { refreshSessions: objects },
  apiVersion1: true,
  run({ refreshSessions }, context) {
    for (const lsid of refreshSessions) context.sessions.touch(lsid);
    return { ok: 1 };
  },
});

export const killSessions = defineCommand({
  name: 'killSessions',
  summary: 'Ends sessions and what runs on them.',
  arguments: { killSessions: objects },
  run({ killSessions }, context) {
    for (const lsid of killSessions) {
      if (isDocument(lsid)) killSession(context, sessionKey(lsid));
    }
    return { ok: 1 };
  },
});

export const killAllSessions = defineCommand({
  name: 'killAllSessions',
  summary: 'Ends all sessions.',
  arguments: { killAllSessions: anything },
  run(_args, context) {
    for (const { key } of context.sessions.all()) killSession(context, key);
    return { ok: 1 };
  },
});

export const killAllSessionsByPattern = defineCommand({
  name: 'killAllSessionsByPattern',
  summary: 'Ends what runs on the sessions that one of the patterns names; on all, where there is none.',
  arguments: { killAllSessionsByPattern: objects },
  run({ killAllSessionsByPattern: patterns }, context) {
    for (const { key } of context.sessions.all()) {
      if (patterns.length === 0 || patterns.some((pattern) => isNamedBy(pattern, key))) killSession(context, key);
    }
    return { ok: 1 };
  },
});

/** Sessions belong to nobody here: a pattern of users or roles names none. */
function isNamedBy({ lsid, uid, users, roles }: Document, key: string): boolean {
  const names = [uid, users, roles].some((one) => one !== undefined && !(Array.isArray(one) && one.length === 0));
  if (names) return false;
  return !isDocument(lsid) || sessionKey(lsid) === key;
}

/** Ends what runs on it, its cursors and its transaction; never the command that asks for it. */
function killSession(context: CommandContext, key: string): void {
  for (const operation of context.operations.all()) {
    if (operation === context.operation || operation.lsidKey !== key) continue;
    operation.stop(new MongoError('Interrupted', 'operation was interrupted because its session was killed'));
  }
  context.sessions.kill(key);
}

import { randomUUID } from 'node:crypto';
import { CodedError } from '../domain/index.ts';
import type { AuditEntry, McpHost } from './tool.ts';

export interface Recorded<Result> {
  readonly result: Result;
  /** `ok`, or the code of the error that the result tells. Default: `ok`. */
  readonly outcome?: string;
  readonly rows?: number | null;
}

/** Does what the caller asked, and writes it into the audit log however it ends. */
export async function recorded<Result>(
  host: McpHost,
  asked: Pick<AuditEntry, 'server' | 'tool' | 'arguments'>,
  work: (callId: string) => Promise<Recorded<Result>>,
): Promise<Result> {
  const callId = randomUUID();
  const startedMs = performance.now();
  const at = (host.now?.() ?? new Date()).toISOString();
  const { role, userId, stores } = host.principal;
  const record = async (ending: Pick<AuditEntry, 'outcome' | 'rows' | 'bytes'>) =>
    await host.audit({
      at,
      callId,
      ...asked,
      role,
      userId,
      stores,
      ...ending,
      ms: Math.round(performance.now() - startedMs),
    });
  let done: Recorded<Result>;
  try {
    done = await work(callId);
  } catch (error) {
    await record({ outcome: error instanceof CodedError ? error.code : 'CALL_FAILED', rows: null, bytes: 0 });
    throw error;
  }
  const { result, outcome = 'ok', rows = null } = done;
  await record({ outcome, rows, bytes: JSON.stringify(result).length });
  return result;
}

import { commonWords as words } from '../words/common.ts';
import { type Problem, ProblemError } from './problem.ts';

/** Asks this page's own host for JSON. Throws ProblemError, with status 0 where nobody answers. */
export async function requestJson<Value>(address: string, request: RequestInit = {}): Promise<Value> {
  let response: Response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ProblemError(words.unreachable, 0);
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as Value;
  throw new ProblemError(isProblem(body) ? { ...body } : words.unreadable(response.status), response.status);
}

export const postJson = <Value>(address: string, body: unknown, headers: Record<string, string> = {}): Promise<Value> =>
  requestJson<Value>(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Asks for a file, and has the browser save it under its name. Throws ProblemError. */
export async function saveFile(address: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => null);
  if (response === null) throw new ProblemError(words.unreachable, 0);
  if (!response.ok) {
    const problem: unknown = await response.json().catch(() => null);
    throw new ProblemError(isProblem(problem) ? { ...problem } : words.unreadable(response.status), response.status);
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'zava.csv';
  link.click();
  // The save has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'message' in body && 'fix' in body;
}

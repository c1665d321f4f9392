import { useMutation } from '@tanstack/react-query';
import type { InputOf, RetailOperationName } from '../../../../src/device/api.ts';
import { postJson } from '../http.ts';
import { type Problem, ProblemError, problemOf } from '../problem.ts';

export type OperationOutcome<Facts = Readonly<Record<string, unknown>>> =
  | { readonly outcome: 'done'; readonly facts: Facts }
  /** What business expects may stand in the way: `what` names it ('short_stock', …), `facts` has its figures. */
  | { readonly outcome: 'not_done'; readonly what: string; readonly facts: Facts; readonly problem: Problem }
  | { readonly outcome: 'failed'; readonly problem: Problem };

const TRIES = 4;
const RETRY_MS = 400;

/**
 * Does a retail operation on the device, once: a request that nobody answered is sent again under the same key. Never
 * throws; `done` means durable on the device.
 */
export async function perform<Name extends RetailOperationName, Facts = Readonly<Record<string, unknown>>>(
  name: Name,
  input: InputOf<Name>,
): Promise<OperationOutcome<Facts>> {
  const key = crypto.randomUUID();
  for (let tries = 1; ; tries += 1) {
    try {
      return await postJson(`/api/operations/${name}`, input, { 'idempotency-key': key });
    } catch (error) {
      if (error instanceof ProblemError && error.status === 422) {
        const { outcome, facts } = error.problem as Problem & { outcome: string; facts: Facts };
        return { outcome: 'not_done', what: outcome, facts, problem: error.problem };
      }
      if (!(error instanceof ProblemError) || error.status !== 0 || tries >= TRIES) {
        return { outcome: 'failed', problem: problemOf(error) };
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * tries));
    }
  }
}

/** {@link perform} for a button: `isPending` while it works. */
export function useOperation<Name extends RetailOperationName, Facts = Readonly<Record<string, unknown>>>(name: Name) {
  const { mutateAsync, isPending } = useMutation({
    mutationFn: (input: InputOf<Name>) => perform<Name, Facts>(name, input),
  });
  return { run: mutateAsync, isPending };
}

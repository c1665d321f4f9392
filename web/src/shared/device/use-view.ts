import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { requestJson } from '../http.ts';
import { type Problem, ProblemError, problemOf } from '../problem.ts';
import { useLiveDevice } from './live-device.ts';

/** What a view of the device's store shows. */
export type Loaded<Value> =
  | { readonly state: 'loading' }
  /** The device holds nothing of that name. */
  | { readonly state: 'missing' }
  | { readonly state: 'failed'; readonly problem: Problem; readonly retry: () => void }
  /** `isStale`: the device's program does not answer; what is shown was read at `readAtMs`. */
  | { readonly state: 'ready'; readonly value: Value; readonly isStale: boolean; readonly readAtMs: number };

type Parameters = Readonly<Record<string, string | number>>;

/** A view by name (README of `src/device`), read anew by itself after every change that touches it. Null asks nothing. */
export function useView<Value>(name: string, parameters: Parameters | null = {}): Loaded<Value> {
  const { isAnswering } = useLiveDevice();
  const query = useQuery({
    queryKey: ['view', name, parameters],
    queryFn: ({ signal }) => readView<Value>(name, parameters ?? {}, signal),
    enabled: parameters !== null,
    placeholderData: keepPreviousData,
  });
  if (query.data !== undefined) {
    const isStale = !isAnswering || query.isError;
    return { state: 'ready', value: query.data, isStale, readAtMs: query.dataUpdatedAt };
  }
  if (query.isError) {
    if (query.error instanceof ProblemError && query.error.status === 404) return { state: 'missing' };
    return { state: 'failed', problem: problemOf(query.error), retry: () => void query.refetch() };
  }
  return { state: 'loading' };
}

export function readView<Value>(name: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Value> {
  const search = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
  return requestJson<Value>(`/api/views/${name}?${search}`, signal === undefined ? {} : { signal });
}

import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { QueryAnswer } from '../../../src/headquarters/api.ts';
import { followEvents } from '../shared/event-stream.ts';
import { requestJson } from '../shared/http.ts';
import { type Problem, problemOf } from '../shared/problem.ts';

/** What of the dashboard is old once something of a topic has changed; `queries/<name>` are of the query library. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  orders: [
    'queries/today',
    'queries/latest-orders',
    'queries/sales',
    'queries/top',
    'queries/slow',
    'queries/inventory',
  ],
  stock: ['queries/inventory', 'queries/low-stock', 'queries/top', 'queries/slow'],
  transfers: ['queries/transfers'],
  alerts: ['queries/alerts'],
  products: ['queries/prices', 'queries/inventory', 'queries/top', 'queries/slow'],
  devices: ['devices'],
  inbox: ['inbox', 'devices'],
};

/** Sums over weeks and years: one more order changes little of them, so they are read anew this often at most. */
const SLOW = ['queries/sales', 'queries/top', 'queries/slow', 'queries/inventory'] as const;
const SLOW_MS = 10_000;

export type Asked<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem; readonly retry: () => void }
  | { readonly state: 'ready'; readonly value: Value; readonly at: Date; readonly isStale: boolean };

export type Filters = Readonly<Record<string, string | undefined>>;

/** `/api/dashboard/<path>?…` */
export function addressOf(path: string, filters: Filters = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) if (value !== undefined && value !== '') search.set(name, value);
  return `/api/dashboard/${path}${search.size === 0 ? '' : `?${search}`}`;
}

/** An answer of the dashboard's API, read anew when something of its topic has changed. */
export function useAsk<Value>(path: string, filters: Filters = {}, refreshMs: number | false = false): Asked<Value> {
  const query = useQuery({
    queryKey: ['dashboard', path, filters],
    queryFn: async ({ signal }) => ({
      value: await requestJson<Value>(addressOf(path, filters), { signal }),
      at: new Date(),
    }),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  });
  if (query.data !== undefined) return { state: 'ready', ...query.data, isStale: query.isError };
  if (query.isError) return { state: 'failed', problem: problemOf(query.error), retry: () => void query.refetch() };
  return { state: 'loading' };
}

/** A query of the library by name. */
export function useLibrary<Value>(name: string, filters: Filters = {}): Asked<Value> {
  const asked = useAsk<QueryAnswer<Value>>(`queries/${name}`, filters);
  return asked.state === 'ready' ? { ...asked, value: asked.value.value, at: new Date(asked.value.at) } : asked;
}

/** One stream for the whole dashboard. False while headquarters does not answer. */
export function useLiveDashboard(): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(true);
  useEffect(() => {
    const makeStale = (isOld: (path: string) => boolean) =>
      void client.invalidateQueries({
        predicate: ({ queryKey: [area, path] }) => area === 'dashboard' && isOld(String(path)),
      });
    const isSlow = (path: string) => SLOW.some((one) => path.startsWith(one));
    const waiting = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const makeSlowlyStale = () => {
      timer = undefined;
      const old = [...waiting];
      waiting.clear();
      makeStale((path) => isSlow(path) && old.some((one) => path.startsWith(one)));
    };
    let wasLost = false;
    const stream = followEvents(
      '/api/dashboard/events',
      {
        changed: (data) => {
          const old = (data as { topics: readonly string[] }).topics.flatMap((topic) => STALE[topic] ?? []);
          if (old.length === 0) return;
          makeStale((path) => !isSlow(path) && old.some((one) => path.startsWith(one)));
          for (const one of old) waiting.add(one);
          timer ??= setTimeout(makeSlowlyStale, SLOW_MS);
        },
      },
      (isConnected) => {
        if (isConnected && wasLost) makeStale(() => true);
        wasLost = !isConnected;
        setLive(isConnected);
      },
    );
    return () => {
      stream.close();
      clearTimeout(timer);
    };
  }, [client]);
  return isLive;
}

import { useCallback, useEffect, useState } from 'react';
import type { CompanyOverview, OpeningPage, Problem } from '../../../src/headquarters/api.ts';

/** How long the event stream may be silent before it is opened anew, and how soon that is tried, in milliseconds. */
const RECONNECT_MS = 1_500;

export interface LiveOpening {
  /** Null until headquarters has answered once. */
  readonly page: OpeningPage | null;
  /** False while headquarters does not answer. */
  readonly connected: boolean;
  /** When the page's data last came in. */
  readonly heardAt: Date | null;
}

/** Follows how far the company has come up, and says when headquarters can't be heard. */
export function useOpening(): LiveOpening {
  const [live, setLive] = useState<LiveOpening>({ page: null, connected: true, heardAt: null });
  useEffect(() => {
    let source: EventSource | null = null;
    let retry: ReturnType<typeof setTimeout> | undefined;
    const open = () => {
      source = new EventSource('/api/opening/events');
      source.addEventListener('opening', (event) =>
        setLive({ page: JSON.parse(event.data) as OpeningPage, connected: true, heardAt: new Date() }),
      );
      source.addEventListener('error', () => {
        source?.close();
        setLive((before) => ({ ...before, connected: false }));
        retry = setTimeout(open, RECONNECT_MS);
      });
    };
    open();
    return () => {
      source?.close();
      clearTimeout(retry);
    };
  }, []);
  return live;
}

export type Loaded<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: Problem }
  | { readonly state: 'ready'; readonly value: Value };

const unreachable: Problem = {
  code: 'UNREACHABLE',
  message: 'Headquarters does not answer.',
  fix: 'Start it with `npm start`, then try again.',
};

/** The company's numbers, read anew every half minute. A failed refresh keeps what was there. */
export function useCompany(refreshMs = 30_000): Loaded<CompanyOverview> & { readonly retry: () => void } {
  const [loaded, setLoaded] = useState<Loaded<CompanyOverview>>({ state: 'loading' });
  const read = useCallback(async () => {
    try {
      const response = await fetch('/api/company');
      const body: unknown = await response.json();
      if (response.ok) setLoaded({ state: 'ready', value: body as CompanyOverview });
      else setLoaded((before) => (before.state === 'ready' ? before : { state: 'failed', problem: body as Problem }));
    } catch {
      setLoaded((before) => (before.state === 'ready' ? before : { state: 'failed', problem: unreachable }));
    }
  }, []);
  useEffect(() => {
    void read();
    const timer = setInterval(read, refreshMs);
    return () => clearInterval(timer);
  }, [read, refreshMs]);
  return { ...loaded, retry: () => void read() };
}

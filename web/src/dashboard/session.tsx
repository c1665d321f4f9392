import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type FormEvent, type ReactNode, useContext, useMemo, useState } from 'react';
import type { ExploreAnswer, SessionView } from '../../../src/headquarters/api.ts';
import { Button } from '../shared/components/button.tsx';
import { Field, SelectField } from '../shared/components/field.tsx';
import { ProblemNote } from '../shared/components/problem-note.tsx';
import { SkeletonRows } from '../shared/components/skeleton.tsx';
import { postJson, requestJson } from '../shared/http.ts';
import { problemOf } from '../shared/problem.ts';
import { commonWords } from '../words/common.ts';
import { dashboardWords as words } from '../words/dashboard.ts';
import { shortStoreName } from './store-name.ts';

interface StoreName {
  readonly store_id: string;
  readonly store_name: string;
}

interface Session {
  readonly session: SessionView;
  /** All of the company, for who sits at the laptop and may choose. */
  readonly allStores: readonly StoreName[];
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession stands inside <WithSession>.');
  return session;
}

export const useIsHeadquarters = (): boolean => useSession().session.principal?.role === 'headquarters';

/** The stores that the reader may see, by name. */
export function useStores(): readonly StoreName[] {
  const { session, allStores } = useSession();
  const mine = session.principal?.stores ?? [];
  return mine === 'all' ? allStores : allStores.filter(({ store_id }) => mine.includes(store_id));
}

/** Asks who looks; shows the sign-in where somebody has to. */
export function WithSession({ children }: { children: ReactNode }) {
  const session = useQuery({ queryKey: ['session'], queryFn: () => requestJson<SessionView>('/api/session') });
  const isKnown = session.data !== undefined && session.data.principal !== null;
  const stores = useQuery({
    queryKey: ['stores', session.data?.principal],
    enabled: isKnown,
    queryFn: () =>
      postJson<ExploreAnswer>('/api/dashboard/explore', {
        collection: 'stores',
        pipeline: [{ $project: { _id: 0, store_id: 1, store_name: 1 } }, { $sort: { store_name: 1 } }],
      }),
  });
  const value = useMemo(
    () =>
      session.data === undefined || stores.data === undefined
        ? null
        : { session: session.data, allStores: stores.data.rows as unknown as readonly StoreName[] },
    [session.data, stores.data],
  );
  const fault = session.error ?? stores.error;
  if (fault !== null) {
    const retry = () => void (session.error === null ? stores.refetch() : session.refetch());
    return (
      <main className="mx-auto max-w-xl p-6">
        <ProblemNote
          title={words.failed}
          problem={problemOf(fault)}
          retry={{ label: commonWords.tryAgain, run: retry }}
        />
      </main>
    );
  }
  if (session.data?.principal === null) return <SignIn />;
  if (value === null) {
    return (
      <main className="mx-auto max-w-6xl p-6">
        <SkeletonRows rows={5} rowClass="h-28" />
      </main>
    );
  }
  return <SessionContext value={value}>{children}</SessionContext>;
}

function SignIn() {
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      client.setQueryData(['session'], await postJson<SessionView>('/api/session', { token: token.trim() }));
    } catch (error) {
      const { message, fix } = problemOf(error);
      setFault(`${message} ${fix}`);
    }
  };
  return (
    <main className="mx-auto grid min-h-dvh max-w-md place-content-center gap-4 p-6">
      <h1 className="text-3xl font-semibold tracking-tight">{words.signIn.title}</h1>
      <p className="text-quiet">{words.signIn.text}</p>
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={words.signIn.token}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          error={fault}
        />
        <Button type="submit" look="primary" disabled={token.trim() === ''} className="w-full">
          {words.signIn.submit}
        </Button>
      </form>
    </main>
  );
}

/** On a laptop: look as headquarters, or as the manager of any store. */
export function WhoLooks() {
  const { session, allStores } = useSession();
  const client = useQueryClient();
  const { principal } = session;
  const managed = principal?.role === 'store_manager' && principal.stores !== 'all' ? (principal.stores[0] ?? '') : '';
  if (!session.isLaptop) {
    const name = allStores.find(({ store_id }) => store_id === managed)?.store_name ?? managed;
    return (
      <p className="px-2 text-sm text-quiet">
        {words.signedInAs} {managed === '' ? words.headquarters : words.managerOf(shortStoreName(name))}
      </p>
    );
  }
  const choose = async (store: string) => {
    const wanted = store === '' ? { role: 'headquarters' } : { role: 'store_manager', storeId: store };
    const next = await postJson<SessionView>('/api/session', wanted);
    client.setQueryData(['session'], next);
    // Nothing of what another may see stays on the screen.
    await client.resetQueries({ queryKey: ['dashboard'] });
  };
  return (
    <SelectField
      label={words.chooseWho}
      value={managed}
      onChange={(store) => void choose(store)}
      options={[
        { value: '', label: words.headquarters },
        ...allStores.map(({ store_id, store_name }) => ({
          value: store_id,
          label: words.managerOf(shortStoreName(store_name)),
        })),
      ]}
    />
  );
}

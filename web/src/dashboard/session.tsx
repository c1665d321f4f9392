import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { ExploreAnswer, SessionView } from '../../../src/headquarters/api.ts';
import { SignIn, useSessionView } from '../entrance/sign-in.tsx';
import { SelectField } from '../shared/components/field.tsx';
import { ProblemNote } from '../shared/components/problem-note.tsx';
import { SkeletonRows } from '../shared/components/skeleton.tsx';
import { postJson } from '../shared/http.ts';
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
  const session = useSessionView();
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
  if (session.data?.principal === null) {
    return (
      <main>
        <SignIn />
      </main>
    );
  }
  if (value === null) {
    return (
      <main className="mx-auto max-w-6xl p-6">
        <SkeletonRows rows={5} rowClass="h-28" />
      </main>
    );
  }
  return <SessionContext value={value}>{children}</SessionContext>;
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

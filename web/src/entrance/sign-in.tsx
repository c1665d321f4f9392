import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { SessionView } from '../../../src/headquarters/api.ts';
import { Button } from '../shared/components/button.tsx';
import { Field } from '../shared/components/field.tsx';
import { postJson, requestJson } from '../shared/http.ts';
import { problemOf } from '../shared/problem.ts';
import { companyWords } from '../words/company.ts';

const words = companyWords.signIn;

/** Who looks at headquarters' pages; one answer for all of them. */
export const useSessionView = () =>
  useQuery({ queryKey: ['session'], queryFn: () => requestJson<SessionView>('/api/session') });

/** Shows the sign-in to who has not signed in, where somebody has to. A failed question is the page's own to tell. */
export function SignedIn({ children }: { children: ReactNode }) {
  const { data, isPending } = useSessionView();
  if (isPending) return null;
  return data?.principal === null ? <SignIn /> : children;
}

/** Takes a token of `zava token issue` for a session. */
export function SignIn() {
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
    <div className="mx-auto grid max-w-md gap-4 px-6 py-16">
      <h1 className="text-3xl font-semibold tracking-tight">{words.title}</h1>
      <p className="text-quiet">{words.text}</p>
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={words.token}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          error={fault}
        />
        <Button type="submit" look="primary" disabled={token.trim() === ''} className="w-full">
          {words.submit}
        </Button>
      </form>
      <p className="text-sm text-quiet">
        {words.how} <code className="font-mono">{words.command}</code>
      </p>
    </div>
  );
}

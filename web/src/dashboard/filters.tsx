import { useSearchParams } from 'wouter';
import { Field, SelectField } from '../shared/components/field.tsx';
import { dashboardWords as words } from '../words/dashboard.ts';
import type { Filters } from './ask.ts';
import { useStores } from './session.tsx';
import { shortStoreName } from './store-name.ts';

/** What a view is about stands in its address: a link shows the same to who gets it. */
export function useFilters<Name extends string>(...names: readonly Name[]) {
  const [search, setSearch] = useSearchParams();
  const filters = Object.fromEntries(names.map((name) => [name, search.get(name) ?? undefined])) as {
    readonly [Each in Name]: string | undefined;
  };
  const setAll = (values: { readonly [Each in Name]?: string }) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries<string | undefined>(values)) {
          if (value === undefined || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  const set = (name: Name, value: string) => setAll({ [name]: value } as { readonly [Each in Name]?: string });
  return { filters: filters as Filters & typeof filters, set, setAll };
}

/** Of the stores that the reader may see; nothing to choose where there is one. */
export function StoreFilter({ value, onChange }: { value: string | undefined; onChange: (store: string) => void }) {
  const stores = useStores();
  if (stores.length < 2) return null;
  return (
    <SelectField
      label={words.store}
      value={value ?? ''}
      onChange={onChange}
      options={[
        { value: '', label: words.allStores },
        ...stores.map(({ store_id, store_name }) => ({ value: store_id, label: shortStoreName(store_name) })),
      ]}
      className="w-60"
    />
  );
}

export function DayFilter(props: { label: string; value: string | undefined; onChange: (day: string) => void }) {
  return (
    <Field
      type="date"
      label={props.label}
      value={props.value ?? ''}
      onChange={(event) => props.onChange(event.target.value)}
      className="w-44"
    />
  );
}

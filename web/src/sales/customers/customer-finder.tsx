import { Search } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import type { Customer, Order } from '../../../../src/device/api.ts';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { SearchField } from '../../shared/components/search-field.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { type Loaded, useView } from '../../shared/device/use-view.ts';
import { useDebounced } from '../../shared/use-debounced.ts';
import { salesWords } from '../../words/sales.ts';
import { focusFirstStop, moveByArrows } from '../arrow-keys.ts';

const words = salesWords.customers;
const FOUND_MAX = 30;
const RECENT_ORDERS = 60;
const RECENT_MAX = 12;

/** What a row says of a customer. */
export interface CustomerRow {
  readonly customerId: string;
  readonly name: string;
  readonly detail: string;
}

interface CustomerFinderProps {
  readonly row: (row: CustomerRow) => ReactNode;
  /** Enter in the search field chooses the first one. */
  readonly onFirst: (customerId: string) => void;
}

/** Search over a list; before anything is typed, who was served lately. */
export function CustomerFinder({ row, onFirst }: CustomerFinderProps) {
  const [question, setQuestion] = useState('');
  const asked = useDebounced(question.trim());
  const found = useView<readonly Customer[]>('customers', asked === '' ? null : { q: asked, limit: FOUND_MAX });
  const recent = useView<readonly Order[]>('orders', { limit: RECENT_ORDERS });
  const rows: Loaded<readonly CustomerRow[]> = asked === '' ? mapped(recent, servedLately) : mapped(found, asRows);
  const list = useRef<HTMLDivElement>(null);
  const first = rows.state === 'ready' ? rows.value[0] : undefined;
  return (
    <>
      <SearchField
        label={words.search}
        placeholder={words.placeholder}
        value={question}
        onChange={setQuestion}
        onEnter={() => first !== undefined && asked !== '' && onFirst(first.customerId)}
        onDown={() => focusFirstStop(list.current)}
      />
      <p role="status" className="tabular mt-4 mb-1 text-sm text-quiet">
        {asked === '' ? words.recent : rows.state === 'ready' && words.found(rows.value.length)}
      </p>
      <ShowView
        view={rows}
        failedTitle={salesWords.failed}
        empty={(value) =>
          value.length === 0 && asked !== '' ? (
            <EmptyState icon={Search} title={words.noneTitle} text={words.noneText} />
          ) : null
        }
      >
        {(value) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move among the rows inside.
          <div ref={list} onKeyDown={moveByArrows}>
            <ul className="divide-y divide-line">
              {value.map((each) => (
                <li key={each.customerId}>{row(each)}</li>
              ))}
            </ul>
          </div>
        )}
      </ShowView>
    </>
  );
}

export function CustomerRowText({ row: { name, detail } }: { row: CustomerRow }) {
  return (
    <>
      <span
        aria-hidden
        className="grid size-10 shrink-0 place-items-center rounded-full bg-sunken text-sm font-semibold text-quiet"
      >
        {initialsOf(name)}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">{name}</span>
        <span className="tabular block truncate text-sm text-quiet">{detail}</span>
      </span>
    </>
  );
}

export const initialsOf = (name: string): string =>
  name
    .split(' ')
    .map((word) => word.charAt(0))
    .join('')
    .slice(0, 2);

function mapped<Value, Result>(view: Loaded<Value>, map: (value: Value) => Result): Loaded<Result> {
  return view.state === 'ready' ? { ...view, value: map(view.value) } : view;
}

const asRows = (customers: readonly Customer[]): readonly CustomerRow[] =>
  customers.map(({ customer_id, first_name, last_name, phone, email }) => ({
    customerId: customer_id,
    name: `${first_name} ${last_name}`,
    detail: `${phone} · ${email}`,
  }));

function servedLately(orders: readonly Order[]): readonly CustomerRow[] {
  const rows = new Map<string, CustomerRow>();
  for (const { customer_id, customer_name, customer_email } of orders) {
    if (rows.size === RECENT_MAX) break;
    if (rows.has(customer_id)) continue;
    rows.set(customer_id, { customerId: customer_id, name: customer_name, detail: customer_email });
  }
  return [...rows.values()];
}

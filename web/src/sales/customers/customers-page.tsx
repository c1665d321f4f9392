import { UserRoundPlus, Users } from 'lucide-react';
import { useMemo } from 'react';
import { Link, useLocation } from 'wouter';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { salesWords } from '../../words/sales.ts';
import { stop } from '../arrow-keys.ts';
import { ListDetail } from '../list-detail.tsx';
import { CustomerDetail } from './customer-detail.tsx';
import { CustomerFinder, CustomerRowText } from './customer-finder.tsx';
import { CustomerForm } from './customer-form.tsx';

const words = salesWords.customers;
const NEW = 'new';

/** `customerId`: null for none, `new` for a form. */
export function CustomersPage({ customerId, isEdited }: { customerId: string | null; isEdited: boolean }) {
  const [, go] = useLocation();
  useShortcuts(useMemo(() => ({ Escape: () => go('/customers') }), [go]));
  return (
    <ListDetail
      isDetailChosen={customerId !== null}
      list={
        <>
          {customerId === null ? (
            <PageHeading title={words.title} aside={<NewLink />} />
          ) : (
            <header className="mb-5 flex items-start gap-2">
              <h2 className="flex-1 pt-1.5 text-2xl leading-tight font-semibold">{words.title}</h2>
              <NewLink />
            </header>
          )}
          <CustomerFinder
            onFirst={(id) => go(`/customers/${id}`)}
            row={(row) => (
              <Link
                {...stop}
                href={`/customers/${row.customerId}`}
                {...(row.customerId === customerId ? { 'aria-current': 'page' as const } : {})}
                className="-mx-2 flex min-h-16 items-center gap-3 rounded-xl px-2 py-2 aria-[current]:bg-brand-soft"
              >
                <CustomerRowText row={row} />
              </Link>
            )}
          />
        </>
      }
      detail={
        customerId === NEW ? (
          <div className="mx-auto max-w-xl">
            <PageHeading title={words.add} backHref="/customers" />
            <CustomerForm
              customer={null}
              onDone={(id) => go(`/customers/${id}`, { replace: true })}
              onLeave={() => go('/customers')}
            />
          </div>
        ) : customerId === null ? (
          <EmptyState icon={Users} title={words.pickTitle} text={words.pick} />
        ) : (
          <CustomerDetail key={customerId} customerId={customerId} isEdited={isEdited} />
        )
      }
    />
  );
}

function NewLink() {
  return (
    <Link
      href={`/customers/${NEW}`}
      aria-label={words.add}
      className="inline-flex min-h-11 items-center gap-2 rounded-xl border border-line bg-panel px-4 font-medium"
    >
      <UserRoundPlus aria-hidden className="size-5" />
      {words.new}
    </Link>
  );
}

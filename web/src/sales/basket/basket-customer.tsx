import { ChevronRight, UserRound, UserRoundPlus } from 'lucide-react';
import { useState } from 'react';
import type { CustomerView } from '../../../../src/device/api.ts';
import { useView } from '../../shared/device/use-view.ts';
import { salesWords } from '../../words/sales.ts';
import { CustomerSheet } from '../customers/customer-sheet.tsx';
import { setCustomer, useBasket } from './basket.ts';

const words = salesWords.basket;

/** Who buys: one row, that opens the choice. */
export function BasketCustomer() {
  const { customerId } = useBasket();
  const [isOpen, setOpen] = useState(false);
  const view = useView<CustomerView>('customer', customerId === null ? null : { id: customerId });
  const customer = customerId !== null && view.state === 'ready' ? view.value.customer : null;
  return (
    <div className="px-4 pb-2">
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="flex min-h-14 w-full cursor-pointer items-center gap-3 rounded-xl border border-line bg-paper px-3 text-left"
      >
        {customer === null ? (
          <UserRoundPlus aria-hidden className="size-5 shrink-0 text-brand" />
        ) : (
          <UserRound aria-hidden className="size-5 shrink-0 text-quiet" />
        )}
        <span className="min-w-0 flex-1">
          {customer === null ? (
            <span className="font-medium text-brand">{words.choose}</span>
          ) : (
            <>
              <span className="sr-only">{words.for} </span>
              <span className="block truncate font-medium">{`${customer.first_name} ${customer.last_name}`}</span>
              <span className="block truncate text-sm text-quiet">{customer.phone}</span>
            </>
          )}
        </span>
        <ChevronRight aria-hidden className="size-5 shrink-0 text-quiet" />
        {customer !== null && <span className="sr-only">{words.change}</span>}
      </button>
      <CustomerSheet isOpen={isOpen} onClose={() => setOpen(false)} onChoose={setCustomer} />
    </div>
  );
}

import { Mail, Pencil, Phone, ShoppingBasket } from 'lucide-react';
import { Link, useLocation } from 'wouter';
import type { CustomerView } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatDay, formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { moveByArrows } from '../arrow-keys.ts';
import { setCustomer } from '../basket/basket.ts';
import { DataSign, useDataState } from '../data-sign.tsx';
import { OrderRow } from '../orders/order-row.tsx';
import { CustomerForm } from './customer-form.tsx';

const words = salesWords.customers;

export function CustomerDetail({ customerId, isEdited }: { customerId: string; isEdited: boolean }) {
  const view = useView<CustomerView>('customer', { id: customerId });
  return (
    <ShowView view={view} failedTitle={salesWords.failed}>
      {(value) => (isEdited ? <Edit view={value} /> : <Customer view={value} />)}
    </ShowView>
  );
}

function Edit({ view: { customer } }: { view: CustomerView }) {
  const [, go] = useLocation();
  const back = `/customers/${customer.customer_id}`;
  return (
    <div className="mx-auto max-w-xl">
      <PageHeading title={words.editTitle(nameOf(customer))} backHref={back} />
      <CustomerForm
        customer={customer}
        onDone={(id) => go(`/customers/${id}`, { replace: true })}
        onLeave={() => go(back, { replace: true })}
      />
    </div>
  );
}

function Customer({ view: { customer, orders, spent } }: { view: CustomerView }) {
  const [, go] = useLocation();
  const data = useDataState('customers', customer.customer_id);
  const counted = orders.filter(({ status }) => status !== 'cancelled' && status !== 'restocked').length;
  const startBasket = () => {
    setCustomer(customer.customer_id);
    showToast({ tone: 'done', text: words.started(nameOf(customer)) });
    go('/');
  };
  return (
    <article className="mx-auto max-w-2xl">
      <PageHeading title={nameOf(customer)} backHref="/customers" isBackForPhones aside={<DataSign state={data} />}>
        <p className="mt-0.5 text-sm text-quiet">{words.since(formatDay(customer.created_at))}</p>
      </PageHeading>
      <p className="tabular text-4xl font-semibold">{formatMoney(spent)}</p>
      <p className="tabular text-quiet">{words.spent(counted)}</p>
      <ul className="mt-4 space-y-1">
        <li className="flex items-center gap-3">
          <Phone aria-hidden className="size-4 shrink-0 text-quiet" />
          <a href={`tel:${customer.phone}`} className="tabular inline-flex min-h-11 items-center">
            {customer.phone}
          </a>
        </li>
        <li className="flex min-w-0 items-center gap-3">
          <Mail aria-hidden className="size-4 shrink-0 text-quiet" />
          <a href={`mailto:${customer.email}`} className="inline-flex min-h-11 min-w-0 items-center break-all">
            {customer.email}
          </a>
        </li>
      </ul>
      <div className="mt-4 flex flex-wrap gap-3">
        <Button look="primary" icon={ShoppingBasket} onClick={startBasket} className="flex-1 sm:flex-none">
          {words.startBasket}
        </Button>
        <Link
          href={`/customers/${customer.customer_id}/edit`}
          className="inline-flex min-h-11 items-center justify-center gap-2 rounded-xl border border-line bg-panel px-4 font-medium"
        >
          <Pencil aria-hidden className="size-5" />
          {words.edit}
        </Link>
      </div>
      <h2 className="mt-8 mb-1 text-lg font-semibold">{words.history}</h2>
      {orders.length === 0 && <p className="text-quiet">{words.noOrders}</p>}
      <ul onKeyDown={moveByArrows} className="divide-y divide-line">
        {orders.map((order) => (
          <OrderRow key={order.order_id} order={order} known="customer" />
        ))}
      </ul>
    </article>
  );
}

const nameOf = ({ first_name, last_name }: CustomerView['customer']): string => `${first_name} ${last_name}`;

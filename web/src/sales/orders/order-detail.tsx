import { PackageCheck, Printer, Undo2, UserRound } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { OrderView } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { useOperation } from '../../shared/device/operations.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatMoment, formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { DataSign, useDataState } from '../data-sign.tsx';
import { toldNotDone } from '../not-done.ts';
import { orderNumber } from '../order-number.ts';
import { CancelSheet } from './cancel-sheet.tsx';
import { OrderLife } from './order-life.tsx';
import { OrderStatus } from './order-status.tsx';
import { TakeBackSheet } from './take-back-sheet.tsx';

const words = salesWords.orders;

export function OrderDetail({ orderId }: { orderId: string }) {
  const view = useView<OrderView>('order', { id: orderId });
  return (
    <ShowView view={view} failedTitle={salesWords.failed}>
      {(value) => <Detail view={value} />}
    </ShowView>
  );
}

function Detail({ view }: { view: OrderView }) {
  const { order } = view;
  const number = orderNumber(order.order_id);
  const data = useDataState('orders', order.order_id);
  return (
    <article className="mx-auto max-w-2xl">
      <PageHeading title={words.number(number)} backHref="/orders" isBackForPhones>
        <p className="tabular mt-0.5 text-sm text-quiet">{formatMoment(order.order_date)}</p>
      </PageHeading>
      <p className="tabular text-4xl font-semibold">{formatMoney(order.total)}</p>
      <div className="mt-2 flex flex-wrap gap-2">
        <OrderStatus status={order.status} />
        <DataSign state={data} />
      </div>
      <Link
        href={`/customers/${order.customer_id}`}
        className="mt-1 inline-flex min-h-11 items-center gap-2 font-medium"
      >
        <UserRound aria-hidden className="size-5 text-quiet" />
        {order.customer_name}
      </Link>
      <Actions view={view} number={number} />
      <Items view={view} />
      <h2 className="mt-8 mb-2 text-lg font-semibold">{words.life}</h2>
      <OrderLife view={view} />
    </article>
  );
}

function Actions({ view, number }: { view: OrderView; number: string }) {
  const { order, items, returns } = view;
  const [asks, setAsks] = useState<'take back' | 'cancel' | null>(null);
  const complete = useOperation('complete_order');
  const isOpen = order.status === 'completed' || order.status === 'pending';
  const isAnythingLeft = items.some(({ quantity, returnedUnits }) => returnedUnits < quantity);
  const handOver = async () => {
    const outcome = await complete.run({ order_id: order.order_id });
    showToast(outcome.outcome === 'done' ? { tone: 'done', text: words.handedOver(number) } : toldNotDone(outcome));
  };
  return (
    <div className="mt-3 flex flex-wrap gap-3">
      {order.status === 'pending' && (
        <Button look="primary" icon={PackageCheck} isBusy={complete.isPending} onClick={handOver}>
          {words.handOver}
        </Button>
      )}
      <Link
        href={`/orders/${order.order_id}/receipt`}
        className="inline-flex min-h-11 items-center justify-center gap-2 rounded-xl border border-line bg-panel px-4 font-medium"
      >
        <Printer aria-hidden className="size-5" />
        {words.receipt}
      </Link>
      {isOpen && isAnythingLeft && (
        <Button icon={Undo2} onClick={() => setAsks('take back')}>
          {words.takeBack}
        </Button>
      )}
      {isOpen && returns.length === 0 && (
        <Button look="quiet" onClick={() => setAsks('cancel')} className="text-failed">
          {words.cancel}
        </Button>
      )}
      {asks === 'take back' && <TakeBackSheet view={view} onClose={() => setAsks(null)} />}
      {asks === 'cancel' && <CancelSheet order={order} onClose={() => setAsks(null)} />}
    </div>
  );
}

function Items({ view: { order, items, refunded, tax_percent } }: { view: OrderView }) {
  return (
    <>
      <ul className="mt-6 divide-y divide-line border-y border-line">
        {items.map((item) => (
          <li key={item.order_item_id} className="flex justify-between gap-4 py-3">
            <div className="min-w-0">
              <Link href={`/products/${item.product_id}`} className="font-medium">
                {item.product_name}
              </Link>
              <p className="tabular text-sm text-quiet">
                {words.each(item.quantity, formatMoney(item.unit_price))}
                {item.discount_percent > 0 && ` · ${words.off(item.discount_percent)}`}
              </p>
              {item.returnedUnits > 0 && order.status !== 'cancelled' && (
                <p className="tabular text-sm text-low">{words.returnedUnits(item.returnedUnits)}</p>
              )}
            </div>
            <span className="tabular font-medium">{formatMoney(item.line_total)}</span>
          </li>
        ))}
      </ul>
      <dl className="tabular mt-3 grid grid-cols-[1fr_auto] gap-y-1">
        <dt className="text-quiet">{salesWords.basket.subtotal}</dt>
        <dd className="text-right">{formatMoney(order.subtotal)}</dd>
        <dt className="text-quiet">{salesWords.basket.tax(tax_percent)}</dt>
        <dd className="text-right">{formatMoney(order.tax)}</dd>
        <dt className="text-lg font-semibold">{salesWords.basket.total}</dt>
        <dd className="text-right text-lg font-semibold">{formatMoney(order.total)}</dd>
        {refunded > 0 && (
          <>
            <dt className="font-medium">{words.refunded}</dt>
            <dd className="text-right font-medium">{`−${formatMoney(refunded)}`}</dd>
          </>
        )}
      </dl>
    </>
  );
}

import type { Order } from '../../../../src/device/api.ts';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatMoment, formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { moveByArrows } from '../arrow-keys.ts';
import { dayOf } from './days.ts';
import { OrderRow } from './order-row.tsx';

const words = salesWords.today;
const ORDERS_MAX = 500;

/** While no order is chosen: what was sold today, and what waits for its customer. */
export function TodayView() {
  const view = useView<readonly Order[]>('orders', { limit: ORDERS_MAX });
  return (
    <ShowView view={view} failedTitle={salesWords.failed}>
      {(orders) => <Today orders={orders} />}
    </ShowView>
  );
}

function Today({ orders }: { orders: readonly Order[] }) {
  const today = dayOf(Date.now());
  const sold = orders.filter(
    ({ order_date, status }) => dayOf(order_date) === today && status !== 'cancelled' && status !== 'restocked',
  );
  const waiting = orders.filter(({ status }) => status === 'pending');
  const [newest] = orders;
  return (
    <div className="mx-auto max-w-2xl">
      <p className="tabular text-4xl font-semibold">
        {formatMoney(sold.reduce((cents, { total }) => cents + Math.round(total * 100), 0) / 100)}
      </p>
      <p className="tabular text-quiet">{words.sold(sold.length)}</p>
      {sold.length === 0 && newest !== undefined && (
        <p className="tabular text-quiet">{words.last(formatMoment(newest.order_date))}</p>
      )}
      {waiting.length > 0 && (
        <section className="mt-8">
          <h2 className="mb-1 text-lg font-semibold">{words.waiting(waiting.length)}</h2>
          <ul onKeyDown={moveByArrows} className="divide-y divide-line">
            {waiting.slice(0, 12).map((order) => (
              <OrderRow key={order.order_id} order={order} known="status" />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

import { Link } from 'wouter';
import type { Order } from '../../../../src/device/api.ts';
import { formatClock, formatDay, formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { stop } from '../arrow-keys.ts';
import { orderNumber } from '../order-number.ts';
import { OrderStatus } from './order-status.tsx';

const words = salesWords.orders;

interface OrderRowProps {
  readonly order: Order;
  readonly isChosen?: boolean;
  /** Says the day, not the name. */
  readonly isOfOneCustomer?: boolean;
}

export function OrderRow({ order, isChosen = false, isOfOneCustomer = false }: OrderRowProps) {
  const { order_id, customer_name, order_date, item_count, total, status } = order;
  const number = orderNumber(order_id);
  const isOver = status === 'cancelled' || status === 'restocked';
  return (
    <li>
      <Link
        {...stop}
        href={`/orders/${order_id}`}
        {...(isChosen ? { 'aria-current': 'page' as const } : {})}
        className="-mx-2 block rounded-xl px-2 py-3 aria-[current]:bg-brand-soft"
      >
        <span className="flex items-baseline justify-between gap-3">
          <span className="truncate font-medium">{isOfOneCustomer ? words.number(number) : customer_name}</span>
          <span className={`tabular font-semibold ${isOver ? 'text-quiet line-through' : ''}`}>
            {formatMoney(total)}
          </span>
        </span>
        <span className="mt-1 flex items-center justify-between gap-3">
          <span className="tabular truncate text-sm text-quiet">
            {isOfOneCustomer ? formatDay(order_date) : `${formatClock(new Date(order_date))} · ${number}`} ·{' '}
            {words.items(item_count)}
          </span>
          {(status !== 'completed' || isOfOneCustomer) && <OrderStatus status={status} />}
        </span>
      </Link>
    </li>
  );
}

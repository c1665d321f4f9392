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
  /** What the list around it says already. */
  readonly known?: 'day' | 'customer' | 'status';
}

export function OrderRow({ order, isChosen = false, known = 'day' }: OrderRowProps) {
  const { order_id, customer_name, order_date, item_count, total, status } = order;
  const number = orderNumber(order_id);
  const detail = [
    known === 'day' ? formatClock(new Date(order_date)) : formatDay(order_date),
    known === 'customer' ? words.items(item_count) : number,
  ];
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
          <span className="truncate font-medium">{known === 'customer' ? words.number(number) : customer_name}</span>
          <span className={`tabular font-semibold ${isOver ? 'text-quiet line-through' : ''}`}>
            {formatMoney(total)}
          </span>
        </span>
        <span className="mt-1 flex items-center justify-between gap-3">
          <span className="tabular truncate text-sm text-quiet">{detail.join(' · ')}</span>
          {known !== 'status' && (known === 'customer' || status !== 'completed') && <OrderStatus status={status} />}
        </span>
      </Link>
    </li>
  );
}

import type { OrderView } from '../../../../src/device/api.ts';
import { formatMoment } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { shortStoreName } from '../store-name.ts';

const words = salesWords.orders;

interface Step {
  readonly key: string;
  readonly text: string;
  readonly detail: string;
  readonly at: string;
}

/** What happened to an order, from its sale to its end. */
export function OrderLife({ view }: { view: OrderView }) {
  return (
    <ol className="relative space-y-4 border-l-2 border-line pl-5">
      {stepsOf(view).map(({ key, text, detail, at }) => (
        <li key={key} className="relative">
          <span aria-hidden className="absolute top-1.5 -left-[1.6rem] size-2.5 rounded-full bg-quiet" />
          <p className="font-medium">{text}</p>
          <p className="tabular text-sm text-quiet">
            {[formatMoment(at), detail].filter((part) => part !== '').join(' · ')}
          </p>
        </li>
      ))}
    </ol>
  );
}

function stepsOf({ order, returns }: OrderView): Step[] {
  const { status, order_date, updated_at, store_name } = order;
  const sold = { key: 'sold', text: words.sold(shortStoreName(store_name)), detail: '', at: order_date };
  if (status === 'cancelled') {
    const reason = returns.at(-1)?.reason ?? '';
    return [sold, { key: 'cancelled', text: words.wasCancelled, detail: reason, at: updated_at }];
  }
  const back = returns.map(({ movement_id, product_name, units, reason, occurred_at }) => ({
    key: movement_id,
    text: words.cameBack(units, product_name),
    detail: reason,
    at: occurred_at,
  }));
  if (status === 'pending') return [sold, { key: 'waits', text: words.waits, detail: '', at: updated_at }, ...back];
  if (status === 'restocked' && back.length === 0) {
    return [sold, { key: 'restocked', text: words.statuses.restocked, detail: '', at: updated_at }];
  }
  return [sold, ...back];
}

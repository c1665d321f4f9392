import type { OrderView, Store } from '../../../../src/device/api.ts';
import { formatClock, formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { orderNumber, scannedNumber } from '../order-number.ts';
import { Barcode } from './barcode.tsx';

const words = salesWords.receipt;

export type Paper = 'roll' | 'sheet';

/** What the customer takes home. */
export function Receipt({ view, store, paper }: { view: OrderView; store: Store | undefined; paper: Paper }) {
  const { order, items, refunded, tax_percent } = view;
  const number = orderNumber(order.order_id);
  return (
    <div className={`receipt tabular ${paper} ${paper === 'roll' ? 'p-[4mm]' : 'p-[10mm]'}`}>
      <div className={paper === 'roll' ? 'text-center' : ''}>
        <p className="text-lg font-bold">{order.store_name}</p>
        {store !== undefined && <StoreAddress store={store} />}
      </div>
      <div className="mt-3 flex justify-between gap-2 border-y border-dashed border-[#888] py-2">
        <span className="font-bold whitespace-nowrap">{salesWords.orders.number(number)}</span>
        <span className="whitespace-nowrap">{momentWithYear(order.order_date)}</span>
      </div>
      <p className="mt-2">{`${words.customer}: ${order.customer_name}`}</p>
      {order.status === 'cancelled' && <p className="mt-2 text-center text-lg font-bold">{words.cancelled}</p>}
      {order.status === 'pending' && <p className="mt-2 font-bold">{words.waits}</p>}
      <table className="mt-2 w-full">
        <thead>
          <tr className="border-b border-dashed border-[#888] text-left">
            <th className="py-1 font-bold">{words.item}</th>
            <th className="py-1 text-right font-bold">{words.amount}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.order_item_id} className="break-inside-avoid align-top">
              <td className="py-1 pr-2">
                {item.product_name}
                <span className="fine block">
                  {salesWords.orders.each(item.quantity, formatMoney(item.unit_price))}
                  {item.discount_percent > 0 && ` · ${salesWords.orders.off(item.discount_percent)}`}
                  {item.returnedUnits > 0 &&
                    order.status !== 'cancelled' &&
                    ` · ${salesWords.orders.returnedUnits(item.returnedUnits)}`}
                </span>
              </td>
              <td className="py-1 text-right">{formatMoney(item.line_total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <dl className="mt-1 grid grid-cols-[1fr_auto] gap-y-0.5 border-t border-dashed border-[#888] pt-2">
        <dt>{salesWords.basket.subtotal}</dt>
        <dd className="text-right">{formatMoney(order.subtotal)}</dd>
        <dt>{salesWords.basket.tax(tax_percent)}</dt>
        <dd className="text-right">{formatMoney(order.tax)}</dd>
        <dt className="text-base font-bold">{salesWords.basket.total}</dt>
        <dd className="text-right text-base font-bold">{formatMoney(order.total)}</dd>
        {refunded > 0 && (
          <>
            <dt className="font-bold">{salesWords.orders.refunded}</dt>
            <dd className="text-right font-bold">{`−${formatMoney(refunded)}`}</dd>
          </>
        )}
      </dl>
      <div className="mt-4 w-[64mm] text-center">
        <Barcode text={scannedNumber(order.order_id)} label={words.barcode(number)} />
        <p className="tracking-widest">{scannedNumber(order.order_id)}</p>
      </div>
      <p className={`fine mt-3 ${paper === 'roll' ? 'text-center' : ''}`}>{words.thanks}</p>
    </div>
  );
}

/** `2026-11-22T08:14:00Z` → "11/22/2026 08:14", in the reader's time zone. */
const momentWithYear = (time: string): string =>
  `${new Date(time).toLocaleDateString('en-US')} ${formatClock(new Date(time))}`;

function StoreAddress({ store: { is_online, location } }: { store: Store }) {
  const town = `${location.city}, ${location.state} ${location.zip}`;
  return (
    <p className="fine">
      {!is_online && (
        <>
          {location.address}
          <br />
        </>
      )}
      {town}
    </p>
  );
}

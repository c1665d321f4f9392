import { ArrowLeftRight, Ban, ClipboardCheck, PackagePlus, UserCheck } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { ProductView } from '../../../../src/device/api.ts';
import { Badge } from '../../shared/components/badge.tsx';
import { Button } from '../../shared/components/button.tsx';
import { useMay } from '../../shared/device/use-may.ts';
import { useView } from '../../shared/device/use-view.ts';
import { formatCount, formatList } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { placeText, shortStoreName } from '../place-text.ts';
import type { ProductStep } from '../product/product-sheet.tsx';
import type { AlertRow } from './alert-rows.ts';
import { CancelOrderSheet, shortOrderId } from './cancel-order-sheet.tsx';
import { takeOn } from './low-row.tsx';

const words = workerWords.alerts;

/** More was sold than there is: which orders wait for it, and the ways out that this role may go. */
export function OversoldCard({ row: { item, alert }, onStep }: { row: AlertRow; onStep: (step: ProductStep) => void }) {
  const { product_id: productId, product_name, believedUnits, location, unitsOnOrder, unitsInTransit } = item;
  const product = useView<ProductView>('product', { id: productId });
  const [best] = product.state === 'ready' ? product.value.elsewhere : [];
  const missing = -believedUnits;
  const orders = (alert?.facts['orders'] ?? {}) as Readonly<Record<string, number>>;
  const orderIds = Object.keys(orders);
  const mayCancel = useMay('cancel_order') && orderIds.length > 0;
  const [isCancelling, setCancelling] = useState(false);
  const coming = unitsOnOrder + unitsInTransit;
  return (
    <li className="rounded-2xl border border-failed bg-panel p-4 sm:p-5">
      <div className="flex items-start gap-4">
        <span className="tabular text-5xl leading-none font-bold text-failed">{formatCount(missing)}</span>
        <div className="min-w-0 flex-1">
          <Link href={`/product/${productId}`} className="font-semibold">
            {product_name}
          </Link>
          <p>{words.tooMany(missing)}</p>
          <p className="text-sm text-quiet">
            {placeText(location)}
            {coming > 0 && ` · ${words.unitsComing(formatCount(coming))}`}
          </p>
          {orderIds.length > 0 && (
            <p className="mt-1 text-sm break-words text-quiet">
              {words.orders(formatList(orderIds.map(shortOrderId)), orderIds.length)}
            </p>
          )}
        </div>
      </div>
      <div className="mt-4 flex flex-wrap items-center gap-2">
        {best !== undefined && best.stock_level > 0 && (
          <Button
            look="primary"
            icon={ArrowLeftRight}
            onClick={() => onStep({ productId, step: 'request', fromStore: best.store_id })}
          >
            {words.requestFrom(shortStoreName(best.store_name), formatCount(best.stock_level))}
          </Button>
        )}
        <Button icon={PackagePlus} onClick={() => onStep({ productId, step: 'order' })}>
          {words.backOrder}
        </Button>
        <Button icon={ClipboardCheck} onClick={() => onStep({ productId, step: 'count' })}>
          {words.countAgain}
        </Button>
        {mayCancel && (
          <Button icon={Ban} onClick={() => setCancelling(true)}>
            {workerWords.cancelOrder.open}
          </Button>
        )}
        {alert?.state === 'open' && (
          <Button look="quiet" icon={UserCheck} onClick={() => takeOn(alert.alert_id)}>
            {words.takeOn}
          </Button>
        )}
        {alert?.state === 'acknowledged' && (
          <Badge icon={UserCheck} tone="plain">
            {words.isTakenOn}
          </Badge>
        )}
      </div>
      {isCancelling && (
        <CancelOrderSheet productName={product_name} orders={orders} onClose={() => setCancelling(false)} />
      )}
    </li>
  );
}

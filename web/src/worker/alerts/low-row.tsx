import { Check, UserCheck } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import { Badge } from '../../shared/components/badge.tsx';
import { Button } from '../../shared/components/button.tsx';
import { ProductPicture } from '../../shared/components/product-picture.tsx';
import { StockBar } from '../../shared/components/stock-bar.tsx';
import { act } from '../../shared/device/act.ts';
import { formatCount } from '../../shared/format.ts';
import { workerWords } from '../../words/worker.ts';
import { Units } from '../find/product-rows.tsx';
import { shortPlaceText } from '../place-text.ts';
import type { ProductStep } from '../product/product-sheet.tsx';
import { tellObstacle } from '../undo.ts';
import type { AlertRow } from './alert-rows.ts';

const words = workerWords.alerts;

export const takeOn = (alert_id: string) =>
  act('acknowledge_alert', { alert_id }, () => ({ text: words.takenOn })).then(tellObstacle);

interface LowRowProps {
  readonly row: AlertRow;
  readonly onStep: (step: ProductStep) => void;
}

export const LowRow = memo(function LowRow({ row: { item, alert }, onStep }: LowRowProps) {
  const { product_id: productId, product_name, image_url, location, believedUnits, reorder_threshold } = item;
  const { unitsOnOrder, unitsInTransit, reorder_quantity } = item;
  const isComing = unitsOnOrder + unitsInTransit > 0;
  const facts = [
    shortPlaceText(location),
    ...(unitsOnOrder > 0 ? [workerWords.product.onOrder(formatCount(unitsOnOrder))] : []),
    ...(unitsInTransit > 0 ? [workerWords.product.inTransit(formatCount(unitsInTransit))] : []),
  ];
  return (
    <li className="px-4 py-3 md:flex md:items-center md:gap-6 [contain-intrinsic-size:auto_8rem] [content-visibility:auto]">
      <div className="flex min-w-0 flex-1 items-center gap-3">
        <ProductPicture address={image_url} className="size-12" />
        <div className="min-w-0 flex-1">
          <Link href={`/product/${productId}`} className="line-clamp-2 leading-snug font-medium">
            {product_name}
          </Link>
          <p className="tabular mb-1.5 text-sm text-quiet">{facts.join(' · ')}</p>
          <StockBar
            units={believedUnits}
            reorderThreshold={reorder_threshold}
            label={workerWords.product.bar(formatCount(believedUnits), formatCount(reorder_threshold))}
          />
        </div>
        <Units units={believedUnits} threshold={reorder_threshold} />
      </div>
      {!isComing && (
        <div className="mt-2 flex flex-wrap items-center gap-2 pl-15 md:mt-0 md:w-80 md:shrink-0 md:pl-0">
          <Button onClick={() => onStep({ productId, step: 'order' })}>
            {words.order(formatCount(reorder_quantity))}
          </Button>
          <Button look="quiet" onClick={() => onStep({ productId, step: 'request' })}>
            {workerWords.actions.request}
          </Button>
          {alert?.state === 'open' && (
            <Button look="quiet" icon={Check} onClick={() => takeOn(alert.alert_id)}>
              {words.takeOn}
            </Button>
          )}
          {alert?.state === 'acknowledged' && (
            <Badge icon={UserCheck} tone="plain">
              {words.isTakenOn}
            </Badge>
          )}
        </div>
      )}
    </li>
  );
});

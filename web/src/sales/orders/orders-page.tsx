import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { salesWords } from '../../words/sales.ts';
import { ListDetail } from '../list-detail.tsx';
import { OrderDetail } from './order-detail.tsx';
import { OrderList } from './order-list.tsx';
import { TodayView } from './today-view.tsx';

const words = salesWords.orders;

export function OrdersPage({ orderId }: { orderId: string | null }) {
  const [, go] = useLocation();
  useShortcuts(useMemo(() => ({ Escape: () => go('/orders') }), [go]));
  return (
    <ListDetail
      isDetailChosen={orderId !== null}
      list={
        <>
          {orderId === null ? (
            <PageHeading title={words.title} />
          ) : (
            <h2 className="mb-5 pt-1.5 text-2xl leading-tight font-semibold">{words.title}</h2>
          )}
          <OrderList chosenId={orderId} />
        </>
      }
      detail={orderId === null ? <TodayView /> : <OrderDetail key={orderId} orderId={orderId} />}
    />
  );
}

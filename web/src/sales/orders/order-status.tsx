import { CircleCheck, CircleSlash2, Clock, Undo2 } from 'lucide-react';
import type { Order } from '../../../../src/device/api.ts';
import { Badge } from '../../shared/components/badge.tsx';
import { salesWords } from '../../words/sales.ts';

const signs = {
  completed: { icon: CircleCheck, tone: 'good' },
  pending: { icon: Clock, tone: 'transit' },
  restocked: { icon: Undo2, tone: 'plain' },
  cancelled: { icon: CircleSlash2, tone: 'plain' },
} as const;

export function OrderStatus({ status }: { status: Order['status'] }) {
  const { icon, tone } = signs[status];
  return (
    <Badge icon={icon} tone={tone}>
      {salesWords.orders.statuses[status]}
    </Badge>
  );
}

import type { ProductView } from '../../../../src/device/api.ts';
import { useView } from '../../shared/device/use-view.ts';
import { CountOneSheet } from './count-one-sheet.tsx';
import { OrderSheet } from './order-sheet.tsx';
import { RequestSheet } from './request-sheet.tsx';

/** One step on a product, from a list of others. */
export interface ProductStep {
  readonly productId: string;
  readonly step: 'count' | 'order' | 'request';
  readonly fromStore?: string;
}

export function ProductSheet({ step, onClose }: { step: ProductStep; onClose: () => void }) {
  const view = useView<ProductView>('product', { id: step.productId });
  if (view.state !== 'ready' || view.value.here === null) return null;
  const sheet = { view: { ...view.value, here: view.value.here }, onClose };
  switch (step.step) {
    case 'count':
      return <CountOneSheet {...sheet} />;
    case 'order':
      return <OrderSheet {...sheet} />;
    case 'request':
      return <RequestSheet {...sheet} fromStore={step.fromStore ?? null} />;
  }
}

import { useCallback } from 'react';
import { useLocation } from 'wouter';
import type { Order, ProductView } from '../../../src/device/api.ts';
import { showToast } from '../shared/components/toasts.tsx';
import { readView } from '../shared/device/use-view.ts';
import { useScanner } from '../shared/shortcuts.ts';
import { salesWords } from '../words/sales.ts';
import { addToBasket } from './basket/basket.ts';

const words = salesWords.scanned;

/** A product's label goes into the basket; a receipt's barcode opens its order. */
export function useScannedLabels(): void {
  const [, go] = useLocation();
  useScanner(
    useCallback(
      async (text: string) => {
        const found = await readView<ProductView>('product-by-sku', { sku: text }).catch(() => null);
        if (found !== null) {
          addToBasket(found.product.product_id);
          showToast({ tone: 'done', text: words.added(found.product.product_name) });
          return;
        }
        const [order] = await readView<Order[]>('orders-found', { q: text, limit: 1 }).catch(() => []);
        if (order !== undefined) go(`/orders/${order.order_id}`);
        else showToast({ tone: 'failed', text: words.unknown, detail: words.unknownText(text) });
      },
      [go],
    ),
  );
}

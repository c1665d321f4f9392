import { useCallback } from 'react';
import { useLocation } from 'wouter';
import type { ListedProduct, Order } from '../../../src/device/api.ts';
import { showToast } from '../shared/components/toasts.tsx';
import { readView } from '../shared/device/use-view.ts';
import { queryClient } from '../shared/mount.tsx';
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
        const product = await productOfLabel(text);
        if (product !== undefined) {
          addToBasket(product.product_id);
          showToast({ tone: 'done', text: words.added(product.product_name) });
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

/** In the catalogue that is on the screen already, so that a label is in the basket at once. */
async function productOfLabel(text: string): Promise<ListedProduct | undefined> {
  const products = await queryClient
    .ensureQueryData({
      queryKey: ['view', 'catalogue', {}],
      queryFn: () => readView<readonly ListedProduct[]>('catalogue'),
    })
    .catch(() => []);
  const label = text.trim().toUpperCase();
  return products.find(({ sku }) => sku.toUpperCase() === label);
}

import { ClipboardList, LayoutGrid, ShoppingBasket, Users } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { EmptyState } from '../shared/components/empty-state.tsx';
import { KeysHelp } from '../shared/components/keys-help.tsx';
import { PageHeading } from '../shared/components/page-heading.tsx';
import { AppShell } from '../shared/device/app-shell.tsx';
import { ChangesView } from '../shared/device/changes/changes-view.tsx';
import { useLiveDevice } from '../shared/device/live-device.ts';
import { useShortcuts } from '../shared/shortcuts.ts';
import { commonWords } from '../words/common.ts';
import { salesWords as words } from '../words/sales.ts';
import { openBasket, unitsOf, useBasket } from './basket/basket.ts';
import { BasketPage } from './basket/basket-page.tsx';
import { CataloguePage } from './catalogue/catalogue-page.tsx';
import { WithBasket } from './catalogue/with-basket.tsx';
import { CustomersPage } from './customers/customers-page.tsx';
import { OrdersPage } from './orders/orders-page.tsx';
import { ProductPage } from './product/product-page.tsx';
import { ReceiptPage } from './receipt/receipt-page.tsx';
import { useScannedLabels } from './use-scanned-labels.ts';
import { useScrollToTop } from './use-scroll-to-top.ts';

/** Small letters: labels and receipts, which a scanner types, have capitals and digits. */
const appKeys = [
  ['b', words.keys.basket],
  ['c', words.keys.catalogue],
  ['o', words.keys.orders],
  ['p', words.keys.customers],
] as const;

export function SalesApp() {
  const { state } = useLiveDevice();
  const basket = useBasket();
  const units = unitsOf(basket);
  const deviceId = state?.deviceId;
  useEffect(() => {
    if (deviceId !== undefined) openBasket(deviceId);
  }, [deviceId]);
  useScrollToTop();
  useScannedLabels();
  useAppKeys();
  return (
    <AppShell
      changesHref="/changes"
      places={[
        { href: '/', label: words.places.catalogue, icon: LayoutGrid, within: ['/products/'] },
        {
          href: '/basket',
          label: words.places.basket,
          icon: ShoppingBasket,
          waiting: { count: units, label: words.inBasket(units) },
        },
        { href: '/orders', label: words.places.orders, icon: ClipboardList },
        { href: '/customers', label: words.places.customers, icon: Users },
      ]}
    >
      <p role="status" className="sr-only">
        {units > 0 && words.inBasket(units)}
      </p>
      <Pages />
      <KeysHelp more={appKeys} />
    </AppShell>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <WithBasket>
          <CataloguePage />
        </WithBasket>
      </Route>
      <Route path="/products/:id">
        {({ id }) => (
          <WithBasket>
            <ProductPage key={id} productId={id} />
          </WithBasket>
        )}
      </Route>
      <Route path="/basket" component={BasketPage} />
      <Route path="/orders/:id/receipt">{({ id }) => <ReceiptPage key={id} orderId={id} />}</Route>
      <Route path="/orders/:id?">{({ id }) => <OrdersPage orderId={id ?? null} />}</Route>
      <Route path="/customers/:id?/:edit?">
        {({ id, edit }) => <CustomersPage customerId={id ?? null} isEdited={edit === 'edit'} />}
      </Route>
      <Route path="/changes" component={ChangesView} />
      <Route>
        <div className="p-4">
          <PageHeading title={commonWords.notFound.title} />
          <EmptyState icon={LayoutGrid} title={commonWords.notFound.title}>
            <Link href="/" className="inline-flex min-h-11 items-center font-medium text-brand">
              {commonWords.notFound.next}
            </Link>
          </EmptyState>
        </div>
      </Route>
    </Switch>
  );
}

function useAppKeys(): void {
  const [, go] = useLocation();
  useShortcuts(
    useMemo(
      () => ({
        b: () => go('/basket'),
        c: () => go('/'),
        o: () => go('/orders'),
        p: () => go('/customers'),
      }),
      [go],
    ),
  );
}

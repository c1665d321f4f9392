import { MapPin, ShoppingBasket } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { ProductView, Substitute } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { Panel } from '../../shared/components/panel.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { useView } from '../../shared/device/use-view.ts';
import { formatMoney } from '../../shared/format.ts';
import { useShortcuts } from '../../shared/shortcuts.ts';
import { salesWords } from '../../words/sales.ts';
import { moveByArrows } from '../arrow-keys.ts';
import { addToBasket, UNITS_MAX, useBasket } from '../basket/basket.ts';
import { leftCatalogueAddress } from '../catalogue/catalogue-place.ts';
import { ProductCard } from '../catalogue/product-card.tsx';
import { OtherStores } from './other-stores.tsx';
import { Specifications } from './specifications.tsx';

const words = salesWords.product;

export function ProductPage({ productId }: { productId: string }) {
  const view = useView<ProductView>('product', { id: productId });
  const [, go] = useLocation();
  useShortcuts(useMemo(() => ({ Escape: () => go(leftCatalogueAddress()) }), [go]));
  return (
    <ShowView view={view} failedTitle={salesWords.failed}>
      {(value) => <Product view={value} />}
    </ShowView>
  );
}

function Product({ view: { product, here, elsewhere } }: { view: ProductView }) {
  const units = here?.believedUnits ?? 0;
  return (
    <article className="mx-auto max-w-4xl">
      <PageHeading title={product.product_name} backHref={leftCatalogueAddress()}>
        <p className="tabular mt-0.5 text-sm text-quiet">{product.sku}</p>
      </PageHeading>
      <div className="grid gap-5 lg:grid-cols-[16rem_minmax(0,1fr)]">
        <div className="grid h-44 place-items-center rounded-2xl bg-sunken lg:h-auto">
          <img src={product.image_url} alt="" width={144} height={144} className="size-36 lg:size-44" />
        </div>
        <div>
          <p className="tabular text-3xl font-semibold">{formatMoney(product.base_price)}</p>
          <p className="text-sm text-quiet">{words.perUnit}</p>
          <Answer here={here} />
          <AddToBasket productId={product.product_id} name={product.product_name} />
          <p className="mt-5 max-w-prose">{product.product_description}</p>
        </div>
      </div>
      <div className="mt-6 grid gap-5 lg:grid-cols-2">
        <Panel title={words.elsewhere} aside={words.elsewhereAside}>
          <OtherStores stores={elsewhere} />
        </Panel>
        <Panel title={words.specifications}>
          <Specifications specifications={product.specifications} />
        </Panel>
      </div>
      <Substitutes productId={product.product_id} isShort={units <= 0} />
    </article>
  );
}

/** What is asked first: how many, and where. */
function Answer({ here }: { here: ProductView['here'] }) {
  if (here === null) return <p className="mt-4 text-lg font-semibold text-quiet">{words.unkept}</p>;
  const { believedUnits: units, location, unitsOnOrder, unitsInTransit } = here;
  const coming = unitsOnOrder + unitsInTransit;
  return (
    <div className="mt-4">
      <p className={`tabular text-xl font-semibold ${units > 0 ? 'text-brand' : 'text-failed'}`}>
        {words.answer(units)}
      </p>
      <p className="mt-0.5 flex items-center gap-1.5 text-quiet">
        <MapPin aria-hidden className="size-4 shrink-0" />
        {words.place(location.aisle, location.shelf, location.bin)}
      </p>
      {coming > 0 && <p className="mt-0.5 text-transit">{words.coming(coming)}</p>}
    </div>
  );
}

function AddToBasket({ productId, name }: { productId: string; name: string }) {
  const [quantity, setQuantity] = useState<number | null>(1);
  const add = () => {
    addToBasket(productId, quantity ?? 1);
    setQuantity(1);
    showToast({ tone: 'done', text: salesWords.catalogue.added(name) });
  };
  return (
    <div className="sticky bottom-[calc(4rem+env(safe-area-inset-bottom))] z-10 -mx-4 mt-4 flex items-end gap-3 border-t border-line bg-paper px-4 py-3 md:static md:mx-0 md:border-0 md:p-0">
      <NumberStepper
        label={words.quantity}
        isLabelHidden
        value={quantity}
        onChange={setQuantity}
        min={1}
        max={UNITS_MAX}
      />
      <Button
        look="primary"
        icon={ShoppingBasket}
        onClick={add}
        className="min-h-12 min-w-0 flex-1 whitespace-nowrap xl:flex-none xl:px-6"
      >
        {words.toBasket}
      </Button>
    </div>
  );
}

function Substitutes({ productId, isShort }: { productId: string; isShort: boolean }) {
  const view = useView<readonly Substitute[]>('substitutes', { id: productId });
  const { lines } = useBasket();
  if (view.state !== 'ready' || view.value.length === 0) return null;
  return (
    <section className="mt-8">
      <h2 className="mb-3 text-lg font-semibold">{isShort ? words.substitutes : words.similar}</h2>
      <ul onKeyDown={moveByArrows} className="grid grid-cols-2 gap-3 lg:grid-cols-3 xl:grid-cols-4">
        {view.value.map((substitute) => (
          <ProductCard
            key={substitute.product_id}
            product={substitute}
            units={substitute.believedUnits}
            unitsInBasket={lines.find(({ product_id }) => product_id === substitute.product_id)?.quantity ?? 0}
          />
        ))}
      </ul>
    </section>
  );
}

import { memo, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { FoundProduct } from '../../../../src/device/api.ts';
import { ProductPicture } from '../../shared/components/product-picture.tsx';
import { formatCount } from '../../shared/format.ts';
import { workerWords as words } from '../../words/worker.ts';
import { placeText, shortPlaceText } from '../place-text.ts';

interface ProductRowsProps {
  readonly label: string;
  readonly products: readonly FoundProduct[];
  readonly hrefOf: (productId: string) => string;
  /** Shown beside the list. */
  readonly openId?: string | undefined;
  /** Lit by the arrow keys. */
  readonly litIndex?: number;
}

export function ProductRows({ label, products, hrefOf, openId, litIndex = -1 }: ProductRowsProps) {
  return (
    <ul aria-label={label} className="divide-y divide-line overflow-hidden rounded-2xl border border-line bg-panel">
      {products.map((product, index) => (
        <ProductRow
          key={product.product_id}
          product={product}
          href={hrefOf(product.product_id)}
          isOpen={product.product_id === openId}
          isLit={index === litIndex}
        />
      ))}
    </ul>
  );
}

interface ProductRowProps {
  readonly product: FoundProduct;
  readonly href: string;
  readonly isOpen: boolean;
  readonly isLit: boolean;
}

const ProductRow = memo(function ProductRow({ product, href, isOpen, isLit }: ProductRowProps) {
  const { product_name, sku, image_url, here } = product;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isLit) row.current?.scrollIntoView({ block: 'nearest' });
  }, [isLit]);
  return (
    <li ref={row}>
      <Link
        href={href}
        {...(isOpen ? { 'aria-current': 'page' as const } : {})}
        className={`flex min-h-18 items-center gap-3 px-3 py-2.5 ${isOpen ? 'bg-brand-soft' : isLit ? 'bg-sunken' : ''}`}
      >
        <ProductPicture address={image_url} className="size-12" />
        <span className="min-w-0 flex-1">
          <span className="line-clamp-2 leading-snug font-medium">{product_name}</span>
          <span className="tabular block text-sm text-quiet">
            {here === null ? (
              words.notKept
            ) : (
              <>
                <span aria-hidden>{shortPlaceText(here.location)}</span>
                <span className="sr-only">{placeText(here.location)}</span>
              </>
            )}
            <span className="ml-3 inline-block">{sku}</span>
          </span>
        </span>
        {here !== null && <Units units={here.believedUnits} threshold={here.reorder_threshold} />}
      </Link>
    </li>
  );
});

/** The number, coloured and told in a word where it needs somebody. */
export function Units({ units, threshold }: { units: number; threshold: number }) {
  const [colour, word] =
    units < 0
      ? ['text-failed', words.stock.oversold]
      : units <= threshold
        ? ['text-low', units === 0 ? words.stock.none : words.stock.low]
        : ['text-ink', ''];
  return (
    <span className={`tabular shrink-0 text-right ${colour}`}>
      <span className="block text-xl leading-tight font-semibold">{formatCount(units)}</span>
      <span className="block text-xs font-medium">
        {word === '' ? <span className="sr-only">{words.units(units)}</span> : word}
      </span>
    </span>
  );
}

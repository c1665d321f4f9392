import { Plus } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import type { ListedProduct } from '../../../../src/device/api.ts';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { stop } from '../arrow-keys.ts';
import { addToBasket } from '../basket/basket.ts';
import { StockSign } from '../stock-sign.tsx';

const words = salesWords.catalogue;

interface ProductCardProps {
  readonly product: ListedProduct;
  readonly units: number | undefined;
  readonly unitsInBasket: number;
}

/** A tap on the card opens the product, a tap on + puts one into the basket. */
export const ProductCard = memo(function ProductCard({ product, units, unitsInBasket }: ProductCardProps) {
  const { product_id, product_name, base_price, image_url } = product;
  const isHeld = unitsInBasket > 0;
  return (
    <li className="relative flex flex-col rounded-2xl bg-panel shadow-[0_0_0_1px_var(--line)] has-[a:focus-visible]:shadow-[0_0_0_2px_var(--brand)]">
      <span className="grid h-28 place-items-center rounded-t-2xl bg-sunken">
        <img src={image_url} alt="" loading="lazy" decoding="async" width={72} height={72} className="size-18" />
      </span>
      <div className="flex flex-1 flex-col gap-1 p-3">
        <Link
          {...stop}
          href={`/products/${product_id}`}
          className="line-clamp-2 min-h-10 leading-5 outline-none after:absolute after:inset-0 after:rounded-2xl"
        >
          {product_name}
        </Link>
        <span className="tabular mt-auto text-lg font-semibold">{formatMoney(base_price)}</span>
        <StockSign units={units} className="pr-11" />
      </div>
      <button
        type="button"
        onClick={() => addToBasket(product_id)}
        aria-label={words.add(product_name)}
        className={`absolute right-2 bottom-2 grid size-11 cursor-pointer place-items-center rounded-full active:scale-95 ${isHeld ? 'bg-brand text-on-brand' : 'border border-line bg-panel text-brand'}`}
      >
        <Plus aria-hidden className="size-5" />
      </button>
      {isHeld && (
        <span className="tabular pointer-events-none absolute right-1 bottom-10 min-w-6 rounded-full bg-ink px-1.5 text-center text-sm leading-6 font-semibold text-paper">
          {unitsInBasket}
          <span className="sr-only"> {words.inTheBasket}</span>
        </span>
      )}
    </li>
  );
});

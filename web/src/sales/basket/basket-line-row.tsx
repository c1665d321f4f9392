import { Percent, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { QuotedLine } from '../../../../src/device/api.ts';
import { IconButton } from '../../shared/components/button.tsx';
import { NumberStepper } from '../../shared/components/number-stepper.tsx';
import { ProductPicture } from '../../shared/components/product-picture.tsx';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { type BasketLine, changeLine, removeLine, UNITS_MAX } from './basket.ts';
import { DiscountSheet } from './discount-sheet.tsx';
import { ShortNote } from './short-note.tsx';
import { changeWithUndo } from './with-undo.ts';

const words = salesWords.basket;

/** Units and discount as they are in the basket at this moment; what they come to follows with the quote. */
export function BasketLineRow({ line, quoted }: { line: BasketLine; quoted: QuotedLine }) {
  const [isDiscountOpen, setDiscountOpen] = useState(false);
  const { product_id, quantity, discount_percent } = line;
  const { product } = quoted;
  const name = product.product_name;
  return (
    <li className="py-3">
      <div className="flex gap-3">
        <ProductPicture address={product.image_url} className="size-12" />
        <div className="min-w-0 flex-1">
          <Link href={`/products/${product_id}`} className="line-clamp-2 leading-5 font-medium">
            {name}
          </Link>
          <p className="tabular text-sm text-quiet">{words.each(formatMoney(quoted.unit_price))}</p>
        </div>
        <div className="tabular text-right">
          <p className="font-semibold">{formatMoney(quoted.line_total)}</p>
          {discount_percent > 0 && <p className="text-sm text-brand">{words.percentOff(discount_percent)}</p>}
        </div>
      </div>
      <div className="mt-2 flex items-center gap-2">
        <NumberStepper
          label={words.quantity(name)}
          isLabelHidden
          value={quantity}
          onChange={(units) => changeLine(product_id, { quantity: units ?? 1 })}
          min={1}
          max={UNITS_MAX}
        />
        <IconButton
          icon={Percent}
          label={words.discountOf(name)}
          onClick={() => setDiscountOpen(true)}
          className={`ml-auto border-transparent bg-transparent ${discount_percent > 0 ? 'text-brand' : 'text-quiet'}`}
        />
        <IconButton
          icon={Trash2}
          label={words.remove(name)}
          onClick={() => changeWithUndo(words.removed(name), () => removeLine(product_id))}
          className="border-transparent bg-transparent text-quiet"
        />
      </div>
      {quoted.missingUnits > 0 && <ShortNote line={quoted} />}
      <DiscountSheet
        name={name}
        percent={discount_percent}
        isOpen={isDiscountOpen}
        onClose={() => setDiscountOpen(false)}
        onChoose={(percent) => changeLine(product_id, { discount_percent: percent })}
      />
    </li>
  );
}

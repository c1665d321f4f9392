import { TriangleAlert } from 'lucide-react';
import type { QuotedLine } from '../../../../src/device/api.ts';
import { Button } from '../../shared/components/button.tsx';
import { formatMoney } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { shortStoreName } from '../store-name.ts';
import { changeLine, removeLine, swapLine } from './basket.ts';
import { changeWithUndo } from './with-undo.ts';

const words = salesWords.short;
const STORES_MAX = 3;

/** Under a line of which there is less than the basket wants: how much there is, and the ways out. */
export function ShortNote({ line }: { line: QuotedLine }) {
  const { product, product_id, quantity, substitutes } = line;
  const name = product.product_name;
  const units = Math.max(0, line.believedUnits ?? 0);
  const swap = (otherId: string, otherName: string) =>
    changeWithUndo(words.swapped(name, otherName), () => swapLine(product_id, otherId));
  const takeOut = () => changeWithUndo(salesWords.basket.removed(name), () => removeLine(product_id));
  return (
    <div role="alert" className="mt-3 rounded-xl border border-low p-3">
      <p className="flex items-center gap-2 font-semibold text-low">
        <TriangleAlert aria-hidden className="size-4 shrink-0" />
        {words.only(units, quantity)}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {units > 0 && <Button onClick={() => changeLine(product_id, { quantity: units })}>{words.fewer(units)}</Button>}
        {units === 0 && <Button onClick={takeOut}>{words.out}</Button>}
      </div>
      {substitutes.length > 0 && (
        <>
          <p className="mt-3 text-sm text-quiet">{words.insteadTitle}</p>
          <ul className="divide-y divide-line">
            {substitutes.map((other) => (
              <li key={other.product_id}>
                <button
                  type="button"
                  onClick={() => swap(other.product_id, other.product_name)}
                  className="flex min-h-11 w-full cursor-pointer items-center justify-between gap-3 text-left"
                >
                  <span className="min-w-0 py-1 leading-5 font-medium text-brand">{other.product_name}</span>
                  <span className="tabular shrink-0 text-right text-sm leading-5">
                    {formatMoney(other.base_price)}
                    <span className="block text-quiet">{words.insteadHere(other.believedUnits)}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p className="tabular mt-2 text-sm text-quiet">{elsewhereText(line)}</p>
    </div>
  );
}

function elsewhereText({ elsewhere }: QuotedLine): string {
  if (elsewhere.length === 0) return words.nowhere;
  const fullest = elsewhere.slice(0, STORES_MAX);
  return words.elsewhere(
    fullest.map(({ store_name, units }) => words.elsewhereStore(shortStoreName(store_name), units)).join(' · '),
  );
}

import type { ProductView } from '../../../../src/device/api.ts';
import { formatCount } from '../../shared/format.ts';
import { salesWords } from '../../words/sales.ts';
import { shortStoreName } from '../store-name.ts';

const words = salesWords.product;

/** Who else has it, the fullest first: a bar beside each number. */
export function OtherStores({ stores }: { stores: ProductView['elsewhere'] }) {
  const having = stores.filter(({ stock_level }) => stock_level > 0);
  const units = having.reduce((sum, { stock_level }) => sum + stock_level, 0);
  const most = Math.max(1, ...having.map(({ stock_level }) => stock_level));
  return (
    <>
      <p className="mb-3 font-medium">{words.elsewhereAnswer(units, having.length)}</p>
      <ul className="space-y-1.5">
        {stores.map(({ store_id, store_name, stock_level }) => (
          <li key={store_id} className="grid grid-cols-[6.5rem_minmax(0,1fr)_2.5rem] items-center gap-3">
            <span className={`truncate ${stock_level > 0 ? '' : 'text-quiet'}`}>{shortStoreName(store_name)}</span>
            <span aria-hidden className="h-2 rounded-full bg-sunken">
              <span
                className="block h-full rounded-full bg-(--brand-partial)"
                style={{ width: `${(100 * Math.max(0, stock_level)) / most}%` }}
              />
            </span>
            <span className={`tabular text-right font-medium ${stock_level > 0 ? '' : 'text-quiet'}`}>
              {formatCount(stock_level)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

import { ShoppingBasket, Trash2 } from 'lucide-react';
import { Link } from 'wouter';
import type { BasketQuote } from '../../../../src/device/api.ts';
import { IconButton } from '../../shared/components/button.tsx';
import { EmptyState } from '../../shared/components/empty-state.tsx';
import { PageHeading } from '../../shared/components/page-heading.tsx';
import { ShowView } from '../../shared/device/show-view.tsx';
import { salesWords } from '../../words/sales.ts';
import { clearBasket, removeLine, unitsOf, useBasket } from './basket.ts';
import { BasketCustomer } from './basket-customer.tsx';
import { BasketLineRow } from './basket-line-row.tsx';
import { CheckOut } from './check-out.tsx';
import { useQuote } from './use-quote.ts';
import { changeWithUndo } from './with-undo.ts';

const words = salesWords.basket;

/** Lines above, what they come to below, and the one button that sells them. */
export function BasketContents({ isPage = false }: { isPage?: boolean }) {
  const basket = useBasket();
  const quote = useQuote();
  const isEmpty = basket.lines.length === 0;
  const clear = () => changeWithUndo(words.cleared, clearBasket);
  return (
    <div className="flex h-full flex-col">
      <header className="flex min-h-16 items-center gap-2 px-4">
        {isPage ? <PageHeading title={words.title} isHidden /> : null}
        {isPage ? (
          <p aria-hidden className="text-2xl font-semibold">
            {words.title}
          </p>
        ) : (
          <h2 className="text-lg font-semibold">{words.title}</h2>
        )}
        <span className="tabular text-sm text-quiet">{!isEmpty && words.units(unitsOf(basket))}</span>
        {!isEmpty && (
          <IconButton
            icon={Trash2}
            label={words.clear}
            onClick={clear}
            className="ml-auto border-transparent bg-transparent text-quiet"
          />
        )}
      </header>
      <BasketCustomer />
      {isEmpty ? (
        <EmptyState icon={ShoppingBasket} title={words.emptyTitle} text={words.emptyText}>
          {isPage && (
            <Link href="/" className="inline-flex min-h-11 items-center font-medium text-brand">
              {words.browse}
            </Link>
          )}
        </EmptyState>
      ) : (
        <ShowView view={quote} failedTitle={salesWords.failed}>
          {(value) => <Quoted quote={value} />}
        </ShowView>
      )}
    </div>
  );
}

function Quoted({ quote }: { quote: BasketQuote }) {
  const { lines } = useBasket();
  return (
    <>
      <div className="min-h-0 flex-1 overflow-y-auto px-4">
        {quote.gone.length > 0 && <Gone productIds={quote.gone} />}
        <ul aria-label={words.title} className="divide-y divide-line">
          {lines.map((line) => {
            const quoted = quote.lines.find(({ product_id }) => product_id === line.product_id);
            return quoted === undefined ? null : <BasketLineRow key={line.product_id} line={line} quoted={quoted} />;
          })}
        </ul>
      </div>
      <CheckOut quote={quote} />
    </>
  );
}

/** Headquarters has taken products out of the catalogue while they were in the basket. */
function Gone({ productIds }: { productIds: readonly string[] }) {
  return (
    <div role="alert" className="mb-2 rounded-xl border border-failed bg-failed-soft p-3">
      <p className="font-medium">{words.goneText(productIds.length)}</p>
      <button
        type="button"
        onClick={() => productIds.forEach(removeLine)}
        className="min-h-11 cursor-pointer font-semibold underline underline-offset-4"
      >
        {words.removeGone}
      </button>
    </div>
  );
}

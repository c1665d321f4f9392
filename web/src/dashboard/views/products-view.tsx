import { useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { PriceRow, ProductSalesRow } from '../../../../src/domain/index.ts';
import { Button } from '../../shared/components/button.tsx';
import { type Column, DataTable } from '../../shared/components/data-table.tsx';
import { Field, SelectField } from '../../shared/components/field.tsx';
import { SearchField } from '../../shared/components/search-field.tsx';
import { Sheet } from '../../shared/components/sheet.tsx';
import { showToast } from '../../shared/components/toasts.tsx';
import { formatCount, formatDollars, formatMoney } from '../../shared/format.ts';
import { postJson } from '../../shared/http.ts';
import { problemOf } from '../../shared/problem.ts';
import { useDebounced } from '../../shared/use-debounced.ts';
import { commonWords } from '../../words/common.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { useLibrary } from '../ask.ts';
import { Answer, AskedPanel, WAITING } from '../asked-panel.tsx';
import { StoreFilter, useFilters } from '../filters.tsx';
import { useIsHeadquarters } from '../session.tsx';

const { products: words, columns } = dashboardWords;
const WEEKS = ['4', '12', '26', '52'];
const AMOUNT = /^\d{1,6}(\.\d{1,2})?$/;

/** What sells, what lies, and what it costs. */
export function ProductsView() {
  const { filters, set } = useFilters('store', 'weeks');
  const asked = { ...filters, limit: '25' };
  const top = useLibrary<readonly ProductSalesRow[]>('top-products', asked);
  const slow = useLibrary<readonly ProductSalesRow[]>('slow-products', asked);
  const best = top.state === 'ready' ? top.value[0] : undefined;
  return (
    <>
      <Answer>
        {best === undefined
          ? top.state === 'ready'
            ? dashboardWords.none
            : WAITING
          : words.topAnswer(best.product_name, formatDollars(best.sales))}
      </Answer>
      <fieldset className="mb-6 flex flex-wrap gap-4">
        <legend className="sr-only">{dashboardWords.filters}</legend>
        <StoreFilter value={filters.store} onChange={(store) => set('store', store)} />
        <SelectField
          label={dashboardWords.weeks}
          value={filters.weeks ?? '12'}
          onChange={(weeks) => set('weeks', weeks === '12' ? '' : weeks)}
          options={WEEKS.map((weeks) => ({ value: weeks, label: dashboardWords.lastWeeks(Number(weeks)) }))}
          className="w-44"
        />
      </fieldset>
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-2">
        <AskedPanel
          title={words.top}
          asked={top}
          csv={{ path: 'queries/top-products', filters: asked }}
          waitingRows={8}
          isEmpty={isEmpty}
        >
          {(rows) => <Sold rows={rows} label={words.top} />}
        </AskedPanel>
        <AskedPanel
          title={words.slow}
          asked={slow}
          csv={{ path: 'queries/slow-products', filters: asked }}
          waitingRows={8}
          isEmpty={isEmpty}
        >
          {(rows) => <Sold rows={rows} label={words.slow} isSlow />}
        </AskedPanel>
        <Prices />
      </div>
    </>
  );
}

const isEmpty = (rows: readonly unknown[]) => rows.length === 0;

function Sold({ rows, label, isSlow = false }: { rows: readonly ProductSalesRow[]; label: string; isSlow?: boolean }) {
  const most = Math.max(1, ...rows.map(({ sales }) => sales));
  const stock: Column<ProductSalesRow> = {
    name: columns.stock,
    show: (row) => formatCount(row.stock),
    isNumber: true,
    isSecondary: true,
  };
  const cover: Column<ProductSalesRow> = {
    name: columns.cover,
    show: ({ weeksOfCover }) => weeksOfCover?.toFixed(1) ?? words.notSold,
    isNumber: true,
  };
  const sales: Column<ProductSalesRow> = {
    name: columns.sales,
    show: (row) => formatDollars(row.sales),
    isNumber: true,
    share: (row) => row.sales / most,
  };
  return (
    <DataTable
      label={label}
      rows={rows}
      keyOf={({ product_id }) => product_id}
      columns={[
        {
          name: columns.product,
          show: ({ product_name, category_name }) => (
            <>
              {product_name} <span className="block text-quiet">{category_name}</span>
            </>
          ),
        },
        { name: columns.units, show: ({ units }) => formatCount(units), isNumber: true, isSecondary: true },
        ...(isSlow ? [stock, cover] : [sales]),
      ]}
    />
  );
}

function Prices() {
  const { filters, set } = useFilters('q');
  const prices = useLibrary<readonly PriceRow[]>('prices', { q: useDebounced(filters.q ?? ''), limit: '50' });
  const [chosen, setChosen] = useState<PriceRow | null>(null);
  const mayChange = useIsHeadquarters();
  const change: Column<PriceRow> = {
    name: words.change,
    isNumber: true,
    show: (row) => (
      <Button icon={Pencil} onClick={() => setChosen(row)} aria-label={`${words.change}: ${row.product_name}`}>
        {words.change}
      </Button>
    ),
  };
  return (
    <>
      <AskedPanel
        title={words.prices}
        note={words.pricesExplain}
        asked={prices}
        csv={{ path: 'queries/prices', filters: { limit: '400' } }}
        className="xl:col-span-2"
      >
        {(rows) => (
          <>
            <SearchField
              label={words.find}
              placeholder={words.find}
              value={filters.q ?? ''}
              onChange={(q) => set('q', q)}
            />
            <div className="mt-3">
              <DataTable
                label={words.prices}
                rows={rows}
                keyOf={({ product_id }) => product_id}
                columns={[
                  { name: columns.product, show: ({ product_name }) => product_name },
                  { name: columns.sku, show: ({ sku }) => sku, isSecondary: true },
                  { name: columns.category, show: ({ category_name }) => category_name, isSecondary: true },
                  {
                    name: columns.cost,
                    show: ({ cost }) => (cost === null ? '–' : formatMoney(cost)),
                    isNumber: true,
                    isSecondary: true,
                  },
                  { name: columns.price, show: ({ base_price }) => formatMoney(base_price), isNumber: true },
                  ...(mayChange ? [change] : []),
                ]}
              />
            </div>
          </>
        )}
      </AskedPanel>
      {chosen !== null && <PriceSheet key={chosen.product_id} product={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

function PriceSheet({ product, onClose }: { product: PriceRow; onClose: () => void }) {
  const client = useQueryClient();
  const [text, setText] = useState(product.base_price.toFixed(2));
  const [fault, setFault] = useState<string | null>(null);
  const set = async (base_price: number) => {
    await postJson(`/api/products/${product.product_id}/price`, { base_price });
    await client.invalidateQueries({ queryKey: ['dashboard', 'queries/prices'] });
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!AMOUNT.test(text.trim()) || Number(text) === 0) {
      setFault(words.badPrice);
      return;
    }
    try {
      await set(Number(text));
      showToast({
        tone: 'done',
        text: words.changed(product.product_name, formatMoney(Number(text))),
        action: { label: commonWords.undo, run: () => void set(product.base_price) },
      });
      onClose();
    } catch (error) {
      const { message, fix } = problemOf(error);
      setFault(`${message} ${fix}`);
    }
  };
  return (
    <Sheet
      title={words.changePrice(product.product_name)}
      description={`${product.sku} · ${formatMoney(product.base_price)}`}
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" type="submit" form="price-form">
          {commonWords.save}
        </Button>
      }
    >
      <form id="price-form" onSubmit={submit}>
        <Field
          label={words.newPrice}
          hint={words.priceHint}
          inputMode="decimal"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={fault}
        />
      </form>
    </Sheet>
  );
}

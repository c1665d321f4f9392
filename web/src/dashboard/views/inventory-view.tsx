import { Link } from 'wouter';
import type { InventoryResult, InventoryRow, LowStockCell, LowStockItem } from '../../../../src/domain/index.ts';
import { DataTable } from '../../shared/components/data-table.tsx';
import { formatCount, formatDollars, formatShortDollars } from '../../shared/format.ts';
import { dashboardWords } from '../../words/dashboard.ts';
import { type Asked, type Filters, useLibrary } from '../ask.ts';
import { Answer, AskedPanel, WAITING } from '../asked-panel.tsx';
import { StoreFilter, useFilters } from '../filters.tsx';
import { shortStoreName } from '../store-name.ts';

const { inventory: words, columns } = dashboardWords;

/** What the stock is worth, how long it lasts, and where it runs out. */
export function InventoryView() {
  const { filters, set } = useFilters('store', 'category');
  const ofStore = { store: filters.store };
  const inventory = useLibrary<InventoryResult>('inventory-value', ofStore);
  const map = useLibrary<readonly LowStockCell[]>('low-stock-map');
  const list = useLibrary<readonly LowStockItem[]>('low-stock', { ...filters, limit: '100' });
  const value = inventory.state === 'ready' ? inventory.value.stores.reduce((sum, row) => sum + row.value, 0) : null;
  const csv = { path: 'queries/inventory-value', filters: ofStore };
  return (
    <>
      <div className="mb-6 flex flex-col gap-4 *:mb-0 xl:flex-row xl:items-start xl:justify-between xl:gap-6">
        <Answer
          detail={`${inventory.state === 'ready' && !inventory.value.isAtCost ? words.atPrice : words.atCost} ${words.cover}`}
        >
          {value === null ? WAITING : words.answer(formatShortDollars(value))}
        </Answer>
        <StoreFilter value={filters.store} onChange={(store) => set('store', store)} />
      </div>
      <div className="grid grid-cols-1 gap-6 xl:grid-cols-2">
        <AskedPanel
          title={words.map}
          note={words.mapExplain}
          asked={map}
          csv={{ path: 'queries/low-stock-map' }}
          waitingRows={8}
          isEmpty={(cells) => cells.length === 0}
          className="xl:col-span-2"
        >
          {(cells) => <HeatMap cells={cells} chosen={filters} />}
        </AskedPanel>
        <AskedPanel title={words.stores} asked={inventory} csv={csv} isEmpty={({ stores }) => stores.length === 0}>
          {({ stores }) => <Worth rows={stores} label={words.stores} name={columns.store} />}
        </AskedPanel>
        <AskedPanel
          title={words.categories}
          asked={inventory}
          csv={csv}
          isEmpty={({ categories }) => categories.length === 0}
        >
          {({ categories }) => <Worth rows={categories} label={words.categories} name={columns.category} />}
        </AskedPanel>
        <AskedPanel
          title={filters.category === undefined ? words.list : words.listOf(nameOfCategory(map, filters.category))}
          {...(filters.category === undefined ? {} : { note: words.listNote })}
          asked={list}
          csv={{ path: 'queries/low-stock', filters: { ...filters, limit: '2000' } }}
          isEmpty={(rows) => rows.length === 0}
          className="xl:col-span-2"
        >
          {(rows) => <LowList rows={rows} />}
        </AskedPanel>
      </div>
    </>
  );
}

const nameOfCategory = (map: Asked<readonly LowStockCell[]>, id: string): string =>
  (map.state === 'ready' ? map.value.find(({ category_id }) => category_id === id)?.category_name : null) ?? id;

function Worth({ rows, label, name }: { rows: readonly InventoryRow[]; label: string; name: string }) {
  const most = Math.max(1, ...rows.map(({ value }) => value));
  return (
    <DataTable
      label={label}
      rows={rows}
      keyOf={({ key }) => key}
      columns={[
        { name, show: (row) => shortStoreName(row.name) },
        { name: columns.units, show: ({ units }) => formatCount(units), isNumber: true, isSecondary: true },
        { name: columns.cover, show: ({ weeksOfCover }) => weeksOfCover?.toFixed(1) ?? '–', isNumber: true },
        {
          name: columns.value,
          show: ({ value }) => formatDollars(value),
          isNumber: true,
          share: ({ value }) => value / most,
        },
      ]}
    />
  );
}

function HeatMap({ cells, chosen }: { cells: readonly LowStockCell[]; chosen: Filters }) {
  const stores = [...new Map(cells.map(({ store_id, store_name }) => [store_id, store_name]))].sort(byName);
  const categories = [...new Map(cells.map(({ category_id, category_name }) => [category_id, category_name]))].sort(
    byName,
  );
  const at = new Map(cells.map((cell) => [`${cell.store_id}/${cell.category_id}`, cell]));
  const most = Math.max(1, ...cells.map(({ low, oversold }) => low + oversold));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section aria-label={words.map} tabIndex={0} className="relative overflow-x-auto">
      <table className="tabular w-full min-w-[56rem] table-fixed border-separate border-spacing-1 text-sm">
        <thead>
          <tr>
            <td className="w-24" />
            {categories.map(([id, name]) => (
              <th key={id} scope="col" className="px-1 pb-1 text-left align-bottom text-xs font-medium text-quiet">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stores.map(([storeId, storeName]) => (
            <tr key={storeId}>
              <th scope="row" className="pr-3 text-left font-normal whitespace-nowrap">
                {shortStoreName(storeName)}
              </th>
              {categories.map(([categoryId]) => (
                <HeatCell key={categoryId} cell={at.get(`${storeId}/${categoryId}`)} most={most} chosen={chosen} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const byName = ([, one]: [string, string], [, other]: [string, string]) => (one < other ? -1 : 1);

function HeatCell(props: { cell: LowStockCell | undefined; most: number; chosen: Filters }) {
  const { cell, most, chosen } = props;
  if (cell === undefined) return <td className="rounded-lg bg-sunken" />;
  const { low, oversold, products } = cell;
  // Mixed with the panel's own colour, so that the number on it can be read in both themes.
  const share = Math.round((45 * (low + oversold)) / most);
  const isChosen = chosen['store'] === cell.store_id && chosen['category'] === cell.category_id;
  return (
    <td className="p-0">
      <Link
        href={
          isChosen ? '/dashboard/inventory' : `/dashboard/inventory?store=${cell.store_id}&category=${cell.category_id}`
        }
        title={words.cell(low, oversold, products)}
        aria-current={isChosen ? 'true' : undefined}
        className={`flex min-h-11 items-center justify-center rounded-lg border-2 px-2 font-medium aria-[current]:border-brand ${oversold > 0 ? 'border-failed' : 'border-transparent'}`}
        style={{ background: `color-mix(in srgb, var(--low) ${share}%, var(--sunken))` }}
      >
        <span aria-hidden>
          {formatCount(low + oversold)}
          {oversold > 0 && ' !'}
        </span>
        <span className="sr-only">
          {`${cell.category_name}, ${shortStoreName(cell.store_name)}: ${words.cell(low, oversold, products)}`}
        </span>
      </Link>
    </td>
  );
}

function LowList({ rows }: { rows: readonly LowStockItem[] }) {
  return (
    <DataTable
      label={words.list}
      rows={rows}
      keyOf={({ store_id, product_id }) => `${store_id}/${product_id}`}
      columns={[
        { name: columns.product, show: ({ product_name }) => product_name },
        { name: columns.store, show: ({ store_name }) => shortStoreName(store_name) },
        { name: columns.category, show: ({ category_name }) => category_name, isSecondary: true },
        {
          name: columns.stock,
          isNumber: true,
          show: ({ stock_level }) => (
            <span className={stock_level < 0 ? 'font-semibold text-failed' : ''}>{formatCount(stock_level)}</span>
          ),
        },
        { name: columns.reorder, show: ({ reorder_threshold }) => formatCount(reorder_threshold), isNumber: true },
      ]}
    />
  );
}

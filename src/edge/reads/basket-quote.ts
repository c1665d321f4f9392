/** What a basket comes to, and what of it is short here: what a sale would say, before it is made. */
import { centsFromMoney, moneyFromCents, orderTotals, TAX_PER_MILLE } from '../../domain/index.ts';
import { believedUnits } from './believed-stock.ts';
import { type ListedProduct, listed, type Substitute, substitutesFor } from './catalogue-view.ts';
import type { StockedItem, StoreReader } from './store-reader.ts';

export const TAX_PERCENT = TAX_PER_MILLE / 10;
const SUBSTITUTES_MAX = 3;

export interface BasketLine {
  readonly product_id: string;
  readonly quantity: number;
  readonly discount_percent: number;
}

export interface QuotedLine extends BasketLine {
  readonly product: ListedProduct;
  readonly unit_price: number;
  readonly discount_amount: number;
  readonly line_total: number;
  /** Null where this store does not keep it. */
  readonly believedUnits: number | null;
  /** 0 where there are enough. */
  readonly missingUnits: number;
  /** Where it is short: stores that have some as of the last sync, the fullest first. */
  readonly elsewhere: readonly { readonly store_id: string; readonly store_name: string; readonly units: number }[];
  /** Where it is short: what may stand in for it. */
  readonly substitutes: readonly Substitute[];
}

export interface BasketQuote {
  readonly lines: readonly QuotedLine[];
  /** Products that are not in the catalogue any more. */
  readonly gone: readonly string[];
  readonly subtotal: number;
  readonly discount_total: number;
  readonly tax: number;
  readonly tax_percent: number;
  readonly total: number;
}

/** Of lines that name each product once. */
export async function basketQuote(
  reader: StoreReader,
  storeId: string,
  lines: readonly BasketLine[],
): Promise<BasketQuote> {
  const wanted = await Promise.all(
    lines.map(async (line) => ({
      line,
      product: await reader.product(line.product_id),
      item: await reader.inventoryItem(storeId, line.product_id),
    })),
  );
  const items = wanted.map(({ item }) => item).filter((item): item is StockedItem => item !== undefined);
  const units = await believedUnits(reader, storeId, items);
  const sold = wanted.flatMap(({ line, product }) =>
    product === undefined
      ? []
      : [
          {
            product: listed(product),
            quantity: line.quantity,
            unitPriceCents: centsFromMoney(product.base_price),
            discountPercent: line.discount_percent,
          },
        ],
  );
  const totals = orderTotals(sold);
  const quoted = totals.lines.map(async (line) => {
    const { product, quantity } = line;
    const believed = units.get(product.product_id) ?? null;
    const missingUnits = Math.max(0, quantity - Math.max(0, believed ?? 0));
    const waysOut = missingUnits === 0 ? NO_WAYS_OUT : await waysOutOf(reader, storeId, product.product_id);
    return {
      product_id: product.product_id,
      product,
      quantity,
      discount_percent: line.discountPercent,
      unit_price: moneyFromCents(line.unitPriceCents),
      discount_amount: moneyFromCents(line.discountCents),
      line_total: moneyFromCents(line.lineTotalCents),
      believedUnits: believed,
      missingUnits,
      ...waysOut,
    };
  });
  return {
    lines: await Promise.all(quoted),
    gone: wanted.filter(({ product }) => product === undefined).map(({ line }) => line.product_id),
    subtotal: moneyFromCents(totals.subtotalCents),
    discount_total: moneyFromCents(totals.discountCents),
    tax: moneyFromCents(totals.taxCents),
    tax_percent: TAX_PERCENT,
    total: moneyFromCents(totals.totalCents),
  };
}

type WaysOut = Pick<QuotedLine, 'elsewhere' | 'substitutes'>;

const NO_WAYS_OUT: WaysOut = { elsewhere: [], substitutes: [] };

async function waysOutOf(reader: StoreReader, storeId: string, productId: string): Promise<WaysOut> {
  const names = new Map((await reader.stores()).map(({ store_id, store_name }) => [store_id, store_name]));
  const elsewhere = (await reader.inventoryOfProduct(productId))
    .filter(({ store_id, stock_level }) => store_id !== storeId && stock_level > 0)
    .map(({ store_id, stock_level }) => ({
      store_id,
      store_name: names.get(store_id) ?? store_id,
      units: stock_level,
    }))
    .sort((one, other) => other.units - one.units);
  return { elsewhere, substitutes: (await substitutesFor(reader, storeId, productId, SUBSTITUTES_MAX)) ?? [] };
}

/** What an order and its lines come to, by the rules of the data set; and what comes back when units are returned. */
import { divideRounded, lineAmounts, taxCentsFromSubtotalCents } from './money.ts';

export interface SoldLine {
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly discountPercent: number;
}

export interface PricedLine extends SoldLine {
  readonly discountCents: number;
  readonly lineTotalCents: number;
}

export interface OrderTotals<Line extends SoldLine> {
  readonly lines: readonly (Line & PricedLine)[];
  readonly subtotalCents: number;
  readonly discountCents: number;
  readonly taxCents: number;
  readonly totalCents: number;
}

export function orderTotals<Line extends SoldLine>(lines: readonly Line[]): OrderTotals<Line> {
  const priced = lines.map((line) => ({
    ...line,
    ...lineAmounts(line.quantity, line.unitPriceCents, line.discountPercent),
  }));
  const subtotalCents = priced.reduce((sum, { lineTotalCents }) => sum + lineTotalCents, 0);
  const discountCents = priced.reduce((sum, line) => sum + line.discountCents, 0);
  const taxCents = taxCentsFromSubtotalCents(subtotalCents);
  return { lines: priced, subtotalCents, discountCents, taxCents, totalCents: subtotalCents + taxCents };
}

/** What was paid for the first `units` of some lines, before tax. */
function paidCents(lines: readonly { quantity: number; lineTotalCents: number }[], units: number): number {
  let left = units;
  let cents = 0;
  for (const { quantity, lineTotalCents } of lines) {
    const taken = Math.min(left, quantity);
    cents += divideRounded(lineTotalCents * taken, quantity);
    left -= taken;
  }
  return cents;
}

/**
 * What a customer gets back before tax for `units` of one product, of which `unitsBefore` came back earlier. However an
 * order comes back, in one go or bit by bit, the refunds add up to what was paid.
 */
export function refundCents(
  lines: readonly { readonly quantity: number; readonly lineTotalCents: number }[],
  unitsBefore: number,
  units: number,
): number {
  return paidCents(lines, unitsBefore + units) - paidCents(lines, unitsBefore);
}

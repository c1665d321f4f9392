/**
 * Money is stored as a number with two decimals and computed as whole cents. Rounding is half away from zero.
 * Every function here takes and returns whole cents unless its name says otherwise.
 */

/** Gross margin of the chain in percent: base price = cost ÷ (1 − margin). */
export const GROSS_MARGIN_PERCENT = 33;
/** Sales tax, in tenths of a percent (9.5 %). */
export const TAX_PER_MILLE = 95;

/** `numerator ÷ denominator`, rounded half away from zero. Both whole, denominator positive. */
export function divideRounded(numerator: number, denominator: number): number {
  const magnitude = Math.floor((2 * Math.abs(numerator) + denominator) / (2 * denominator));
  return numerator < 0 ? -magnitude : magnitude;
}

/** 1234 → 12.34 */
export const moneyFromCents = (cents: number): number => cents / 100;

/** 12.34 → 1234. The caller knows that the number has two decimals at most; see {@link isMoney}. */
export const centsFromMoney = (money: number): number => Math.round(money * 100);

/** Whether a number is an amount of money: finite, and nothing below the cent. */
export const isMoney = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && Math.round(value * 100) / 100 === value;

export const basePriceCentsFromCostCents = (costCents: number): number =>
  divideRounded(costCents * 100, 100 - GROSS_MARGIN_PERCENT);

export const taxCentsFromSubtotalCents = (subtotalCents: number): number =>
  divideRounded(subtotalCents * TAX_PER_MILLE, 1000);

/** What an item costs before and after its discount. */
export function lineAmounts(
  quantity: number,
  unitPriceCents: number,
  discountPercent: number,
): { readonly discountCents: number; readonly lineTotalCents: number } {
  const discountCents = divideRounded(quantity * unitPriceCents * discountPercent, 100);
  return { discountCents, lineTotalCents: quantity * unitPriceCents - discountCents };
}

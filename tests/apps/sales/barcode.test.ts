import { expect, test } from 'vitest';
import { orderNumber, scannedNumber } from '../../../web/src/sales/order-number.ts';
import { code128 } from '../../../web/src/sales/receipt/code-128.ts';

const START_WIDTHS = '211214';
const STOP_WIDTHS = '2331112';

/** The symbols of a barcode, as a scanner cuts it: six widths each, the stop has seven. */
function symbolsOf(text: string): string[] {
  const widths = code128(text).join('');
  expect(widths.endsWith(STOP_WIDTHS)).toBe(true);
  return widths.slice(0, -STOP_WIDTHS.length).match(/.{6}/g) ?? [];
}

const sumOf = (symbol: string) => [...symbol].reduce((sum, width) => sum + Number(width), 0);
const barsOf = (symbol: string) => Number(symbol[0]) + Number(symbol[2]) + Number(symbol[4]);

test('every letter is a symbol of its own, eleven modules wide, with an even number of dark ones', () => {
  const letters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  const symbols = letters.map((letter) => symbolsOf(letter)[1] as string);
  expect(new Set(symbols).size).toBe(95);
  for (const symbol of symbols) expect([sumOf(symbol), barsOf(symbol) % 2]).toEqual([11, 0]);
});

test('a text is its start, its letters, its check symbol and its stop', () => {
  const symbols = symbolsOf('3000');
  expect(symbols[0]).toBe(START_WIDTHS);
  expect(symbols).toHaveLength(6);
  // (104 + 19·1 + 16·2 + 16·3 + 16·4) mod 103 = 61, which is the symbol of ']'.
  expect(symbols[5]).toBe(symbolsOf(']')[1]);
  expect(() => code128('ä')).toThrow(RangeError);
});

test('an order’s number on paper is short for people, and longer for a scanner', () => {
  expect([orderNumber('order_3000'), scannedNumber('order_3000')]).toEqual(['3000', '3000']);
  const id = '7f3a09c1-5b2e-4d6f-8a90-1b2c3d4e5f60';
  expect([orderNumber(id), scannedNumber(id)]).toEqual(['7F3A09C1', '7F3A09C15B2E']);
});

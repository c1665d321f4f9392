import { describe, expect, test } from 'vitest';
import { SmallDataSet } from '../../../tests/support/small-data-set.ts';
import { makeReport } from './make-report.ts';
import { type ValidationReport, validationReportSchema } from './report.ts';
import { reportHtml } from './report-html.ts';
import { reportText } from './report-text.ts';
import { scoreOf } from './score.ts';
import { createValidator, validationOrder } from './validator.ts';

const EVIL = '</script><img src=x onerror=alert(1)> & "quotes"';

function reportOf(data: SmallDataSet): ValidationReport {
  const validator = createValidator({ expectedCounts: data.counts });
  for (const collection of validationOrder) validator.documents(collection, data.of(collection));
  return makeReport(validator.finish(), { source: 'zava', startedAt: new Date(0), milliseconds: 1234 });
}

const data = SmallDataSet.generate({ numCustomers: 40, numOrders: 90 });
const sound = reportOf(data);
const broken = (() => {
  const copy = data.copy();
  for (let place = 0; place < 7; place++) copy.set('orders', place, { total: 0.01 });
  copy.set('order_items', 3, { product_name: EVIL });
  return reportOf(copy);
})();

describe('the report as text', () => {
  test('begins with the score and the answer', () => {
    const [score, answer] = reportText(sound).split('\n');
    expect(score).toContain('Data quality 100 of 100');
    expect(answer).toMatch(/^✔ Every check passed: \d+ checks over [\d,]+ documents\.$/);
  });

  test('names what fails: the check, its promise, examples, and what to do', () => {
    const text = reportText(broken);
    expect(text).toContain('✖ 2 checks of');
    expect(text).toContain('orders.total  7 of 90');
    expect(text).toMatch(/order_1 · total: found 0\.01, expected [\d.]+ = [\d.]+ \+ [\d.]+/);
    expect(text).toContain('… and 2 more');
    expect(text).toContain('→ Correct the documents named here');
  });

  test('has colours only where asked for', () => {
    expect(reportText(broken)).not.toContain('\u001b[');
    expect(reportText(broken, { colour: true })).toContain('\u001b[');
  });

  test('adds sales up by year, store and category', () => {
    const { salesByMonth, salesByStore, salesByCategory, sales } = sound.statistics;
    const sum = (list: readonly { readonly sales: number }[]) =>
      list.reduce((total, each) => total + Math.round(each.sales * 100), 0) / 100;
    expect(sum(salesByMonth)).toBe(sales);
    expect(sum(salesByStore)).toBe(sales);
    expect(sum(salesByCategory)).toBe(sales);
    const sold = data.of('orders').filter(({ status }) => status !== 'cancelled');
    expect(sales).toBe(sold.reduce((total, { subtotal }) => total + Math.round(subtotal * 100), 0) / 100);
  });
});

describe('the report as JSON', () => {
  test('keeps the form that its schema describes, also when printed and read again', () => {
    for (const report of [sound, broken]) {
      expect(validationReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    }
  });
});

describe('the report as a page', () => {
  test('asks for nothing from anywhere', () => {
    const page = reportHtml(sound);
    expect(page).not.toMatch(/(src|href)\s*=\s*["']?(?!data:)\w/i);
    expect(page).not.toMatch(/@import|url\(/i);
    expect(page).toContain("default-src 'none'");
  });

  test('shows data as text, never as markup', () => {
    const page = reportHtml(broken);
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;');
  });

  test('has the score, every check and every failing example in its markup', () => {
    const page = reportHtml(broken);
    expect(page).toContain(`<strong>${broken.score.toFixed(2)}</strong>`);
    for (const { id } of broken.checks) expect(page).toContain(`<code class="quiet">${id}</code>`);
    for (const { id } of broken.checks.find((check) => check.id === 'orders.total')?.examples.slice(0, 5) ?? []) {
      expect(page).toContain(`<code>${id}</code>`);
    }
  });

  test('is a page also for an empty database', () => {
    const empty = makeReport(createValidator().finish(), { source: 'none', startedAt: new Date(0), milliseconds: 0 });
    expect(reportHtml(empty)).toContain('What fails');
    expect(reportText(empty)).toContain('Data quality 0.00 of 100');
  });
});

describe('the score', () => {
  const collection = (changes: object = {}) => ({
    name: 'orders' as const,
    documents: 100,
    expected: null,
    failingDocuments: 0,
    mayBeEmpty: false,
    ...changes,
  });

  test('is the share of documents without a failing check', () => {
    expect(scoreOf([collection({ failingDocuments: 25 })], true)).toBe(75);
  });
  test('counts documents that are missing', () => {
    expect(scoreOf([collection({ expected: 200 })], true)).toBe(50);
  });
  test('weighs collections', () => {
    // orders 20, stores 5
    expect(scoreOf([collection(), collection({ name: 'stores', documents: 8, failingDocuments: 8 })], true)).toBe(80);
  });
  test('is 100 only when nothing was found, and never rounded up to it', () => {
    expect(scoreOf([collection({ documents: 1_000_000, failingDocuments: 1 })], true)).toBe(99.99);
    expect(scoreOf([collection()], true)).toBe(99.99);
    expect(scoreOf([collection()], false)).toBe(100);
  });
  test('is 0 for nothing', () => {
    expect(scoreOf([collection({ documents: 0 })], true)).toBe(0);
    expect(scoreOf([], false)).toBe(0);
  });
});

import { createColors } from 'picocolors';
import { failingChecks, type ReportedCheck, type ValidationReport } from './report.ts';

/*
 * The report for a terminal: the answer first, then one line per collection, then what fails with examples and what to
 * do about it, then what the data says about the company.
 */

const WIDTH = 96;
/** A terminal gets fewer examples than `--json`. */
const EXAMPLES_SHOWN = 5;
const BAR_WIDTH = 24;

export function reportText(report: ValidationReport, { colour = false }: { readonly colour?: boolean } = {}): string {
  const paint = createColors(colour);
  const lines: string[] = [];
  const heading = (text: string) => lines.push('', paint.bold(text));

  const failing = failingChecks(report);
  const judged = report.checks.filter(({ outcome }) => outcome !== 'not_judged');
  const passed = judged.length - failing.length;
  const verdict =
    report.outcome === 'passed'
      ? paint.green(`✔ Every check passed: ${plural(passed, 'check')} over ${plural(report.documents, 'document')}.`)
      : paint.red(
          `✖ ${plural(failing.length, 'check')} of ${whole(judged.length)} failed, over ${plural(report.documents, 'document')}.`,
        );
  lines.push(
    `${paint.bold(`Data quality ${scoreText(report.score)} of 100`)}  ${paint.dim(`${report.source}, ${(report.milliseconds / 1000).toFixed(1)} s`)}`,
    verdict,
  );

  heading('Collections');
  lines.push(
    ...table(
      ['', 'collection', 'documents', 'expected', 'failing', 'checks'],
      report.collections.map((each) => [
        each.checksFailed > 0 ? paint.red('✖') : paint.green('✔'),
        each.name,
        whole(each.documents),
        each.expected === null ? '–' : whole(each.expected),
        each.failingDocuments === 0 ? '0' : paint.red(whole(each.failingDocuments)),
        `${each.checksPassed} passed${each.checksFailed > 0 ? `, ${paint.red(`${each.checksFailed} failed`)}` : ''}`,
      ]),
      ['left', 'left', 'right', 'right', 'right', 'left'],
    ),
  );
  const ofDatabase = report.checks.filter(({ collection }) => collection === 'database');
  lines.push(`  ${paint.dim(ofDatabase.map((check) => `${sign(check)} ${check.title}`).join('   '))}`);

  if (failing.length > 0) {
    heading('What fails');
    for (const check of failing) {
      const mark = check.severity === 'error' ? paint.red('✖') : paint.yellow('!');
      lines.push(
        `${mark} ${paint.bold(check.id)}  ${paint.red(whole(check.failed))} of ${whole(Math.max(check.judged, check.failed))}`,
        ...wrapped(check.promise, 2),
      );
      for (const { id, field, found, expected } of check.examples.slice(0, EXAMPLES_SHOWN)) {
        const where = field === '' ? id : `${id} · ${field}`;
        lines.push(`    ${paint.cyan(where)}: found ${found}, expected ${expected}`);
      }
      const left = check.failed - Math.min(check.examples.length, EXAMPLES_SHOWN);
      if (left > 0) lines.push(paint.dim(`    … and ${whole(left)} more`));
      lines.push(...wrapped(`→ ${check.fix}`, 2), '');
    }
    lines.pop();
  }
  const notJudged = report.checks.filter(({ outcome }) => outcome === 'not_judged');
  if (notJudged.length > 0) {
    heading('Not judged');
    for (const [reason, checks] of groupedByReason(notJudged)) {
      lines.push(...wrapped(`${checks.map(({ id }) => id).join(', ')}: ${reason}`, 2).map(paint.dim));
    }
  }
  lines.push(...statistics(report, paint));
  return `${lines.join('\n')}\n`;
}

/** Two decimals only where they say something: 100, but 99.99. */
export const scoreText = (score: number): string => (score === 100 ? '100' : score.toFixed(2));

type Colours = ReturnType<typeof createColors>;

function statistics({ statistics: facts }: ValidationReport, paint: Colours): string[] {
  if (facts.orders === 0) return [];
  const lines = [
    '',
    paint.bold('The company'),
    `  Sales ${money(facts.sales)} in ${plural(facts.orders, 'order')}, ${money(facts.averageOrder)} each with ${facts.averageItemsPerOrder.toFixed(2)} items, ${facts.firstOrder?.slice(0, 10)} to ${facts.lastOrder?.slice(0, 10)}.`,
    `  ${paint.dim('Without tax and without cancelled orders.')}`,
    '',
  ];
  const years = new Map<string, number>();
  for (const { month, sales } of facts.salesByMonth) {
    years.set(month.slice(0, 4), (years.get(month.slice(0, 4)) ?? 0) + sales);
  }
  const greatest = Math.max(...years.values());
  lines.push(
    ...table(
      ['year', 'sales', ''],
      [...years].map(([year, sales]) => [year, money(sales), paint.green(bar(sales, greatest))]),
      ['left', 'right', 'left'],
    ),
    '',
    ...table(
      ['store', 'sales', 'orders', 'each', 'customers', 'stock', 'low'],
      facts.salesByStore.map((store) => [
        store.name,
        money(store.sales),
        whole(store.orders),
        money(store.averageOrder),
        whole(store.customers),
        whole(store.stockUnits),
        `${whole(store.lowStockItems)} of ${whole(store.inventoryItems)}`,
      ]),
      ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    ),
    '',
    ...table(
      ['category', 'sales', 'units', 'products', 'prices'],
      facts.salesByCategory.map((category) => [
        category.name,
        money(category.sales),
        whole(category.units),
        whole(category.products),
        `${money(category.priceMin, 2)} – ${money(category.priceMax, 2)}`,
      ]),
      ['left', 'right', 'right', 'right', 'right'],
    ),
    '',
    `  Orders  ${facts.ordersByStatus.map(({ status, share }) => `${status} ${percent(share)}`).join(' · ')}`,
    `  Items   ${facts.itemsPerOrder.map(({ items, share }) => `${items}: ${percent(share)}`).join(' · ')}`,
  );
  return lines;
}

const sign = ({ outcome }: ReportedCheck) => (outcome === 'passed' ? '✔' : outcome === 'failed' ? '✖' : '–');

function groupedByReason(checks: readonly ReportedCheck[]): Map<string, ReportedCheck[]> {
  const groups = new Map<string, ReportedCheck[]>();
  for (const check of checks) {
    const reason = check.reason ?? '';
    groups.set(reason, [...(groups.get(reason) ?? []), check]);
  }
  return groups;
}

const whole = (number: number) => number.toLocaleString('en-US');
const plural = (number: number, noun: string) => `${whole(number)} ${noun}${number === 1 ? '' : 's'}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const money = (dollars: number, digits = 0) =>
  `$${dollars.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
const bar = (value: number, greatest: number) =>
  '█'.repeat(greatest > 0 ? Math.round((BAR_WIDTH * value) / greatest) : 0);

// Colours take no room in a terminal.
const ANSI = /\u001b\[\d+m/g;
const widthOf = (text: string) => text.replace(ANSI, '').length;

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[],
): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ''))));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
        return align[column] === 'right' ? space + cell : cell + space;
      })
      .join('  ')}`.trimEnd();
  return [line(head), ...rows.map(line)];
}

function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each);
}

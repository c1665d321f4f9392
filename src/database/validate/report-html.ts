import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { html, json, type Markup, raw } from './html/markup.ts';
import { script } from './html/script.ts';
import { style } from './html/style.ts';
import { failingChecks, type ReportedCheck, type ValidationReport } from './report.ts';
import { scoreText } from './report-text.ts';

/** Enough to see what is wrong; the report as JSON has more. */
const EXAMPLES_SHOWN = 5;

/**
 * The report as one page that needs nothing else: no network, no other file. Every number is in the markup; the script
 * only draws the chart, filters the checks and sets the theme.
 */
export function reportHtml(report: ValidationReport): string {
  const require = createRequire(import.meta.url);
  const library = (file: string) => readFileSync(require.resolve(`uplot/dist/${file}`), 'utf8');
  const failing = failingChecks(report);
  const title = `Data quality ${scoreText(report.score)}: ${report.source}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${raw(library('uPlot.min.css'))}${raw(style)}</style>
</head>
<body>
<main>
${header(report)}
${verdict(report, failing)}
${failing.length > 0 && failures(failing)}
${company(report)}
${collections(report)}
${checkList(report)}
${queries(report)}
${footer(report)}
</main>
<script type="application/json" id="data">${json({ months: report.statistics.salesByMonth, partial: isLastMonthPartial(report) })}</script>
<script>${raw(library('uPlot.iife.min.js'))}</script>
<script>${raw(script)}</script>
</body>
</html>
`.text;
}

const header = (report: ValidationReport): Markup => html`<header class="top">
<div>
<h1>Zava · data quality</h1>
<p class="quiet small">${report.source}, ${dayAndTime(report.startedAt)}</p>
</div>
<button class="icon" id="theme" type="button" aria-label="Light or dark" title="Light or dark">${icons.theme}</button>
</header>`;

function verdict(report: ValidationReport, failing: readonly ReportedCheck[]): Markup {
  const judged = report.checks.filter(({ outcome }) => outcome !== 'not_judged').length;
  const passed = report.outcome === 'passed';
  const documents = report.collections.reduce((sum, each) => sum + each.failingDocuments, 0);
  const answer = passed
    ? failing.length === 0
      ? 'Every document keeps every promise.'
      : `Sound, with ${plural(failing.length, 'warning')}.`
    : `${plural(failing.length, 'check')} ${failing.length === 1 ? 'fails' : 'fail'}, on ${plural(documents, 'document')}.`;
  return html`<div class="verdict">
<p class="score ${passed ? 'brand' : 'bad'}"><strong>${scoreText(report.score)}</strong><span>of 100</span></p>
<div>
<p class="answer">${passed ? icons.passed : icons.failed}<span>${answer}</span></p>
<dl class="facts">
${fact('Documents', whole(report.documents))}
${fact('Checks passed', `${whole(judged - failing.length)} of ${whole(judged)}`)}
${fact('Orders', `${day(report.statistics.firstOrder)} – ${day(report.statistics.lastOrder)}`)}
${fact('Read and judged in', `${(report.milliseconds / 1000).toFixed(1)} s`)}
</dl>
</div>
</div>`;
}

const fact = (term: string, value: string): Markup => html`<div><dt>${term}</dt><dd>${value}</dd></div>`;

const failures = (failing: readonly ReportedCheck[]): Markup => html`<section aria-labelledby="failures">
<h2 id="failures">What fails</h2>
<p class="lead">What most documents fail comes first. Each shows a few of them; all are counted.</p>
${failing.map(
  (check) => html`<article class="panel failure ${check.severity}">
<header>
<h3>${collectionTitle(check.collection)}: ${check.title} <code class="quiet">${check.id}</code></h3>
<p class="count">${icon(check)} ${whole(check.failed)} of ${whole(Math.max(check.judged, check.failed))}</p>
</header>
<p class="quiet">${code(check.promise)}</p>
<table>
<thead><tr><th scope="col">Document</th><th scope="col">Field</th><th scope="col">Found</th><th scope="col">Expected</th></tr></thead>
<tbody>
${check.examples.slice(0, EXAMPLES_SHOWN).map(
  ({
    id,
    field,
    found,
    expected,
  }) => html`<tr><td><code>${id}</code></td><td>${field !== '' && html`<code>${field}</code>`}</td><td>${found}</td><td>${expected}</td></tr>
`,
)}
</tbody>
</table>
${check.failed > EXAMPLES_SHOWN && html`<p class="quiet small">… and ${whole(check.failed - EXAMPLES_SHOWN)} more</p>`}
<p class="fix">${code(check.fix)}</p>
</article>
`,
)}
</section>`;

function company({ statistics: facts, ...report }: ValidationReport): Markup | false {
  if (facts.orders === 0) return false;
  const partial = isLastMonthPartial({ ...report, statistics: facts });
  const best = facts.salesByMonth.reduce((left, right) => (right.sales > left.sales ? right : left));
  return html`<section aria-labelledby="company">
<h2 id="company">The company in this data</h2>
<p class="lead">${dollars(facts.sales)} of sales in ${plural(facts.orders, 'order')}: ${dollars(facts.averageOrder, 2)} and ${facts.averageItemsPerOrder.toFixed(2)} items each. Without tax and without cancelled orders.</p>
<div class="panel">
<h3 id="by-month">Sales by month</h3>
<p class="quiet small reading" id="reading" aria-live="off">Best: ${monthName(best.month)} with ${dollars(best.sales)}.${partial ? ` ${monthName(facts.salesByMonth.at(-1)?.month ?? '')} is not over: dashed.` : ''}</p>
<div class="chart" id="months" role="img" aria-label="Sales by month in dollars, from ${monthName(facts.salesByMonth[0]?.month ?? '')} to ${monthName(facts.salesByMonth.at(-1)?.month ?? '')}. The table below has the numbers."></div>
<details><summary>Numbers</summary>
<div class="scroll"><table>
<caption class="quiet small">Sales by year and month, in dollars</caption>
<thead><tr><th scope="col">Year</th>${MONTHS.map((name) => html`<th scope="col" class="num">${name}</th>`)}<th scope="col" class="num">Year</th></tr></thead>
<tbody>
${yearsOf(facts.salesByMonth).map(
  ([
    year,
    months,
  ]) => html`<tr><th scope="row">${year}</th>${months.map((sales) => html`<td class="num">${sales === undefined ? '–' : whole(Math.round(sales))}</td>`)}<td class="num"><strong>${whole(Math.round(months.reduce<number>((sum, sales) => sum + (sales ?? 0), 0)))}</strong></td></tr>
`,
)}
</tbody>
</table></div>
</details>
</div>
${barTable(
  'Sales by store',
  ['Store', 'Sales', 'Orders', 'Each', 'Customers', 'Low stock'],
  facts.salesByStore.map((store) => ({
    name: store.name.replace(/^Zava Retail /, ''),
    value: store.sales,
    cells: [
      dollars(store.sales),
      whole(store.orders),
      dollars(store.averageOrder),
      whole(store.customers),
      `${whole(store.lowStockItems)} of ${whole(store.inventoryItems)}`,
    ],
  })),
)}
${barTable(
  'Sales by category',
  ['Category', 'Sales', 'Pieces', 'Products', 'Prices'],
  facts.salesByCategory.map((category) => ({
    name: category.name,
    value: category.sales,
    cells: [
      dollars(category.sales),
      whole(category.units),
      whole(category.products),
      `${dollars(category.priceMin, 2)} – ${dollars(category.priceMax, 2)}`,
    ],
  })),
)}
<div class="pair">
${barTable(
  'Orders by status',
  ['Status', 'Orders', 'Share'],
  facts.ordersByStatus.map(({ status, orders, share }) => ({
    name: status,
    value: orders,
    cells: [whole(orders), percent(share)],
  })),
)}
${barTable(
  'Items per order',
  ['Items', 'Orders', 'Share'],
  facts.itemsPerOrder.map(({ items, orders, share }) => ({
    name: `${items}`,
    value: orders,
    cells: [whole(orders), percent(share)],
  })),
)}
</div>
</section>`;
}

interface BarRow {
  readonly name: string;
  readonly value: number;
  /** The first is what the bar shows; what comes after the second is left out on a phone. */
  readonly cells: readonly string[];
}

const barTable = (title: string, head: readonly string[], rows: readonly BarRow[]): Markup => {
  const greatest = Math.max(...rows.map(({ value }) => value), 0);
  const width = (value: number) => (greatest === 0 ? 0 : Math.max(0.5, (100 * value) / greatest).toFixed(1));
  const [first, ...others] = head;
  const hidden = (index: number) => (index > 1 ? ' wide-only' : '');
  return html`<div class="panel">
<h3>${title}</h3>
<div class="scroll"><table>
<thead><tr><th scope="col">${first}</th><td class="barcell"></td>${others.map((name, index) => html`<th scope="col" class="num${hidden(index)}">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({
    name,
    value,
    cells,
  }) => html`<tr><th scope="row">${name}</th><td class="barcell"><span class="meter" style="width:${width(value)}%"></span></td>${cells.map((cell, index) => html`<td class="num${hidden(index)}">${cell}</td>`)}</tr>
`,
)}
</tbody>
</table></div>
</div>`;
};

const collections = (report: ValidationReport): Markup => html`<section aria-labelledby="collections">
<h2 id="collections">Collections</h2>
<div class="panel"><div class="scroll"><table>
<thead><tr><th scope="col">Collection</th><th scope="col" class="num">Documents</th><th scope="col" class="num wide-only">Expected</th><th scope="col" class="num">Failing</th><th scope="col" class="num wide-only">Checks passed</th></tr></thead>
<tbody>
${report.collections.map(
  (
    each,
  ) => html`<tr><th scope="row"><code>${each.name}</code></th><td class="num">${whole(each.documents)}</td><td class="num wide-only">${each.expected === null ? '–' : whole(each.expected)}</td><td class="num ${each.checksFailed > 0 ? 'bad' : ''}">${whole(each.failingDocuments)}</td><td class="num wide-only">${each.checksPassed} of ${each.checksPassed + each.checksFailed}</td></tr>
`,
)}
</tbody>
<tfoot><tr><th scope="row">All</th><td class="num">${whole(report.documents)}</td><td class="wide-only"></td><td class="num">${whole(report.collections.reduce((sum, each) => sum + each.failingDocuments, 0))}</td><td class="wide-only"></td></tr></tfoot>
</table></div></div>
</section>`;

function checkList(report: ValidationReport): Markup {
  const groups = new Map<string, ReportedCheck[]>();
  for (const check of report.checks) groups.set(check.collection, [...(groups.get(check.collection) ?? []), check]);
  const count = (outcome: ReportedCheck['outcome']) => report.checks.filter((each) => each.outcome === outcome).length;
  const filters = [
    ['all', `All ${report.checks.length}`],
    ['failed', `Failed ${count('failed')}`],
    ['passed', `Passed ${count('passed')}`],
    ['not_judged', `Not judged ${count('not_judged')}`],
  ] as const;
  return html`<section aria-labelledby="checks">
<h2 id="checks">Every check</h2>
<p class="lead">What is promised, and whether it holds for every single document.</p>
<div class="filters" role="group" aria-label="Filter the checks">
<input id="search" type="search" placeholder="Search checks  /" aria-label="Search checks">
${filters.map(([outcome, label], index) => html`<button type="button" data-outcome="${outcome}" aria-pressed="${index === 0 ? 'true' : 'false'}">${label}</button>`)}
</div>
<div class="panel">
<p id="none" class="quiet" hidden>No check matches. Clear the search, or choose All.</p>
${[...groups].map(([collection, checks]) => checkGroup(collection, checks))}
</div>
</section>`;
}

function checkGroup(collection: string, checks: readonly ReportedCheck[]): Markup {
  const failed = checks.filter(({ outcome }) => outcome === 'failed').length;
  const passed = checks.filter(({ outcome }) => outcome === 'passed').length;
  return html`<details class="group"${failed > 0 && raw(' open')}>
<summary><code>${collection}</code><span class="tail small ${failed > 0 ? 'bad' : 'quiet'}">${failed > 0 ? `${failed} failed, ${passed} passed` : `${passed} passed`}</span></summary>
<ul class="checks">
${checks.map(
  (
    check,
  ) => html`<li data-outcome="${check.outcome}">${icon(check)}<span><strong>${check.title}</strong> <code class="quiet">${check.id}</code></span><span class="state small ${check.outcome === 'failed' ? 'bad' : 'quiet'}">${stateOf(check)}</span><span class="promise quiet">${code(check.promise)}${check.reason !== null && ` ${check.reason}`}</span></li>
`,
)}
</ul>
</details>`;
}

const stateOf = (check: ReportedCheck) =>
  check.outcome === 'passed' ? 'passed' : check.outcome === 'failed' ? `${whole(check.failed)} failed` : 'not judged';

function queries(report: ValidationReport): Markup | false {
  if (report.queries.length === 0) return false;
  return html`<section aria-labelledby="queries">
<h2 id="queries">How the standard questions are answered</h2>
<p class="lead">The index through which the server reads, as it explains its plan.</p>
<div class="panel"><div class="scroll"><table>
<thead><tr><th scope="col">Question</th><th scope="col" class="wide-only">Collection</th><th scope="col">Index</th></tr></thead>
<tbody>
${report.queries.map(
  (
    query,
  ) => html`<tr><th scope="row">${query.name}</th><td class="wide-only"><code>${query.collection}</code></td><td>${query.passed ? html`<code>${query.usedIndexes.join(', ')}</code>` : html`<span class="bad">${query.usedIndexes.join(', ') || 'none: every document is read'}</span>, expected <code>${query.expectedIndexes.join(' or ')}</code>`}</td></tr>
`,
)}
</tbody>
</table></div></div>
</section>`;
}

const footer = (report: ValidationReport): Markup => html`<footer class="quiet small">
<p>The score is the share of documents without a failing check, as a mean over the collections weighted by how much work hangs on them, rounded down; it is 100 only when nothing was found. It is about the data, not about indexes and change streams.</p>
<p>${report.stage === 'generated' ? 'Judged as it was generated.' : 'Judged as in use: stores have worked with it since its generation.'} Order dates from ${day(report.orderDates.earliest)} to ${day(report.orderDates.latest)}.</p>
</footer>`;

// ── Words and pictures ──

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const whole = (number: number) => number.toLocaleString('en-US');
const plural = (number: number, noun: string) => `${whole(number)} ${noun}${number === 1 ? '' : 's'}`;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const dollars = (amount: number, digits = 0) =>
  `$${amount.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
const day = (time: string | null) => time?.slice(0, 10) ?? '–';
const dayAndTime = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
const monthName = (month: string) => `${MONTHS[Number(month.slice(5)) - 1] ?? ''} ${month.slice(0, 4)}`;
const collectionTitle = (name: string) => {
  const words = name.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/** `words in backticks` as code. */
const code = (text: string): readonly (string | Markup)[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));

/** A month that the data set's last day cuts short. */
function isLastMonthPartial({ orderDates, statistics }: Pick<ValidationReport, 'orderDates' | 'statistics'>): boolean {
  const last = statistics.salesByMonth.at(-1)?.month;
  if (last === undefined || last !== orderDates.latest.slice(0, 7)) return false;
  const nextDay = new Date(Date.parse(orderDates.latest) + 86_400_000).toISOString();
  return nextDay.slice(0, 7) === last || !orderDates.latest.endsWith('T23:59:59Z');
}

function yearsOf(
  months: ValidationReport['statistics']['salesByMonth'],
): [year: string, sales: (number | undefined)[]][] {
  const years = new Map<string, (number | undefined)[]>();
  for (const { month, sales } of months) {
    const year = month.slice(0, 4);
    const row = years.get(year) ?? Array.from({ length: 12 }, () => undefined);
    row[Number(month.slice(5)) - 1] = sales;
    years.set(year, row);
  }
  return [...years];
}

const picture = (label: string, colourName: string, path: string): Markup =>
  raw(
    `<svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="var(--${colourName})" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"${label === '' ? ' aria-hidden="true"' : ` role="img" aria-label="${label}"`}>${path}</svg>`,
  );

const icons = {
  passed: picture('Passed', 'brand', '<circle cx="10" cy="10" r="8"/><path d="m6.5 10.3 2.4 2.4 4.6-5"/>'),
  failed: picture('Failed', 'failed', '<circle cx="10" cy="10" r="8"/><path d="m7.2 7.2 5.6 5.6m0-5.6-5.6 5.6"/>'),
  warning: picture('Warning', 'low', '<path d="M10 2.5 18 17H2Z"/><path d="M10 8v4m0 2.2v.1"/>'),
  notJudged: picture(
    'Not judged',
    'quiet',
    '<circle cx="10" cy="10" r="8" stroke-dasharray="3 3"/><path d="M7 10h6"/>',
  ),
  theme: picture('', 'ink', '<circle cx="10" cy="10" r="7"/><path d="M10 3v14a7 7 0 0 0 0-14Z" fill="var(--ink)"/>'),
} as const;

const icon = ({ outcome, severity }: ReportedCheck): Markup =>
  outcome === 'passed'
    ? icons.passed
    : outcome === 'not_judged'
      ? icons.notJudged
      : severity === 'warning'
        ? icons.warning
        : icons.failed;

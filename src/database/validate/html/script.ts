/**
 * What the page does by itself, as a script of its own: the chart, the filter, the theme. It runs in the reader's
 * browser, without a network; without it every number is still on the page.
 */
export const script = `
const data = JSON.parse(document.getElementById('data').textContent);
const root = document.documentElement;
const colour = (name) => {
  const probe = document.createElement('i');
  probe.style.color = 'var(--' + name + ')';
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
};
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', notation: 'compact' });
const whole = new Intl.NumberFormat('en-US');
const monthName = new Intl.DateTimeFormat('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });

const chart = document.getElementById('months');
const reading = document.getElementById('reading');
let plot;
function draw() {
  if (!chart || data.months.length === 0) return;
  plot?.destroy();
  const seconds = data.months.map(({ month }) => Date.parse(month + '-01T00:00:00Z') / 1000);
  const sales = data.months.map((each) => each.sales);
  const last = sales.length - 1;
  const finished = sales.map((value, index) => (data.partial && index === last ? null : value));
  const partial = sales.map((value, index) => (data.partial && index >= last - 1 ? value : null));
  const [brand, quiet, line, soft] = ['brand', 'quiet', 'line', 'brand-soft'].map(colour);
  const font = '13px ' + getComputedStyle(document.body).fontFamily;
  const grid = { stroke: line, width: 1 };
  const rest = reading.textContent;
  plot = new uPlot({
    width: chart.clientWidth,
    height: chart.clientHeight,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'UTC'),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, fill: brand } },
    scales: { y: { range: (_, low, high) => [0, high * 1.08 || 1] } },
    axes: [
      { stroke: quiet, font, grid: { show: false }, ticks: { stroke: line, width: 1, size: 5 }, space: 56,
        values: (_, times) => times.map((time) => {
          const date = new Date(time * 1000);
          return date.getUTCMonth() === 0 || data.months.length < 15 ? String(date.getUTCFullYear()) + (data.months.length < 15 ? '-' + String(date.getUTCMonth() + 1).padStart(2, '0') : '') : '';
        }) },
      { stroke: quiet, font, grid, ticks: { show: false }, size: 56, space: 48, values: (_, values) => values.map((value) => short.format(value)) },
    ],
    series: [
      {},
      { label: 'Sales', stroke: brand, width: 2, fill: soft, points: { show: data.months.length < 3 } },
      { label: 'So far', stroke: brand, width: 2, dash: [4, 4], points: { show: false } },
    ],
    hooks: {
      setCursor: [({ cursor }) => {
        const each = data.months[cursor.idx];
        reading.textContent = each === undefined || cursor.left < 0 ? rest
          : monthName.format(new Date(each.month + '-01T00:00:00Z')) + ': ' + dollars.format(each.sales) + ' in ' + whole.format(each.orders) + ' orders'
            + (data.partial && cursor.idx === last ? ' so far' : '');
      }],
    },
  }, [seconds, finished, partial], chart);
}
draw();
if (chart) new ResizeObserver(() => plot?.setSize({ width: chart.clientWidth, height: chart.clientHeight })).observe(chart);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('beforeprint', () => { root.dataset.theme = 'light'; draw(); plot?.setSize({ width: 680, height: 220 }); });
addEventListener('afterprint', () => { delete root.dataset.theme; draw(); });

document.getElementById('theme').addEventListener('click', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  draw();
});

const search = document.getElementById('search');
const buttons = [...document.querySelectorAll('[data-outcome]')].filter((each) => each.tagName === 'BUTTON');
const groups = [...document.querySelectorAll('.group')];
const none = document.getElementById('none');
let outcome = 'all';
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const group of groups) {
    let here = 0;
    for (const item of group.querySelectorAll('li')) {
      const text = item.textContent.toLowerCase();
      item.hidden = !(outcome === 'all' || item.dataset.outcome === outcome) || !words.every((word) => text.includes(word));
      if (!item.hidden) here++;
    }
    group.hidden = here === 0;
    group.open = here > 0 && (words.length > 0 || outcome !== 'all');
    shown += here;
  }
  none.hidden = shown > 0;
}
search.addEventListener('input', filter);
for (const button of buttons) button.addEventListener('click', () => {
  outcome = button.dataset.outcome;
  for (const each of buttons) each.setAttribute('aria-pressed', String(each === button));
  filter();
});
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) { event.preventDefault(); search.focus(); }
  if (event.key === 'Escape' && document.activeElement === search) { search.value = ''; filter(); search.blur(); }
});
`;

/** The look of the report: the family's colours, an 8-pixel grid, four sizes of type; light, dark and on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f7f5f1, #191714);
  --panel: light-dark(#ffffff, #23201c);
  --sunken: light-dark(#efece6, #2d2924);
  --line: light-dark(#e0dbd2, #3f3a33);
  --ink: light-dark(#24211d, #f1ece4);
  --quiet: light-dark(#665f55, #b3aa9d);
  --brand: light-dark(#1f6f54, #5cc29c);
  --brand-soft: light-dark(#d7e8e0, #21443a);
  --failed: light-dark(#b3261e, #ff8d80);
  --failed-soft: light-dark(#fbe6e3, #47231f);
  --low: light-dark(#8f5a00, #e8ac4b);
}
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 16px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  font-variant-numeric: tabular-nums;
  -webkit-font-smoothing: antialiased;
}
main { max-width: 72rem; margin: 0 auto; padding: 0 16px 64px; }
h1, h2, h3, p, table, dl, dd, ul { margin: 0; padding: 0; }
h1 { font-size: 1rem; font-weight: 600; }
h2 { font-size: 1.375rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
h3 { font-size: 1rem; font-weight: 600; }
code { font: 0.875em ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, 'Liberation Mono', monospace; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.small { font-size: 0.875rem; }
.lead { color: var(--quiet); max-width: 64ch; margin-top: 4px; }
.brand { color: var(--brand); }
.bad { color: var(--failed); }
:focus-visible { outline: 2px solid var(--brand); outline-offset: 2px; border-radius: 4px; }

.top { display: flex; align-items: center; justify-content: space-between; gap: 16px; padding: 16px 0; }
.top p { overflow-wrap: anywhere; }
button, select, input {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  min-height: 44px; padding: 0 14px;
}
button { cursor: pointer; }
button[aria-pressed='true'] { background: var(--brand-soft); border-color: var(--brand); color: var(--ink); font-weight: 600; }
.icon { display: inline-grid; place-items: center; width: 44px; padding: 0; flex: none; }
svg { display: block; }

.verdict { display: grid; gap: 8px 32px; padding: 24px 0 40px; border-bottom: 1px solid var(--line); }
.score { display: flex; align-items: baseline; gap: 12px; }
.score strong { font-size: clamp(5.5rem, 22vw, 8.5rem); line-height: 0.95; font-weight: 700; letter-spacing: -0.045em; }
.score span { color: var(--quiet); font-size: 1.125rem; }
.verdict .answer { font-size: 1.375rem; line-height: 1.3; font-weight: 600; display: flex; gap: 10px; text-wrap: balance; }
.verdict .answer svg { flex: none; margin-top: 3px; }
.facts { display: flex; flex-wrap: wrap; gap: 16px 32px; margin-top: 20px; }
.facts dt { color: var(--quiet); font-size: 0.875rem; }
.facts dd { font-size: 1.125rem; font-weight: 600; }
@media (min-width: 56rem) {
  .verdict { grid-template-columns: auto 1fr; align-items: end; }
}

section { padding-top: 40px; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 16px; padding: 16px; margin-top: 16px; }
@media (min-width: 40rem) { .panel { padding: 24px; } }
.pair { display: grid; gap: 0 16px; }
.pair > * { min-width: 0; }
@media (min-width: 64rem) { .pair { grid-template-columns: 1fr 1fr; align-items: start; } }

.scroll { overflow-x: auto; scrollbar-width: thin; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; }
caption { text-align: left; padding: 0 0 8px; }
th, td { text-align: left; padding: 9px 12px; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); font-size: 0.875rem; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; }
th code { overflow-wrap: normal; white-space: nowrap; }
@media (max-width: 39.99rem) { th code { font-size: 0.8125rem; } th, td { padding: 9px 6px; } }
tbody tr:last-child > * { border-bottom: 0; }
.num { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; }
tfoot td, tfoot th { border-top: 1px solid var(--line); border-bottom: 0; font-weight: 600; }

.meter { display: block; height: 8px; border-radius: 2px; background: var(--brand); min-width: 2px; }
.barcell { width: 34%; min-width: 44px; }
@media (min-width: 40rem) { .barcell { min-width: 96px; } }
.wide-only { display: none; }
@media (min-width: 40rem) { .wide-only { display: table-cell; } }

.failure { border-left: 4px solid var(--failed); }
.failure.warning { border-left-color: var(--low); }
.failure header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; }
.failure .count { display: flex; align-items: center; gap: 8px; font-weight: 600; color: var(--failed); white-space: nowrap; }
.failure.warning .count { color: var(--low); }
.failure .fix { margin-top: 12px; padding: 10px 14px; background: var(--sunken); border-radius: 8px; }
.failure table { margin-top: 12px; }
.failure td { overflow-wrap: anywhere; }
@media (max-width: 39.99rem) {
  .failure thead { display: none; }
  .failure tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .failure tr:last-child { border-bottom: 0; }
  .failure td { display: inline; border: 0; padding: 0; }
  .failure td:nth-child(2):not(:empty)::before { content: ' · '; color: var(--quiet); }
  .failure td:nth-child(3)::before, .failure td:nth-child(4)::before { color: var(--quiet); }
  .failure td:nth-child(3)::before { content: '\\A found '; white-space: pre; }
  .failure td:nth-child(4)::before { content: '\\A expected '; white-space: pre; }
}

.chart { height: 260px; margin-top: 16px; }
.chart .u-legend { display: none; }
.reading { min-height: 1.5em; }
details > summary { cursor: pointer; min-height: 44px; display: flex; align-items: center; gap: 10px; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: '›'; width: 1ch; color: var(--quiet); font-size: 1.25rem; line-height: 1; }
details[open] > summary::before { transform: rotate(90deg); }
summary .tail { margin-left: auto; white-space: nowrap; }

.filters { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
.filters input { flex: 1 1 100%; min-width: 0; }
.filters button { flex: 1 1 auto; }
@media (min-width: 40rem) { .filters input { flex: 1 1 14rem; } .filters button { flex: none; } }
.group { border-bottom: 1px solid var(--line); }
.group:last-of-type { border-bottom: 0; }
.checks { list-style: none; padding: 0 0 12px; }
.checks li { display: grid; grid-template-columns: 24px 1fr auto; gap: 2px 10px; padding: 8px 0; border-top: 1px solid var(--line); }
.checks li > svg { margin-top: 3px; }
.checks .promise { grid-column: 2 / -1; }
.checks .state { white-space: nowrap; }
[hidden] { display: none !important; }
.hatch { background: repeating-linear-gradient(135deg, var(--brand) 0 3px, transparent 3px 6px); }

footer { margin-top: 40px; padding-top: 16px; border-top: 1px solid var(--line); }
@media print {
  :root { color-scheme: light; }
  body { background: #fff; font-size: 12px; }
  main { max-width: none; padding: 0; }
  .filters, .icon, .reading { display: none; }
  .panel, .failure, tr { break-inside: avoid; }
  .panel { border-radius: 0; padding: 12px; }
  .pair { grid-template-columns: 1fr 1fr; }
  .barcell, .wide-only { display: table-cell; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

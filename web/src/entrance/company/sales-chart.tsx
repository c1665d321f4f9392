import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { MonthSales } from '../../../../src/headquarters/api.ts';
import { formatAxisDollars, formatShortDollars } from '../../shared/format.ts';
import { companyWords as words } from '../../words/company.ts';

const HEIGHT_PIXELS = 260;
const HALF_MONTH_SECONDS = 15 * 86_400;

/**
 * Sales per month as bars; the month that is not over yet is drawn lighter, as what it is: partial.
 * Reads its colours when it is made: give it the theme as its key.
 */
export function SalesChart({ months, partialMonth }: { months: readonly MonthSales[]; partialMonth: string | null }) {
  const container = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--quiet'),
      font: '12px system-ui, sans-serif',
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    const bars = uPlot.paths.bars?.({ size: [0.76, 40] });
    const bar = (label: string, fill: string): uPlot.Series => ({
      label,
      fill,
      width: 0,
      ...(bars === undefined ? {} : { paths: bars }),
      points: { show: false },
      value: (_chart, value) => (value == null ? '–' : formatShortDollars(value)),
    });
    const seconds = months.map(({ month }) => Date.parse(`${month}-01T00:00:00Z`) / 1000);
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT_PIXELS,
        tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          // Room for the first and the last bar, which stand on their month and reach half a month to either side.
          x: { range: (_chart, min, max) => [min - HALF_MONTH_SECONDS, max + HALF_MONTH_SECONDS] },
          y: { range: (_chart, _min, max) => [0, max * 1.08] },
        },
        // The legend shows the month under the pointer, and the newest one when there is none.
        hooks: {
          setCursor: [(self) => self.cursor.idx == null && self.setLegend({ idx: months.length - 1 }, false)],
          ready: [(self) => self.setLegend({ idx: months.length - 1 }, false)],
        },
        axes: [
          { ...axis, grid: { show: false } },
          { ...axis, size: 52, values: (_chart, values) => values.map((value) => formatAxisDollars(value)) },
        ],
        series: [
          { value: '{MMM} {YYYY}', label: words.sales.month },
          bar(words.sales.full, colour('--brand')),
          bar(words.sales.partial, colour('--brand-partial')),
        ],
      },
      [
        seconds,
        months.map(({ month, sales }) => (month === partialMonth ? null : sales)),
        months.map(({ month, sales }) => (month === partialMonth ? sales : null)),
      ],
      element,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT_PIXELS }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [months, partialMonth]);

  return <div ref={container} aria-hidden className="tabular min-h-[300px] w-full overflow-hidden" />;
}

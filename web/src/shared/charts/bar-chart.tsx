import { useEffect, useRef } from 'react';
import uPlot from 'uplot';

export interface BarSeries {
  readonly label: string;
  /** One for each label of the chart; null draws nothing. */
  readonly values: readonly (number | null)[];
  /** A variable of the style sheet: `--brand`. */
  readonly colour: string;
}

interface BarChartProps {
  /** What the labels are: "Month". */
  readonly name: string;
  readonly labels: readonly string[];
  readonly series: readonly BarSeries[];
  /** What the labels are: "Month". */
  readonly labelName: string;
  /** Of an axis' tick, and of a value under the pointer. */
  readonly formatTick: (value: number) => string;
  readonly formatValue: (value: number) => string;
  readonly heightPixels?: number;
  /** Labels to skip between two that are written. */
  readonly labelEvery?: number;
}

/**
 * Bars over names, one look for all charts: series stand behind each other, the first at the back. For the eye alone: its
 * numbers stand in a table beside it. Reads its colours when it is made: give it the theme as its key.
 */
export function BarChart(props: BarChartProps) {
  const { labels, labelName, series, formatTick, formatValue, heightPixels = 240, labelEvery = 1 } = props;
  const container = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = container.current;
    if (element === null || labels.length === 0) return;
    const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--quiet'),
      font: '12px system-ui, sans-serif',
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
    };
    const drawn = labels.map((_label, index) => series.some(({ values }) => (values[index] ?? 0) !== 0));
    // The legend tells what is under the pointer, and the newest that has a value where there is none.
    const resting = Math.max(0, drawn.lastIndexOf(true));
    const bars = uPlot.paths.bars?.({ size: [0.74, 42] });
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: heightPixels,
        cursor: { y: false, drag: { x: false, y: false } },
        scales: {
          x: { time: false, range: () => [-0.6, labels.length - 0.4] },
          y: { range: (_chart, min, max) => [Math.min(0, min), Math.max(1, max) * 1.08] },
        },
        hooks: {
          setCursor: [(self) => self.cursor.idx == null && self.setLegend({ idx: resting }, false)],
          ready: [(self) => self.setLegend({ idx: resting }, false)],
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            splits: () => labels.flatMap((_label, index) => (index % labelEvery === 0 ? [index] : [])),
            values: (_chart, at) => at.map((index) => labels[index] ?? ''),
          },
          { ...axis, size: 56, values: (_chart, values) => values.map(formatTick) },
        ],
        series: [
          { label: labelName, value: (_chart, index) => labels[index] ?? '' },
          ...series.map(
            (one): uPlot.Series => ({
              label: one.label,
              fill: colour(one.colour),
              width: 0,
              ...(bars === undefined ? {} : { paths: bars }),
              points: { show: false },
              value: (_chart, value) => (value == null ? '–' : formatValue(value)),
            }),
          ),
        ],
      },
      [labels.map((_label, index) => index), ...series.map(({ values }) => [...values])],
      element,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: heightPixels }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
    };
  }, [labels, labelName, series, formatTick, formatValue, heightPixels, labelEvery]);

  return (
    <div
      ref={container}
      aria-hidden
      className="tabular w-full overflow-hidden"
      style={{ minHeight: heightPixels + 34 }}
    />
  );
}

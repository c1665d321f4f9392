/** Draws charts as PNG pictures, without a browser and without fonts of the machine. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import { Chart, type ChartConfiguration, registerables } from 'chart.js';

export const CHART_KINDS = ['bar', 'line', 'pie'] as const;

export interface ChartPlan {
  readonly kind: (typeof CHART_KINDS)[number];
  readonly title: string;
  readonly labels: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  /** With its unit. */
  readonly xTitle?: string | undefined;
  readonly yTitle?: string | undefined;
}

const FONT = 'Inter';
const SIZE = { width: 1200, height: 675 } as const;
const INK = '#1f1e1b';
const QUIET = '#6b6a63';
const LINE = '#e4e2dc';
const PAPER = '#ffffff';
/** Told apart by people who see few colours too. */
const COLOURS = ['#1f7a5c', '#d9822b', '#3b6fb6', '#a8467a', '#8a8f2d', '#5f4bb6', '#4a9aa5', '#b5523b'];
const ROTATES_FROM = 12;

let isReady = false;

function prepare(): void {
  if (isReady) return;
  const fonts = path.dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/inter/package.json'));
  GlobalFonts.registerFromPath(path.join(fonts, '400Regular', 'Inter_400Regular.ttf'), FONT);
  GlobalFonts.registerFromPath(path.join(fonts, '600SemiBold', 'Inter_600SemiBold.ttf'), FONT);
  Chart.register(...registerables);
  isReady = true;
}

export function drawPng(plan: ChartPlan): Buffer {
  prepare();
  const canvas = createCanvas(SIZE.width, SIZE.height);
  const chart = new Chart(canvas as never, configurationOf(plan));
  try {
    return canvas.toBuffer('image/png');
  } finally {
    chart.destroy();
  }
}

function configurationOf({ kind, title, labels, series, xTitle, yTitle }: ChartPlan): ChartConfiguration {
  const isPie = kind === 'pie';
  const colourOf = (at: number): string => COLOURS[at % COLOURS.length] ?? INK;
  const axis = (text: string | undefined) => ({
    title: { display: text !== undefined, text: text ?? '', color: QUIET, font: { family: FONT, size: 16 } },
    ticks: { color: QUIET, font: { family: FONT, size: 15 } },
    grid: { color: LINE },
  });
  return {
    type: kind,
    data: {
      labels: [...labels],
      datasets: series.map(({ name, values }, at) => ({
        label: name,
        data: [...values],
        borderColor: isPie ? PAPER : colourOf(at),
        backgroundColor: isPie ? labels.map((_, label) => colourOf(label)) : colourOf(at),
        borderWidth: kind === 'bar' ? 0 : 2.5,
        pointRadius: kind === 'line' && labels.length > ROTATES_FROM * 3 ? 0 : 3,
        tension: 0.2,
      })),
    },
    options: {
      animation: false,
      responsive: false,
      devicePixelRatio: 1,
      layout: { padding: 24 },
      plugins: {
        title: { display: true, text: title, color: INK, font: { family: FONT, size: 24, weight: 600 }, padding: 16 },
        legend: {
          display: isPie || series.length > 1,
          position: isPie ? 'right' : 'bottom',
          labels: { color: INK, font: { family: FONT, size: 15 } },
        },
      },
      ...(isPie ? {} : { scales: { x: axis(xTitle), y: { ...axis(yTitle), beginAtZero: kind === 'bar' } } }),
    },
    plugins: [
      {
        id: 'paper',
        beforeDraw: ({ ctx, width, height }) => {
          ctx.fillStyle = PAPER;
          ctx.fillRect(0, 0, width, height);
        },
      },
    ],
  };
}

import { z } from 'zod';
import { McpError } from '../errors.ts';
import { plainValue } from '../plain-text.ts';
import { about, answered, defineTool } from '../tool.ts';

const LABELS_MAX = 120;
const SERIES_MAX = 8;
const SLICES_MAX = 12;
const kinds = ['bar', 'line', 'pie'] as const;
const words = (max: number) => z.string().max(max);

export const drawChart = defineTool({
  name: 'draw_chart',
  title: 'A chart of numbers',
  description:
    'Draws numbers of an earlier answer as a picture (PNG) and gives the numbers back beside it. Only when a picture was asked for: pie for shares, bar for comparisons, line for what changes over time.',
  input: z.strictObject({
    kind: z.enum(kinds),
    title: words(120).min(1),
    labels: z.array(words(60)).min(1).max(LABELS_MAX).describe('Of the places along the chart, or of the slices.'),
    series: z
      .array(z.strictObject({ name: words(60), values: z.array(z.number()).max(LABELS_MAX) }))
      .min(1)
      .max(SERIES_MAX),
    x_title: words(60).optional(),
    y_title: words(60).optional().describe('With its unit, such as “Sales, US dollars”.'),
  }),
  output: z.object({
    ...answered,
    kind: z.enum(kinds),
    title: z.string(),
    labels: z.array(z.string()),
    series: z.array(z.object({ name: z.string(), values: z.array(z.number()) })),
  }),
  async run(call, { kind, title, labels, series, x_title, y_title }) {
    const uneven = series.find(({ values }) => values.length !== labels.length);
    if (uneven !== undefined)
      throw new McpError(
        'CHART_INVALID',
        `The series '${uneven.name}' has ${uneven.values.length} values for ${labels.length} labels.`,
      );
    if (kind === 'pie' && (series.length > 1 || labels.length > SLICES_MAX))
      throw new McpError('CHART_INVALID', `A pie has one series of at most ${SLICES_MAX} slices.`);
    if (kind === 'pie' && series.some(({ values }) => values.some((value) => value < 0)))
      throw new McpError('CHART_INVALID', 'A pie has no negative slices.');
    // Loaded with the first chart: the drawing library is 40 MB.
    const { drawPng } = await import('../chart.ts');
    const plan = plainValue({ kind, title, labels, series }) as {
      kind: typeof kind;
      title: string;
      labels: string[];
      series: typeof series;
    };
    const data = drawPng({ ...plan, xTitle: x_title, yTitle: y_title });
    return {
      structured: { ...about(call), ...plan },
      text: `${title}: a ${kind} chart of ${labels.length} values.`,
      image: { data, mimeType: 'image/png' },
      rows: labels.length,
    };
  },
});

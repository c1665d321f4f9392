import type { SummaryDifference } from '../../../database/index.ts';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, flag } from '../../options.ts';

/** Differences that a person is shown; `--json` has all. */
const SHOWN_MAX = 20;

export const rebuild = defineCliCommand({
  summary: 'Makes the summaries of sales anew from the orders and their items.',
  description:
    'The summary (monthly_sales) is derived: nothing is lost by making it anew, and others may go on writing meanwhile. While `zava start` runs it is kept by itself; questions over all orders use it only then.',
  examples: [
    ['zava summaries rebuild --dry-run', 'shows which months differ from their orders'],
    ['zava summaries rebuild', 'makes all of them anew'],
  ],
  options: { ...databaseOptions, dryRun: flag('Only compare, and show what differs.') },
  async run({ dryRun }, context) {
    const { compareSummaries, rebuildSummaries } = await import('../../../database/index.ts');
    context.ifInterrupted('What is made is right; run the command again for the rest.');
    await using opened = await context.openDatabase();
    const compared = await compareSummaries(opened.db);
    const differences = compared?.differences ?? [];
    const result = { database: opened.db.databaseName, dryRun, summaries: compared?.summaries ?? 0, differences };
    if (dryRun) return { result: { ...result, made: null }, text: comparedText(compared) };
    const made = await rebuildSummaries(opened.db, context);
    return {
      result: { ...result, made },
      text: `Made the summaries of ${made} months of stores anew; ${differences.length} differed before.`,
    };
  },
});

function comparedText(compared: { summaries: number; differences: readonly SummaryDifference[] } | null): string {
  if (compared === null) return 'There are no summaries yet: `zava summaries rebuild` makes them.';
  const { summaries, differences } = compared;
  if (differences.length === 0) return `All ${summaries} summaries say what the orders say.`;
  const rest = differences.length - SHOWN_MAX;
  return [
    `${differences.length} of ${summaries} summaries differ from the orders:`,
    ...differences
      .slice(0, SHOWN_MAX)
      .map(
        ({ summary, expected, found }) =>
          `  ${summary}: ${found === null ? 'missing' : `${found.orders} orders, ${found.sales_cents / 100} dollars`}; the orders say ${expected.orders} orders, ${expected.sales_cents / 100} dollars`,
      ),
    ...(rest > 0 ? [`  … and ${rest} more (\`--json\` lists all)`] : []),
  ].join('\n');
}

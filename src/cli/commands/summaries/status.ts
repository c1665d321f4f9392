import { defineCliCommand } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';

export const status = defineCliCommand({
  summary: 'Says whether the summaries of sales are kept, and how many months wait to be made anew.',
  description:
    'While `zava start` runs, it hears of every order and marks its month; a marked month is read from the orders until it is made anew. Where nobody has heard for ten seconds, questions are answered from the orders alone.',
  examples: [['zava summaries status', 'looks at the summaries'] as const],
  options: databaseOptions,
  async run(_input, context) {
    const { summaryStatus } = await import('../../../database/index.ts');
    await using opened = await context.openDatabase();
    const found = await summaryStatus(opened.db);
    const { summaries, marked, silentMs, isKept } = found;
    const heard =
      silentMs === null
        ? 'Nobody has ever kept them'
        : `The newest change was heard ${(silentMs / 1000).toFixed(1)} s ago`;
    return {
      result: found,
      text: [
        summaries === 0
          ? 'There are no summaries yet: `zava start` or `zava summaries rebuild` makes them.'
          : `${summaries} summaries of a month of a store; ${marked} wait to be made anew.`,
        `${heard}: ${isKept ? 'they are kept, and used.' : 'questions are answered from the orders alone.'}`,
      ].join('\n'),
    };
  },
});

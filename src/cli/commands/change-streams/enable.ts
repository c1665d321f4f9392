import { defineCliCommand } from '../../frame.ts';
import { databaseOptions } from '../../options.ts';

export const enable = defineCliCommand({
  summary: 'Turns pre- and post-images on for every synced collection.',
  description:
    'Creates the synced collections that are missing. Safe to run again. product_embeddings is never synced, and left alone.',
  examples: [['zava change-streams enable', 'for all twelve synced collections']],
  options: databaseOptions,
  async run(_input, context) {
    const { enableChangeStreams } = await import('../../../database/index.ts');
    context.ifInterrupted('Collections that were done stay done; run the command again for the rest.');
    await using opened = await context.openDatabase();
    const result = await enableChangeStreams(opened.db, context);
    const count = (names: readonly string[], what: string) =>
      names.length === 0 ? [] : [`${what}: ${names.join(', ')}.`];
    return {
      result,
      text: [
        ...count(result.enabled, 'Enabled'),
        ...count(result.created, 'Created'),
        ...count(result.wereEnabled, 'Enabled before'),
      ].join('\n'),
    };
  },
});

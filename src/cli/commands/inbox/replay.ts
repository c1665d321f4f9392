import { defineCliCommand } from '../../frame.ts';
import { applyContextOf, outcomeText, settleOptions, settlerOf } from '../../inbox-parts.ts';
import { textArgument } from '../../options.ts';

export const replay = defineCliCommand({
  summary: 'Carries a refused operation out as it was; what was written since stays.',
  description: 'Done in the name of headquarters, so what only the device’s role could not do goes in.',
  examples: [['zava inbox replay seattle-tablet-1:0123456789abcdef:7', 'once more, with its own time stamp']],
  arguments: { id: textArgument('The entry, as `zava inbox list` shows it.') },
  options: settleOptions,
  async run({ id, user }, context) {
    const { settleInboxEntry } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    const request = { how: 'replay' as const };
    return outcomeText(id, await settleInboxEntry(await applyContextOf(opened), settlerOf(user), id, request));
  },
});

import { defineCliCommand } from '../../frame.ts';
import { applyContextOf, entryOf, isConflict, outcomeText, settleOptions, settlerOf } from '../../inbox-parts.ts';
import { textArgument } from '../../options.ts';

export const restore = defineCliCommand({
  summary: 'Carries a refused operation out so that it wins over what was written since; or a value that lost.',
  examples: [
    ['zava inbox restore seattle-tablet-1:0123456789abcdef:7', 'a refused operation, stamped now'],
    ['zava inbox restore seattle-tablet-1:0123456789abcdef:9:0', 'a value of `zava inbox list --conflicts`'],
  ],
  arguments: { id: textArgument('The entry, as `zava inbox list` shows it.') },
  options: settleOptions,
  async run({ id, user }, context) {
    const { settleConflict, settleInboxEntry } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    const entry = await entryOf(opened, id);
    const parts = await applyContextOf(opened);
    const outcome = isConflict(entry)
      ? await settleConflict(parts, settlerOf(user), id, 'restore')
      : await settleInboxEntry(parts, settlerOf(user), id, { how: 'restore' });
    return outcomeText(id, outcome);
  },
});

import { defineCliCommand } from '../../frame.ts';
import { conflictsText, entryOf, entryText, isConflict } from '../../inbox-parts.ts';
import { databaseOptions, textArgument } from '../../options.ts';

export const show = defineCliCommand({
  summary: 'Shows one entry of the inbox: why it was refused, what was seen, meant, and is there now.',
  examples: [
    ['zava inbox show seattle-tablet-1:0123456789abcdef:7', 'field by field; * marks what differs'],
    ['zava inbox show seattle-tablet-1:0123456789abcdef:7 --json', 'with the operation, for `inbox change`'],
  ],
  arguments: { id: textArgument('The entry, as `zava inbox list` shows it.') },
  options: databaseOptions,
  async run({ id }, context) {
    await using opened = await context.openDatabase();
    const entry = await entryOf(opened, id);
    return { result: entry, text: isConflict(entry) ? conflictsText([entry]) : entryText(entry) };
  },
});

import { confirm } from '../../confirm.ts';
import { defineCliCommand } from '../../frame.ts';
import {
  applyContextOf,
  conflictsText,
  entryOf,
  entryText,
  isConflict,
  outcomeText,
  settleOptions,
  settlerOf,
} from '../../inbox-parts.ts';
import { flag, textArgument } from '../../options.ts';

export const discard = defineCliCommand({
  summary: 'Lets a refused operation, or a value that lost, be: nothing is changed. Asks first.',
  examples: [
    ['zava inbox discard seattle-tablet-1:0123456789abcdef:7', 'shows it, asks, and lets it be'],
    ['zava inbox discard seattle-tablet-1:0123456789abcdef:7 --yes', 'does not ask'],
    ['zava inbox discard seattle-tablet-1:0123456789abcdef:7 --dry-run', 'only shows it'],
  ],
  arguments: { id: textArgument('The entry, as `zava inbox list` shows it.') },
  options: { ...settleOptions, yes: flag('Do not ask.'), dryRun: flag('Only show what would be discarded.') },
  async run({ id, user, yes, dryRun }, context) {
    const { settleConflict, settleInboxEntry } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    const entry = await entryOf(opened, id);
    const text = isConflict(entry) ? conflictsText([entry]) : entryText(entry);
    if (dryRun) return { result: { id, dryRun, entry }, text: `Would discard:\n${text}` };
    context.note(text);
    context.ifInterrupted('Nothing was discarded.');
    await confirm(context, `Discard ${id}? It stays in the records as discarded.`, yes);
    const parts = await applyContextOf(opened);
    const outcome = isConflict(entry)
      ? await settleConflict(parts, settlerOf(user), id, 'discard')
      : await settleInboxEntry(parts, settlerOf(user), id, { how: 'discard' });
    return outcomeText(id, outcome);
  },
});

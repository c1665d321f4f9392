import { CliError } from '../../errors.ts';
import { defineCliCommand } from '../../frame.ts';
import { conflictsText, listText } from '../../inbox-parts.ts';
import { databaseOptions, flag, textOption, wholeNumberOption } from '../../options.ts';

const STATES = ['open', 'replayed', 'restored', 'changed', 'discarded', 'any'] as const;
const LIMIT_DEFAULT = 100;

export const list = defineCliCommand({
  summary: 'Lists what headquarters refused of the devices’ work and nobody has settled yet.',
  examples: [
    ['zava inbox list', 'what is open'],
    ['zava inbox list --device seattle-tablet-1 --state any', 'of one device, settled ones too'],
    ['zava inbox list --conflicts', 'fields that lost to a newer write'],
  ],
  options: {
    ...databaseOptions,
    store: textOption('Only of devices that worked for this store.', { valueName: 'ID' }),
    device: textOption('Only of this device.', { valueName: 'ID' }),
    state: textOption(`One of ${STATES.join(', ')}. Default: open.`, { valueName: 'STATE' }),
    limit: wholeNumberOption(`At most so many, the newest first. Default: ${LIMIT_DEFAULT}.`, { min: 1, max: 10_000 }),
    conflicts: flag('Values that lost to a newer write, instead of refused operations.'),
  },
  async run({ store, device, state = 'open', limit, conflicts }, context) {
    const chosen = STATES.find((one) => one === state);
    if (chosen === undefined) throw new CliError('BAD_USAGE', `--state: one of ${STATES.join(', ')} was expected.`);
    if (conflicts && store !== undefined) throw new CliError('BAD_USAGE', '--store does not go with --conflicts.');
    const { listConflicts, listInbox } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    const query = {
      state: chosen,
      limit: limit ?? LIMIT_DEFAULT,
      ...(store === undefined ? {} : { storeId: store }),
      ...(device === undefined ? {} : { deviceId: device }),
    };
    if (conflicts) {
      const records = await listConflicts(opened.db, query);
      return { result: records, text: conflictsText(records) };
    }
    const records = await listInbox(opened.db, query);
    return { result: records, text: listText(records) };
  },
});

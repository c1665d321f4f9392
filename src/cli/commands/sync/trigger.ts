import { userInfo } from 'node:os';
import { CliError } from '../../errors.ts';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, textOption, wholeNumberOption } from '../../options.ts';
import { triggeredText } from '../../sync-text.ts';

const WAIT_SECONDS_DEFAULT = 120;

export const trigger = defineCliCommand({
  summary: 'Asks every device, or one, to compare all that it holds with MongoDB and to fetch what it lacks.',
  description:
    'Reaches the devices of every gateway. Ends with 1 where a device did not come to an end in time; one that is offline is named, and is compared by itself when it is back.',
  examples: [
    ['zava sync trigger', 'all devices, with progress'],
    ['zava sync trigger --device seattle-tablet-1', 'one of them'],
    ['zava sync trigger --wait 600 --json', 'gives them ten minutes'],
  ],
  options: {
    ...databaseOptions,
    device: textOption('Only this device.', { valueName: 'ID' }),
    wait: wholeNumberOption(`How many seconds they have. Default: ${WAIT_SECONDS_DEFAULT}.`, { min: 1, max: 86_400 }),
  },
  async run({ device, wait }, context) {
    const { triggerSync } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    context.ifInterrupted('The devices go on comparing; `zava sync status` shows what came of it.');
    const devices = await triggerSync(opened.db, {
      ...(device === undefined ? {} : { deviceId: device }),
      requestedBy: userInfo().username,
      waitMs: (wait ?? WAIT_SECONDS_DEFAULT) * 1_000,
      signal: context.signal,
      onProgress: ({ done, total }) => context.onProgress({ phase: 'comparing', done, total, unit: 'devices' }),
    });
    if (device !== undefined && devices.length === 0) {
      throw new CliError('DEVICE_UNKNOWN', `No device "${device}" has ever connected.`, { data: { device } });
    }
    if (devices.length === 0) return { result: devices, text: 'No device has connected yet.' };
    const isUnfinished = devices.some(({ state }) => ['no_answer', 'undecided', 'disconnected'].includes(state));
    return { result: devices, text: triggeredText(devices), exitCode: isUnfinished ? 1 : 0 };
  },
});

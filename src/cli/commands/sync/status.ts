import { setTimeout as sleep } from 'node:timers/promises';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, flag, textOption } from '../../options.ts';
import { statusText } from '../../sync-text.ts';

const WATCH_MS = 2_000;

export const status = defineCliCommand({
  summary:
    'Shows the gateways and devices: who is there, how far, what waits, what was refused, whether both ends agree.',
  description:
    'Read from MongoDB, where every gateway writes it; what changes shows within seconds, and a gateway that says nothing for ten is taken for dead. "behind" is how old what a device holds is; "checksums" is its latest comparison with MongoDB. One gateway leads what is written in MongoDB past all of them; what it can make nothing of is listed.',
  examples: [
    ['zava sync status', 'a table'],
    ['zava sync status --device seattle-tablet-1 --json', 'one device, for a program'],
    ['zava sync status --watch', 'again every two seconds, until Ctrl-C'],
  ],
  options: {
    ...databaseOptions,
    device: textOption('Only this device.', { valueName: 'ID' }),
    watch: flag('Show it again every two seconds, until Ctrl-C.'),
  },
  async run({ device, watch }, context) {
    const { readSyncStatus } = await import('../../../gateway/index.ts');
    await using opened = await context.openDatabase();
    const read = async () => {
      const result = await readSyncStatus(opened.db, device === undefined ? {} : { deviceId: device });
      return { result, text: statusText(result, context.colors) };
    };
    if (!watch) return await read();
    while (!context.signal.aborted) {
      const { result, text } = await read();
      await context.announce({ result, text: `${result.at.toISOString()}\n${text}\n` });
      await sleep(WATCH_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
    return undefined;
  },
});

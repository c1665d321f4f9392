import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, textOption } from '../../options.ts';
import { nothingNamed } from './revoke.ts';

export const allow = defineCliCommand({
  summary: 'Takes back what `zava token revoke` did.',
  description: 'The device comes back by itself within a minute, or at once when it is started again.',
  examples: [['zava token allow --device seattle-tablet-1', 'lets the device in again, with a token that is good']],
  options: {
    ...databaseOptions,
    device: textOption('The device to let in again.', { valueName: 'ID' }),
    tokenId: textOption('The id of a token that was withdrawn.', { valueName: 'ID' }),
  },
  async run({ device, tokenId }, context) {
    const { allowDevice, allowToken } = await import('../../../gateway/index.ts');
    if (device === undefined && tokenId === undefined) throw nothingNamed();
    await using opened = await context.openDatabase();
    const lines: string[] = [];
    const allowed: { device?: boolean; token?: boolean } = {};
    if (device !== undefined) {
      allowed.device = await allowDevice(opened.db, device);
      lines.push(allowed.device ? `The device ${device} may connect again.` : `The device ${device} was not shut out.`);
    }
    if (tokenId !== undefined) {
      allowed.token = await allowToken(opened.db, tokenId);
      lines.push(allowed.token ? `The token ${tokenId} is good again.` : `The token ${tokenId} was not withdrawn.`);
    }
    return { result: { allowed }, text: lines.join('\n') };
  },
});

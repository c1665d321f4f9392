import { CliError } from '../../errors.ts';
import { defineCliCommand } from '../../frame.ts';
import { databaseOptions, textOption } from '../../options.ts';

export const revoke = defineCliCommand({
  summary: 'Shuts a device out, or withdraws one token, at every gateway.',
  description:
    'Connections end within seconds. What the device has not sent yet stays on it, and is taken when it is allowed again.',
  examples: [
    ['zava token revoke --device seattle-tablet-1 --because stolen', 'whatever token the device has'],
    ['zava token revoke --token-id 3f1c… --because "copied into a chat"', 'one token; the device may have another'],
  ],
  options: {
    ...databaseOptions,
    device: textOption('The device to shut out.', { valueName: 'ID' }),
    tokenId: textOption('The id of a token, as `zava token inspect` shows it, or the token itself.', {
      valueName: 'ID',
    }),
    because: textOption('The reason; the device shows it.'),
  },
  async run({ device, tokenId: named, because = '' }, context) {
    const { factsOf, revokeDevice, revokeToken } = await import('../../../gateway/index.ts');
    const facts = named === undefined ? null : factsOf(named);
    const tokenId = facts?.tokenId ?? named;
    if (device === undefined && tokenId === undefined) throw nothingNamed();
    await using opened = await context.openDatabase();
    if (device !== undefined) await revokeDevice(opened.db, device, because);
    if (tokenId !== undefined) {
      const until = facts === null ? {} : { expiresMs: facts.expiresMs };
      await revokeToken(opened.db, { tokenId, because, ...until });
    }
    const what = [
      ...(device === undefined ? [] : [`The device ${device} is shut out`]),
      ...(tokenId === undefined ? [] : [`The token ${tokenId} is withdrawn`]),
    ];
    return { result: { revoked: { device, tokenId }, because }, text: `${what.join('. ')}.` };
  },
});

export const nothingNamed = () =>
  new CliError('BAD_USAGE', 'A device or a token was expected: --device or --token-id.');

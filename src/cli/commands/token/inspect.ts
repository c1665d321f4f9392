import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../../frame.ts';
import { pathOption, textArgument } from '../../options.ts';
import { tokenFactsText } from '../../token-text.ts';

export const inspect = defineCliCommand({
  summary: 'Says of a token for whom it is, until when, and whether it is good here.',
  description:
    'Tells a token that has run out, was made in the future, for another service, or with another key apart. Whether it was withdrawn lies in the database: `zava sync status` shows devices that were shut out. `-` reads the token from stdin. Ends with 1 where it is not valid.',
  examples: [
    ['zava token inspect eyJhbGciOi…', 'a token on the command line'],
    ['zava token inspect - < token.txt', 'one that stays out of the history of the shell'],
  ],
  arguments: { token: textArgument('The token, or `-` for stdin.') },
  options: { dataDir: pathOption('Where the signing key is.', { valueName: 'DIR', setting: 'ZAVA_DATA_DIR' }) },
  async run({ token }, { settings, readStdin, colors }) {
    const { inspectToken, signingKeyOf } = await import('../../../gateway/index.ts');
    const text = (token === '-' ? await readStdin() : token).trim();
    const inspected = await inspectToken(await signingKeyOf(settings.ZAVA_DATA_DIR), text);
    const { verdict, says, facts } = inspected;
    const isValid = verdict === 'valid';
    const mark = isValid ? colors.green('✓') : colors.red('✗');
    const claims = facts === null ? '' : `\n  ${isValid ? '' : 'It says of itself: '}${tokenFactsText(facts)}`;
    return { result: inspected, text: `${mark} ${says}${claims}`, exitCode: isValid ? EXIT_DONE : EXIT_FAULT };
  },
});

import { CliError, PromptDeclined } from '../errors.ts';
import { defineCliCommand } from '../frame.ts';
import { optionalTextArgument } from '../options.ts';

export const encodePassword = defineCliCommand({
  summary: 'Encodes a password for use in a connection string.',
  description:
    'Without an argument the password is asked for, unseen, or read from stdin: so it stays out of the history of the shell.',
  examples: [
    ['zava encode-password', 'asks for the password'],
    ["printf %s 'p@ss/word' | zava encode-password", 'reads it from stdin'],
    ["zava encode-password 'p@ss/word'", 'prints p%40ss%2Fword'],
  ],
  arguments: {
    password: optionalTextArgument('The password. Better left out: other users see it in the list of processes.'),
  },
  async run({ password: given }, context) {
    const { encodePassword: encode } = await import('../../database/index.ts');
    const password =
      given ?? (context.isInteractive ? await ask(context.signal) : withoutLineEnd(await context.readStdin()));
    if (password === '') throw new CliError('BAD_USAGE', 'The password is empty.');
    const encoded = encode(password);
    return { result: { encoded }, text: encoded };
  },
});

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

async function ask(signal: AbortSignal): Promise<string> {
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message: 'Password', signal, output: process.stderr });
  if (isCancel(answer)) throw new PromptDeclined('The prompt was left.');
  return answer;
}

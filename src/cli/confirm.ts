import { CliError, PromptDeclined } from './errors.ts';
import type { CliContext } from './frame.ts';

/** Asks before something is destroyed. Without a terminal nobody can agree, so `--yes` must have been given. */
export async function confirm(
  { isInteractive, signal }: CliContext,
  question: string,
  isAgreed: boolean,
): Promise<void> {
  if (isAgreed) return;
  if (!isInteractive) throw new CliError('CONFIRMATION_NEEDED', `${question} Nobody is there to be asked.`);
  const prompts = await import('@clack/prompts');
  const answer = await prompts.confirm({ message: question, initialValue: false, signal, output: process.stderr });
  if (answer !== true) throw new PromptDeclined('Not agreed.');
}

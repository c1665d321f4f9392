/**
 * Kills the embedded server in the middle of its work, again and again, and checks that nothing acknowledged is lost.
 *
 *     npx tsx tests/torture/main.ts [--rounds N] [--seed S] [--clients N] [--only-rounds] [--keep]
 *
 * Exit: 0 when every promise held, 1 when one was broken, 2 for wrong usage, 70 when the harness itself broke.
 */
import { parseArgs } from 'node:util';
import { tryDamages } from './damage.ts';
import { fillDisk } from './full-disk.ts';
import { type RoundReport, torture } from './rounds.ts';

const USAGE = 'usage: npx tsx tests/torture/main.ts [--rounds N] [--seed S] [--clients N] [--only-rounds] [--keep]';
const ROUNDS = 200;

process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  let rounds: number;
  let seed: number;
  let clients: number | undefined;
  let keep: boolean;
  let isOnlyRounds: boolean;
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        rounds: { type: 'string' },
        seed: { type: 'string' },
        clients: { type: 'string' },
        keep: { type: 'boolean', default: false },
        'only-rounds': { type: 'boolean', default: false },
      },
    });
    rounds = wholeNumber('--rounds', values.rounds) ?? ROUNDS;
    seed = wholeNumber('--seed', values.seed) ?? Date.now() % 1_000_000;
    clients = wholeNumber('--clients', values.clients);
    keep = values.keep;
    isOnlyRounds = values['only-rounds'];
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  process.stdout.write(`seed ${seed}, ${rounds} rounds\n`);
  try {
    const brokenOutside = isOnlyRounds ? 0 : (await tortureDirectory(seed)) + (await tortureDisk());
    if (rounds === 0) return brokenOutside === 0 ? 0 : 1;
    const report = await torture({
      seed,
      rounds,
      keep,
      ...(clients === undefined ? {} : { clients }),
      onRound: (round) => process.stdout.write(`${describeRound(round)}\n`),
    });
    const acknowledged = report.rounds.reduce((sum, round) => sum + round.acknowledged, 0);
    const interrupted = report.rounds.reduce((sum, round) => sum + round.interrupted.length, 0);
    if (!report.transactions)
      process.stdout.write('The server refuses multi-document transactions: they were not tested.\n');
    if (report.violations.length === 0) {
      process.stdout.write(
        `Every promise held: ${report.rounds.length} rounds, ${acknowledged} acknowledged operations, ${interrupted} interrupted ones.\n`,
      );
      return brokenOutside === 0 ? 0 : 1;
    }
    process.stdout.write(
      `\nround ${report.rounds.length} broke a promise:\n${report.violations.map((each) => `  ${each}\n`).join('')}`,
    );
    process.stdout.write(
      `reproduce: npx tsx tests/torture/main.ts --seed ${seed} --rounds ${report.rounds.length} --keep\n`,
    );
    process.stdout.write(
      'The workload is the same each time; the moment of the kill is as near as the clock allows.\n',
    );
    if (report.kept !== null) process.stdout.write(`data directory: ${report.kept}\n`);
    return 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\nseed ${seed}\n`);
    return 70;
  }
}

async function tortureDirectory(seed: number): Promise<number> {
  const results = await tryDamages({
    seed,
    onResult: ({ name, refusal, violations }) =>
      process.stdout.write(
        `${name}: ${violations.length === 0 ? `ok; ${refusal}` : `BROKEN: ${violations.join(', ')}`}\n`,
      ),
  });
  return results.filter(({ violations }) => violations.length > 0).length;
}

async function tortureDisk(): Promise<number> {
  const result = await fillDisk();
  if (result.outcome === 'not run') {
    process.stdout.write(`a full disk: NOT RUN: ${result.why}\n`);
    return 0;
  }
  const { acknowledged, violations } = result;
  process.stdout.write(
    `a full disk: ${violations.length === 0 ? 'ok' : `BROKEN: ${violations.join(', ')}`}; ${acknowledged} documents acknowledged\n`,
  );
  return violations.length;
}

function describeRound({
  round,
  ending,
  acknowledged,
  interrupted,
  documents,
  indexes,
  events,
  openMs,
  violations,
}: RoundReport): string {
  const state = violations.length === 0 ? 'ok' : 'BROKEN';
  return `round ${round}: ${state}; ${ending} after ${acknowledged} operations, under way: ${interrupted.join(', ') || 'nothing'}; ${documents} documents, ${indexes} indexes, ${events} events so far; open again in ${openMs} ms`;
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} must be a whole number, not "${text}".`);
  return number;
}

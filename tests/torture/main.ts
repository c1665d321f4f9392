/**
 * Kills the embedded server in the middle of its work, again and again, and checks that nothing acknowledged is lost; sends
 * it hostile bytes; damages its files; fills its disk. Then plays the sync world (src/simulation) from ten thousand seeds.
 *
 *     npm run torture -- [--rounds N] [--inputs N] [--worlds N] [--seed S] [--clients N]
 *                        [--only-rounds] [--only-inputs] [--only-worlds] [--keep] [--json]
 *
 * Exit: 0 when every promise held, 1 when one was broken, 2 for wrong usage, 70 when the harness itself broke, 130 after Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { tryDamages } from './damage.ts';
import { fillDisk } from './full-disk.ts';
import { fuzz } from './fuzz/fuzz.ts';
import { type RoundReport, torture } from './rounds.ts';
import { playSyncWorld } from './sync-world.ts';

const USAGE =
  'usage: npm run torture -- [--rounds N] [--inputs N] [--worlds N] [--seed S] [--clients N] [--only-rounds] [--only-inputs] [--only-worlds] [--keep] [--json]';
const ROUNDS = 200;
const INPUTS = 1_000_000;
const WORLDS = 10_000;
/** Seeds are whole numbers below 2³¹. */
const SEEDS_MAX = 0x7fffffff;
/** Between two lines of progress. */
const WORLDS_PER_LINE = 200;

interface Options {
  readonly rounds: number;
  readonly inputs: number;
  readonly worlds: number;
  readonly seed: number;
  readonly clients: number | undefined;
  readonly isOnlyRounds: boolean;
  readonly isOnlyInputs: boolean;
  readonly isOnlyWorlds: boolean;
  readonly keep: boolean;
  readonly json: boolean;
}

/** What one part of the torture found. `figures` go into the summary. */
interface Part {
  readonly part: string;
  readonly seconds: number;
  readonly figures: Readonly<Record<string, number | string | boolean>>;
  readonly violations: readonly string[];
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The part that runs ends its server and removes its folders; who is impatient asks twice.
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    say('Stopping; once more to stop at once.');
    stop.abort();
  });
}

process.exitCode = await main(process.argv.slice(2));

async function main(words: string[]): Promise<number> {
  let options: Options;
  try {
    options = readOptions(words);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const { seed, rounds, inputs, worlds, isOnlyRounds, isOnlyInputs, isOnlyWorlds } = options;
  const isWhole = !isOnlyRounds && !isOnlyInputs && !isOnlyWorlds;
  say(`seed ${seed}, ${rounds} rounds, ${inputs} hostile inputs, ${worlds} sync worlds`);
  const parts: Part[] = [];
  const run = async (name: string, work: () => Promise<Omit<Part, 'part' | 'seconds'>>) => {
    if (stop.signal.aborted) return;
    const startedAt = performance.now();
    const found = await work();
    const part = { part: name, seconds: Math.round((performance.now() - startedAt) / 100) / 10, ...found };
    parts.push(part);
    say(describePart(part));
  };
  try {
    if (isWhole) {
      await run('damaged directories', () => tortureDirectory(seed));
      await run('a full disk', tortureDisk);
    }
    if ((isWhole || isOnlyWorlds) && worlds > 0) await run('the sync world', () => tortureSync(options));
    if ((isWhole || isOnlyInputs) && inputs > 0) await run('hostile inputs', () => tortureWire(options));
    if ((isWhole || isOnlyRounds) && rounds > 0) await run('crashes', () => tortureRounds(options));
  } catch (error) {
    if (stop.signal.aborted) return 130;
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\nseed ${seed}\n`);
    return 70;
  }
  if (stop.signal.aborted) return 130;
  const isKept = parts.every(({ violations }) => violations.length === 0);
  if (options.json) process.stdout.write(`${JSON.stringify({ seed, ok: isKept, parts }, null, 2)}\n`);
  else say(`\n${isKept ? 'Every promise held.' : 'A promise was broken.'}\n${parts.map(describePart).join('\n')}`);
  return isKept ? 0 : 1;

  async function tortureDisk(): Promise<Pick<Part, 'figures' | 'violations'>> {
    const result = await fillDisk();
    if (result.outcome === 'not run') return { figures: { run: false, why: result.why }, violations: [] };
    return { figures: { acknowledged: result.acknowledged }, violations: result.violations };
  }
}

async function tortureSync({ seed, worlds }: Options) {
  // Other worlds with each seed, and the same again with the same.
  const firstSeed = 1 + ((seed * worlds) % (SEEDS_MAX - worlds));
  let toldAt = 0;
  const { violations, ...figures } = await playSyncWorld({
    firstSeed,
    seeds: worlds,
    signal: stop.signal,
    onProgress: (done, broken) => {
      if (done - toldAt < WORLDS_PER_LINE) return;
      toldAt = done;
      say(`  ${done} of ${worlds} worlds, ${broken} broken`);
    },
  });
  return { figures: { firstSeed, ...figures }, violations };
}

async function tortureDirectory(seed: number) {
  const results = await tryDamages({
    seed,
    onResult: ({ name, refusal, violations }) =>
      say(`  ${name}: ${violations.length === 0 ? `ok; ${refusal}` : `BROKEN: ${violations.join(', ')}`}`),
  });
  return {
    figures: { damages: results.length },
    violations: results.flatMap(({ name, violations }) => violations.map((each) => `${name}: ${each}`)),
  };
}

async function tortureWire({ seed, inputs }: Options) {
  const { violations, ...figures } = await fuzz({
    seed,
    inputs,
    signal: stop.signal,
    onViolation: (what) => say(`  BROKEN: ${what}`),
    onProgress: (now) =>
      say(
        `  ${now.inputs} inputs in ${now.seconds} s: ${now.answered} answered, ${now.refused} refused, ${now.closed} connections closed; slowest ping ${now.slowestPingMs} ms, own memory at most ${now.ownPeakMegabytes} MB, with the pages of its file ${now.peakMegabytes} MB, ${now.violations.length} broken`,
      ),
  });
  return { figures, violations };
}

async function tortureRounds({ seed, rounds, clients, keep }: Options) {
  const report = await torture({
    seed,
    rounds,
    keep,
    signal: stop.signal,
    ...(clients === undefined ? {} : { clients }),
    onRound: (round) => say(`  ${describeRound(round)}`),
  });
  const sum = (of: (round: RoundReport) => number) => report.rounds.reduce((total, round) => total + of(round), 0);
  const violations = report.violations.map((each) => `round ${report.rounds.length}: ${each}`);
  if (violations.length > 0) {
    violations.push(
      `reproduce: npx tsx tests/torture/main.ts --only-rounds --seed ${seed} --rounds ${report.rounds.length} --keep`,
    );
    violations.push('The workload is the same each time; the moment of the kill is as near as the clock allows.');
    if (report.kept !== null) violations.push(`data directory: ${report.kept}`);
  }
  return {
    figures: {
      rounds: report.rounds.length,
      acknowledged: sum((round) => round.acknowledged),
      interrupted: sum((round) => round.interrupted.length),
      slowestOpenMs: Math.max(0, ...report.rounds.map(({ openMs }) => openMs)),
      transactions: report.transactions,
    },
    violations,
  };
}

function describePart({ part, seconds, figures, violations }: Part): string {
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  const state = violations.length === 0 ? 'ok' : `BROKEN\n${violations.map((each) => `  ${each}`).join('\n')}`;
  return `${part}: ${told.join(', ')} in ${seconds} s: ${state}`;
}

function describeRound(round: RoundReport): string {
  const { ending, acknowledged, interrupted, documents, indexes, events, openMs, violations } = round;
  const state = violations.length === 0 ? 'ok' : 'BROKEN';
  return `round ${round.round}: ${state}; ${ending} after ${acknowledged} operations, under way: ${interrupted.join(', ') || 'nothing'}; ${documents} documents, ${indexes} indexes, ${events} events so far; open again in ${openMs} ms`;
}

/** Progress, beside the result. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function readOptions(words: string[]): Options {
  const { values } = parseArgs({
    args: words,
    options: {
      rounds: { type: 'string' },
      inputs: { type: 'string' },
      worlds: { type: 'string' },
      seed: { type: 'string' },
      clients: { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'only-rounds': { type: 'boolean', default: false },
      'only-inputs': { type: 'boolean', default: false },
      'only-worlds': { type: 'boolean', default: false },
    },
  });
  return {
    rounds: wholeNumber('--rounds', values.rounds) ?? ROUNDS,
    inputs: wholeNumber('--inputs', values.inputs) ?? INPUTS,
    worlds: wholeNumber('--worlds', values.worlds) ?? WORLDS,
    seed: wholeNumber('--seed', values.seed) ?? Date.now() % 1_000_000,
    clients: wholeNumber('--clients', values.clients),
    keep: values.keep,
    json: values.json,
    isOnlyRounds: values['only-rounds'],
    isOnlyInputs: values['only-inputs'],
    isOnlyWorlds: values['only-worlds'],
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} must be a whole number, not "${text}".`);
  return number;
}

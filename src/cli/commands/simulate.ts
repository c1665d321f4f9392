import { CliError } from '../errors.ts';
import { defineCliCommand, EXIT_DONE, EXIT_FAULT } from '../frame.ts';
import { flag, listOption, pathOption, textOption, wholeNumberOption } from '../options.ts';

const DEVICES_MAX = 50;
const GATEWAYS_MAX = 8;
const STEPS_MAX = 100_000;
const SEED_MAX = 0x7fffffff;

export const simulate = defineCliCommand({
  summary: 'Plays devices, gateways and MongoDB in one process, with faults, and checks what was promised.',
  description:
    'The seed decides everything: the same words give the same run. The real replication of both ends runs on a simulated network, clock and database, in memory; nothing is read or written outside. Where a promise breaks, the run is made as small as it goes, and the words to play that again are printed. Ends with 1 then.',
  examples: [
    ['zava simulate --seed 7 --devices 3', 'a run that a person can follow'],
    ['zava simulate --seed 7 --devices 3 --faults cut,crash,one_way', 'with these faults alone'],
    ['zava simulate --seed 7 --devices 3 --frames', 'with every frame'],
    ['zava simulate --seed 7 --sabotage kept_removals', 'what a broken promise looks like'],
    ['zava simulate --seed 7 --devices 50 --steps 2000 --gateways 3 --json', 'a large one, for a program'],
  ],
  options: {
    seed: wholeNumberOption('What decides the run (by itself another one each time).', { max: SEED_MAX }),
    devices: wholeNumberOption('Devices (3).', { min: 1, max: DEVICES_MAX }),
    gateways: wholeNumberOption('Gateways (2).', { min: 1, max: GATEWAYS_MAX }),
    steps: wholeNumberOption('Steps before everything is let heal (300).', { min: 1, max: STEPS_MAX }),
    faults: listOption('Kinds of faults, with commas between them; `none`, or all of them.', { valueName: 'LIST' }),
    only: textOption('Play only these steps, such as `3,17-19`.', { valueName: 'STEPS' }),
    frames: flag('Show every frame.'),
    sabotage: textOption('Break something on purpose, to see that it is found.', { valueName: 'NAME' }),
    permissions: pathOption('The permissions instead of config/ditto_permissions.json.'),
  },
  async run({ seed, devices, gateways, steps, faults, only, frames, sabotage, permissions }, context) {
    const { simulate, shrink, reportText, replayCommand } = await import('../../simulation/index.ts');
    const { permissionsOf } = await import('../gateway-parts.ts');
    const options = {
      seed: seed ?? Math.floor(Math.random() * SEED_MAX),
      devices: devices ?? 3,
      gateways: gateways ?? 2,
      steps: steps ?? 300,
      faults: await faultsNamed(faults),
      permissions: await permissionsOf(permissions),
      only: await stepsNamed(only),
      sabotage: await sabotageNamed(sabotage),
    };
    const report = simulate(options);
    const { violation, figures, timeline, devices: atTheEnd } = report;
    if (violation === null) {
      const result = { ok: true, replay: replayCommand(options), figures, devices: atTheEnd, timeline };
      return { result, text: reportText(options, report, frames), exitCode: EXIT_DONE };
    }
    context.note(`A promise is broken: ${violation.message}`);
    context.note('Making the run smaller …');
    const smallest = shrink(options);
    const replay = replayCommand(smallest.options);
    return {
      result: { ok: false, violation, replay, shortest: smallest.report, tries: smallest.tries },
      text: `${reportText(smallest.options, smallest.report, true)}\n\nThe shortest of ${smallest.tries} runs. Again: ${replay}\nAs it was: ${replayCommand(options)}`,
      exitCode: EXIT_FAULT,
    };
  },
});

async function faultsNamed(words: readonly string[]) {
  const { faultNames } = await import('../../simulation/index.ts');
  const names = words.flatMap((word) => word.split(',')).map((name) => name.trim());
  if (names.length === 0 || names.includes('all')) return faultNames;
  if (names.length === 1 && names[0] === 'none') return [];
  return names.map((name) => {
    const found = faultNames.find((one) => one === name);
    if (found !== undefined) return found;
    throw new CliError('BAD_USAGE', `"${name}" is no kind of fault. There are: ${faultNames.join(', ')}.`);
  });
}

async function sabotageNamed(name: string | undefined) {
  if (name === undefined) return undefined;
  const { sabotages } = await import('../../simulation/index.ts');
  const names = Object.keys(sabotages) as (keyof typeof sabotages)[];
  const found = names.find((one) => one === name);
  if (found !== undefined) return found;
  throw new CliError('BAD_USAGE', `"${name}" can't be broken. There are: ${names.join(', ')}.`);
}

async function stepsNamed(text: string | undefined) {
  if (text === undefined) return undefined;
  const { numbersOf } = await import('../../simulation/index.ts');
  const numbers = numbersOf(text);
  if (numbers !== null) return numbers;
  throw new CliError('BAD_USAGE', `Numbers of steps such as 3,17-19 were expected; "${text}" came.`);
}

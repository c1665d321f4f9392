/** A run as a person reads it: what happened, how it ended, what was checked, and how to play it again. */
import { promises } from './broken-promise.ts';
import { faultNames } from './faults.ts';
import { sabotages } from './sabotage.ts';
import type { SimulationOptions, SimulationReport } from './simulate.ts';
import { timelineText } from './timeline.ts';

export function reportText(options: SimulationOptions, report: SimulationReport, withTraffic: boolean): string {
  const { seed, devices, gateways, faults, only } = options;
  const { violation, figures } = report;
  const { acknowledged, applied, parked, lostFields, framesCarried, simulatedSeconds } = figures;
  const named = faults.length === faultNames.length ? 'every kind of fault' : faults.join(', ') || 'no faults';
  const left = only === undefined ? `${options.steps} steps` : `${only.length} of ${options.steps} steps`;
  const lines = [
    ...(options.sabotage === undefined ? [] : [`Broken on purpose: ${sabotages[options.sabotage]}.`]),
    `Seed ${seed}: ${devices} devices, ${gateways} gateways, ${left}; ${named}.`,
    '',
    timelineText(report.timeline, withTraffic),
    '',
    ...report.devices.map(({ deviceId, role, stores, acknowledged: saved, refused, documents }) => {
      const where = stores === 'all' ? 'all stores' : stores.join(', ');
      return `${deviceId}: ${role} of ${where}; ${saved} operations saved, ${refused} refused, ${documents} documents`;
    }),
    `MongoDB: ${applied} operations applied, ${parked} in the inbox, ${lostFields} fields in the conflict log`,
    `${acknowledged} operations acknowledged, ${framesCarried} things carried, ${simulatedSeconds} s of simulated time`,
    '',
    ...Object.entries(promises).map(([name, words]) => `  ${violation?.promise === name ? '✗' : '✓'} ${words}`),
  ];
  if (violation !== null) lines.push('', `Broken at step ${violation.step}: ${violation.message}`);
  return lines.join('\n');
}

/** The words that play a run again. */
export function replayCommand({ seed, devices, gateways, steps, faults, only, sabotage }: SimulationOptions): string {
  const words = [`zava simulate --seed ${seed} --devices ${devices} --gateways ${gateways} --steps ${steps}`];
  if (faults.length < faultNames.length) words.push(`--faults ${faults.join(',') || 'none'}`);
  if (only !== undefined) words.push(`--only ${rangesText(only)}`);
  if (sabotage !== undefined) words.push(`--sabotage ${sabotage}`);
  return words.join(' ');
}

/** `3,17-19` */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last !== undefined && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',');
}

/** Null where it is no such list. */
export function numbersOf(text: string): number[] | null {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    if (match === null) return null;
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (to < from || to - from > 1_000_000) return null;
    for (let number = from; number <= to; number++) numbers.push(number);
  }
  return numbers;
}

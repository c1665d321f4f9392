/** One player of the sync world: `sync-world-process.ts FIRST END STRIDE` plays FIRST, FIRST + STRIDE … below END. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPermissions } from '../../src/gateway/index.ts';
import {
  faultNames,
  replayCommand,
  reportText,
  type SimulationOptions,
  shrink,
  simulate,
  worldOfSeed,
} from '../../src/simulation/index.ts';
import type { PortionReport } from './sync-world.ts';

const SEEDS_PER_REPORT = 10;
/** Making small takes a hundred runs: those after these are named by their command alone. */
const SHRUNK_MAX = 3;

const [first = 0, end = 0, stride = 1] = process.argv.slice(2).map(Number);
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const permissions = await readPermissions(path.join(root, 'config', 'ditto_permissions.json'));

const violations: string[] = [];
let operations = 0;
let seeds = 0;
const endWithParent = () => process.exit(1);
process.on('disconnect', endWithParent);
for (let seed = first; seed < end; seed += stride) {
  const options: SimulationOptions = { ...worldOfSeed(seed), faults: faultNames, permissions };
  const { violation, figures } = simulate(options);
  seeds += 1;
  operations += figures.acknowledged;
  if (violation !== null) violations.push(storyOf(options, violation.message));
  if (seeds % SEEDS_PER_REPORT === 0 || violation !== null) await report();
}
await report();
process.off('disconnect', endWithParent);
process.disconnect();

function storyOf(options: SimulationOptions, message: string): string {
  if (violations.length >= SHRUNK_MAX) return `${message}\nAgain: ${replayCommand(options)}`;
  const smallest = shrink(options);
  return `${reportText(smallest.options, smallest.report, true)}\nAgain: ${replayCommand(smallest.options)}`;
}

function report(): Promise<void> {
  const now: PortionReport = { seeds, operations, violations };
  return new Promise((resolve, reject) => {
    process.send?.(now, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

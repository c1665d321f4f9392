/**
 * `npm run bench:sync`: the first sync of a device, one device's change on another, thousands of devices at one gateway,
 * and what it costs to come back with nothing to fetch. README.md beside this file says how to read what it prints.
 */
import { measureChange } from './sync/change.ts';
import { withCompany } from './sync/company.ts';
import { measureCrowd } from './sync/crowd.ts';
import { measureInitialSync } from './sync/initial-sync.ts';
import { readOptions } from './sync/options.ts';
import { describeFigures, type SyncFigures } from './sync/report.ts';

const options = readOptions(process.argv.slice(2));
const say = (line: string) => process.stderr.write(`${line}\n`);

// A transaction of a Ditto store does not keep a program alive by itself: it would end in the middle, silently.
const alive = setInterval(() => undefined, 1_000);
const figures = await withCompany(options, say, async (company): Promise<SyncFigures> => {
  const wantsInitial = options.wants('initial');
  const crowd = options.wants('crowd') ? await measureCrowd(company, options, say) : null;
  if (wantsInitial) say('A device syncs for the first time …');
  const initial = wantsInitial || options.wants('reconnect') ? await measureInitialSync(company, wantsInitial) : null;
  const change = options.wants('change') ? await measureChange(company, options, say) : null;
  return { initial, change, crowd };
});
process.stdout.write(`${options.json ? JSON.stringify(figures, undefined, 2) : describeFigures(figures)}\n`);
clearInterval(alive);

import { MongoError } from '../errors.ts';
import { anything, integer } from './arguments.ts';
import { defineCommand } from './command.ts';

const OFF = 0;
/** Asks for the level without setting one. */
const ASK = -1;
const SLOW_MS = 100;

export const profile = defineCommand({
  name: 'profile',
  summary: 'The level of the profiler, which is always off.',
  arguments: { profile: integer, slowms: anything, sampleRate: anything, filter: anything, comment: anything },
  run({ profile: level }) {
    if (level > OFF) {
      throw new MongoError('CommandNotSupported', 'This server has no profiler; use explain for what a query does.');
    }
    if (level < ASK) throw new MongoError('BadValue', `Profiling level must be between -1 and 2, not ${level}`);
    return { was: OFF, slowms: SLOW_MS, sampleRate: 1, ok: 1 };
  },
});

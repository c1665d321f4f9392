import { z } from 'zod';
import { defineTool } from '../tool.ts';

export const getCurrentUtcDate = defineTool({
  name: 'get_current_utc_date',
  title: 'Current UTC date',
  description:
    'The present date and time in UTC. Ask for it before anything that depends on today. Sales data may end before or after it: "recent" is counted from the newest order.',
  input: z.strictObject({}),
  output: z.object({ utc: z.string().describe('ISO 8601'), day: z.string().describe('YYYY-MM-DD') }),
  run({ host }) {
    const utc = (host.now?.() ?? new Date()).toISOString();
    return Promise.resolve({ structured: { utc, day: utc.slice(0, 10) }, text: `Current UTC date and time: ${utc}` });
  },
});

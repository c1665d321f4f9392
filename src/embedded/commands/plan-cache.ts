/** This server keeps no plans between queries: it chooses anew each time, from the first keys of each candidate. */
import { anything, collectionName } from './arguments.ts';
import { defineCommand } from './command.ts';

export const planCacheClear = defineCommand({
  name: 'planCacheClear',
  summary: 'Forgets cached plans. There are none to forget.',
  arguments: {
    planCacheClear: collectionName,
    query: anything,
    projection: anything,
    sort: anything,
    comment: anything,
  },
  run: () => ({ ok: 1 }),
});

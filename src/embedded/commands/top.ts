import type { Document } from '../bson/values.ts';
import { anything } from './arguments.ts';
import { defineCommand } from './command.ts';

const NOTHING = { time: 0, count: 0 };

export const top = defineCommand({
  name: 'top',
  summary: 'Collections with their use; this server does not measure times per collection.',
  arguments: { top: anything },
  adminOnly: true,
  run(_args, context) {
    using view = context.openView();
    const totals: Document = { note: 'all times in microseconds' };
    for (const { namespace } of view.collections()) {
      totals[namespace] = {
        total: NOTHING,
        readLock: NOTHING,
        writeLock: NOTHING,
        queries: NOTHING,
        getmore: NOTHING,
        insert: NOTHING,
        update: NOTHING,
        remove: NOTHING,
        commands: NOTHING,
      };
    }
    return { totals, ok: 1 };
  },
});

import { MongoError } from '../errors.ts';
import { anything, boolean } from './arguments.ts';
import { defineCommand } from './command.ts';

export const fsync = defineCommand({
  name: 'fsync',
  summary: 'Waits until every acknowledged write is on disk, as each is anyway.',
  arguments: {
    fsync: anything,
    lock: boolean.default(false),
    fsyncLockAcquisitionTimeoutMillis: anything,
    comment: anything,
  },
  adminOnly: true,
  run({ lock }) {
    if (lock) {
      throw new MongoError(
        'CommandNotSupported',
        'This server cannot be locked against writes; stop it to copy its data directory, or export the data.',
      );
    }
    return { numFiles: 1, ok: 1 };
  },
});

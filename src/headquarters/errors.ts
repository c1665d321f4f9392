import { defineErrors } from '../domain/index.ts';

export const headquartersErrors = {
  PORT_IN_USE: { fix: 'Stop the program that uses the port, or choose another with `--port` or ZAVA_PORT.' },
  NOT_OPEN_YET: { fix: 'Wait until the data set is loaded; the first page shows how far it is.' },
  DATABASE_UNREACHABLE: { fix: 'Check that the database still runs; `npx zava test-connection` says what is wrong.' },
  NO_SUCH_ADDRESS: { fix: 'Open the first page and follow its links.' },
} as const;

export class HeadquartersError extends defineErrors('HeadquartersError', headquartersErrors) {}

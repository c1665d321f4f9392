import { defineErrors } from '../domain/index.ts';

export const headquartersErrors = {
  PORT_IN_USE: { fix: 'Stop the program that uses the port, or choose another with `--port` or ZAVA_PORT.' },
  NOT_OPEN_YET: { fix: 'Wait until the data set is loaded; the first page shows how far it is.' },
  DATABASE_UNREACHABLE: { fix: 'Check that the database still runs; `npx zava test-connection` says what is wrong.' },
  HOST_REFUSED: { fix: 'Open headquarters under the address that it printed: http://127.0.0.1 and its port.' },
  NO_SUCH_DEVICE: { fix: 'GET /api/devices lists the devices that were started with the company.' },
  DEVICE_UNREACHABLE: {
    fix: 'Wait until its program answers again; the first page shows its state and can start it anew.',
  },
  MCP_SESSION_UNKNOWN: {
    fix: 'Initialize anew: a session ends when it is idle for half an hour, and belongs to one token.',
  },
  MCP_BUSY: { fix: 'Close sessions that are not needed, or come again in a minute.' },
  SIGN_IN_NEEDED: {
    fix: 'Sign in with a token of `npx zava token issue --role headquarters`, or of a store’s manager.',
  },
  TOKEN_REFUSED: { fix: 'Ask headquarters for a new token: `npx zava token issue --role store_manager --store ID`.' },
  NOT_ALLOWED: { fix: 'Ask for what your role and your store may see, or sign in as headquarters.' },
  INBOX_ENTRY_UNKNOWN: { fix: 'Load the inbox anew: GET /api/dashboard/inbox lists what there is.' },
  NOT_SETTLED: { fix: 'Read the message, then choose another way: restore, change, replay or discard.' },
  QUESTION_REFUSED: {
    fix: 'Correct the question at the place that the message names; GET /api/dashboard/queries lists what may be asked.',
  },
  REQUEST_INVALID: { fix: 'Send JSON (content-type: application/json) of the form that the message names.' },
  NO_SUCH_ADDRESS: { fix: 'Open the first page and follow its links.' },
} as const;

export class HeadquartersError extends defineErrors('HeadquartersError', headquartersErrors) {}

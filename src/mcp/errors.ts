import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const mcpErrors = {
  ARGUMENTS_INVALID: { fix: 'Correct the arguments named; `tools/list` has the schema of each tool.' },
  NO_SUCH_TOOL: {
    fix: 'Take a tool of `tools/list`; which there are depends on the server and on the role of the token.',
  },
  NO_SUCH_PRODUCT: {
    fix: 'Search for it first, by its name or by what it is for, and take the product_id that is found.',
  },
  CURSOR_INVALID: {
    fix: 'Take the cursor of the answer before, with the same arguments, or leave it out to begin again.',
  },
  CALL_CANCELLED: { fix: 'Call again when the answer is wanted after all.' },
  CALL_TOOK_TOO_LONG: { fix: 'Ask for less: fewer days, one store, or a lower limit.' },
  CALL_FAILED: { fix: 'Call again; if it stays, the log of the server names the cause under the number of the call.' },
  CHART_INVALID: {
    fix: 'Give as many values in each series as there are labels, and no more than the limits of the schema.',
  },
  ROLE_REFUSED: { fix: 'Use a token of a role that this server is for: `zava token issue --role agent --store …`.' },
  TOKEN_MISSING: {
    fix: 'Set ZAVA_TOKEN, or give --token-file, with a token of `zava token issue --role agent --store …`.',
  },
} as const satisfies ErrorTable;

export type McpErrorCode = keyof typeof mcpErrors;

/** A call that can't be answered. `data.nextCall` is the tool to try instead, where there is one. */
export class McpError extends defineErrors('McpError', mcpErrors) {}

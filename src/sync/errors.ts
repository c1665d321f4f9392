import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const syncErrors = {
  HLC_MALFORMED: { fix: 'Update the device’s program: it sends timestamps in a form that this gateway does not know.' },
  FRAME_MALFORMED: { fix: 'Update the device’s program, or the gateway: they do not speak the same protocol.' },
  FRAME_TOO_LARGE: { fix: 'Send fewer operations at once: the limit is in the gateway’s welcome message.' },
  PROTOCOL_UNSUPPORTED: { fix: 'Update whichever is older, the device’s program or the gateway.' },
} as const satisfies ErrorTable;

export class SyncError extends defineErrors('SyncError', syncErrors) {}

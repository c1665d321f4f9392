import { defineErrors, type ErrorTable } from '../domain/index.ts';

export const deviceErrors = {
  DEVICE_IN_USE: { fix: 'Stop the other program that runs this device, or give this one another `--name`.' },
  DEVICE_FILE_INVALID: {
    fix: 'Correct the file at the place that the message names, or delete it: the default holds then.',
  },
  DISK_FULL: {
    fix: 'Free some space on the disk that the message names, and do it again: nothing was stored, and the device goes on by itself.',
  },
  HOST_REFUSED: { fix: 'Open the device under the address that it printed: http://127.0.0.1 and its port.' },
  INPUT_INVALID: { fix: 'Correct the input at the places that `issues` names; GET /api/operations shows its form.' },
  KEY_REUSED: { fix: 'Give every request an `idempotency-key` of its own, and the same one only to send it again.' },
  NOT_DONE: { fix: 'Read `outcome` and `facts`: they say what stood in the way, and what to change.' },
  NOT_ON_THIS_DEVICE: { fix: 'Check the id; or wait for the next sync, or widen the scope (GET /api/scope).' },
  NO_SUCH_ADDRESS: { fix: 'GET /api lists the addresses of a device.' },
  OPERATION_UNKNOWN: { fix: 'GET /api/operations lists what this device’s user may do.' },
  PORT_IN_USE: { fix: 'Choose another port with `--port` (0 takes a free one), or stop the program that holds it.' },
  REQUEST_INVALID: { fix: 'Send JSON (content-type: application/json) of the form that GET /api shows.' },
  REQUEST_TOO_LARGE: { fix: 'Send less at once: an operation has at most 100 lines.' },
  SCOPE_INVALID: {
    fix: 'Correct the scope at the place that the message names; GET /api/scope shows the present one.',
  },
  STORE_FAULT: { fix: 'Try again; nothing was stored. If it happens again, check the disk and start the device anew.' },
  STORE_UNUSABLE: {
    fix: 'Check that the disk is not full, and that you may write to the folder named in the message.',
  },
  VIEW_UNKNOWN: { fix: 'GET /api lists the views of a device.' },
} as const satisfies ErrorTable;

export class DeviceError extends defineErrors('DeviceError', deviceErrors) {}

/** Everything that can go wrong in the simulated world. `zava simulate --faults` takes these names. */
export const faults = {
  backup: 'a device is restored from an old copy of its store',
  busy: 'the database asks to come again later',
  clock: 'clocks of devices and gateways run ahead or behind, and jump',
  crash: 'a device is killed between any two effects',
  cut: 'connections are lost',
  damage: 'a document in a device’s store is changed or lost behind its back',
  duplicate: 'an upload arrives twice',
  gateway: 'gateways are killed between any two effects, and restarted one after the other',
  history: 'MongoDB’s history of changes is lost',
  one_way: 'frames vanish in one direction while the other end believes in the connection',
  permissions: 'a device’s role or stores change',
  revoke: 'a device is shut out, and let in again later',
  slow: 'a device reads slowly',
  stream: 'a change stream hangs, or tells what it has told before',
  subscriptions: 'a device asks for something else',
  truncate: 'a frame arrives cut in the middle',
} as const satisfies Record<string, string>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

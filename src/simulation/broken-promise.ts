/** What a run is held to. Each has its own words, so that a failure says what was promised. */
export const promises = {
  applied_once: 'an operation takes effect at most once',
  told: 'an operation that a device acknowledged is applied, or parked with a reason and told to its device',
  allowed: 'an operation changes only what its user may change',
  in_order: 'operations of one document are decided in the order in which a device’s user did them',
  settled: 'what somebody has settled at one end is settled at the other',
  superseded: 'a field of an applied operation stands, or its loss is in the conflict log',
  deletion: 'a deleted document takes no edit that does not restore it',
  newest: 'of two writes of a field the one with the later stamp stands',
  seen: 'an edit that was made after seeing a value never loses to that value',
  shown: 'what its user did stays before the eyes of a device until the download contains it, or it was refused',
  scope: 'a quiet device holds what MongoDB has in its scope, nothing else',
  privacy: 'nothing is sent to a device that it may not see',
  position: 'a device has no position beyond what it holds',
  view: 'a device shows MongoDB’s state with its own unsettled changes on top',
  stock: 'the stock level of an item is the fold of its movements',
  believed_stock: 'what a quiet device believes of an item is the fold of its movements',
  quiet: 'when nothing disturbs, everything becomes quiet with nothing pending',
  clock: 'the stamps of a device never go back',
  drift: 'no stamp lies further ahead of the present than a clock may drift',
  no_fault: 'no part throws',
} as const satisfies Record<string, string>;

export type PromiseName = keyof typeof promises;

export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  readonly promise: PromiseName;

  constructor(promise: PromiseName, message: string) {
    super(message);
    this.promise = promise;
  }
}

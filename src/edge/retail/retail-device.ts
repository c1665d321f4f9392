/**
 * One device at work: the retail operations and views over its store. Everything works without a network; an operation is
 * stored with its outbox entry in one transaction, and goes to headquarters when it can.
 */
import type { z } from 'zod';
import { isoTimeFromSeconds, type Permissions, type Principal, type StoreId } from '../../domain/index.ts';
import type { HybridClock, Operation } from '../../sync/index.ts';
import type { DittoStoreLike } from '../ditto-executor.ts';
import { RetailViews } from '../reads/retail-views.ts';
import { StoreReader } from '../reads/store-reader.ts';
import { type RetailOutcome, refusalOf } from './operation.ts';
import {
  operationsOfRole,
  type RetailOperationName,
  type RetailOperations,
  retailOperation,
  retailOperations,
} from './operations.ts';
import {
  type SettleContext,
  type SettleLostOutcome,
  type SettleOutcome,
  settleInputSchema,
  settlementOf,
  settlementOfLost,
} from './settle.ts';

/** Stores an operation when its turn has come; {@link DeviceLink} does. */
export interface OperationLink {
  perform<Outcome extends { readonly operation: Operation | null }>(make: () => Promise<Outcome>): Promise<Outcome>;
}

export interface RetailDeviceOptions {
  readonly store: DittoStoreLike;
  /** Numbers the operations. */
  readonly storage: { readonly nextSequence: number };
  readonly link: OperationLink;
  readonly clock: HybridClock;
  readonly wallClockMs: () => number;
  readonly deviceId: string;
  /** The store in which the device is. */
  readonly storeId: StoreId;
  readonly principal: Principal;
  readonly permissions: Permissions;
  /** A new UUID in lower case. */
  readonly newId: () => string;
}

export type InputOf<Name extends RetailOperationName> = z.input<RetailOperations[Name]['input']>;

type PlanOf<Name extends RetailOperationName> = Awaited<ReturnType<RetailOperations[Name]['plan']>>;
type FactsOf<Plan> = Plan extends { readonly outcome: 'done'; readonly facts: infer Facts } ? Facts : never;
type ProblemOf<Plan> = Plan extends { readonly outcome: 'done' } ? never : Plan;
/** What an operation can come to; switch on `outcome`. */
export type OutcomeOf<Name extends RetailOperationName> = RetailOutcome<
  FactsOf<PlanOf<Name>>,
  Extract<ProblemOf<PlanOf<Name>>, { readonly outcome: string }>
>;

export class RetailDevice {
  /** Single statements; what belongs together is in the views. */
  readonly reader: StoreReader;
  readonly views: RetailViews;
  readonly #options: RetailDeviceOptions;

  constructor(options: RetailDeviceOptions) {
    this.#options = options;
    this.reader = new StoreReader(options.store);
    this.views = new RetailViews(options.store, options.storeId, options.wallClockMs);
  }

  /** The operations that this device's user may do, with what each is for. */
  get operations(): { readonly name: RetailOperationName; readonly summary: string }[] {
    const { permissions, principal } = this.#options;
    return operationsOfRole(permissions, principal.role).map((name) => ({
      name,
      summary: retailOperations[name].summary,
    }));
  }

  /**
   * Does a retail operation. Resolves with `done` once it is durable on the device, or with what stood in the way; then
   * nothing was stored. Rejects only for faults of the store.
   */
  async perform<Name extends RetailOperationName>(name: Name, input: InputOf<Name>): Promise<OutcomeOf<Name>> {
    return (await this.performUnknown(name, input)) as OutcomeOf<Name>;
  }

  /** For an API: the input is whatever came. */
  async performUnknown(name: RetailOperationName, input: unknown): Promise<RetailOutcome> {
    const { input: schema } = retailOperation(name);
    const parsed = schema.safeParse(input);
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      return { outcome: 'invalid_input', operation: null, issues };
    }
    return await this.#options.link.perform(() => this.#make(name, parsed.data));
  }

  /**
   * Settles what headquarters refused: does it once more (`replay`), does it so that it wins over what others wrote since
   * (`restore`), does something else instead (`change`), or lets it be (`discard`). Like every operation it is durable on
   * the device first; the refused one is *being settled* until headquarters has answered.
   */
  async settle(sequence: number, input: unknown): Promise<SettleOutcome> {
    const parsed = settleInputSchema.safeParse(input);
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      return { outcome: 'invalid_input', operation: null, issues };
    }
    return await this.#options.link.perform(() => settlementOf(sequence, parsed.data, this.#settleContext()));
  }

  /** Gives a field that lost to a newer write its place after all (`restore`), or lets it be (`discard`). */
  async settleLost(conflictId: string, how: 'restore' | 'discard'): Promise<SettleLostOutcome> {
    return await this.#options.link.perform(() => settlementOfLost(conflictId, how, this.#settleContext()));
  }

  #settleContext(): SettleContext {
    const { store, storage, clock, wallClockMs, permissions, principal } = this.#options;
    return { store, permissions, principal, nextSequence: storage.nextSequence, hlc: clock.tick(wallClockMs()) };
  }

  async #make(name: RetailOperationName, input: unknown): Promise<RetailOutcome> {
    const { clock, wallClockMs, storage, deviceId, storeId, principal, permissions, newId } = this.#options;
    const nowMs = wallClockMs();
    const { userId } = principal;
    const hlc = clock.tick(nowMs);
    const at = isoTimeFromSeconds(Math.floor(nowMs / 1000));
    const context = { reader: this.reader, storeId, userId, deviceId, hlc, at, newId };
    const plan = await retailOperation(name).plan(input, context);
    if (!('drafts' in plan)) return { ...plan, operation: null };
    const refusal = refusalOf(plan.drafts, permissions, principal);
    if (refusal !== undefined) return { outcome: 'refused', operation: null, ...refusal };
    const changes = plan.drafts.map(({ change }) => change);
    const operation: Operation = { sequence: storage.nextSequence, hlc, action: name, userId, changes };
    return { outcome: 'done', operation, facts: plan.facts };
  }
}

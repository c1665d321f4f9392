import {
  type CollectionName,
  collectionNames,
  dataSetCollectionNames,
  describeCollection,
  syncedCollectionNames,
  UUID_PATTERN,
} from '../../domain/index.ts';
import { type Check, type CheckId, checks, checksById } from './checks.ts';
import { isMap } from './describe-value.ts';
import { Facts } from './facts.ts';
import { type FieldTable, fieldTables } from './fields.ts';
import { type Example, Findings, Marks } from './findings.ts';
import type { TimeRange } from './kinds.ts';
import { categoryRules, productEmbeddingRules, productRules, productTypeRules } from './rules/catalogue.ts';
import { alertRules, replenishmentOrderRules, stockMovementRules, stockTransferRules } from './rules/daily-work.ts';
import { inventoryRules } from './rules/inventory.ts';
import { orderItemRules, orderRules } from './rules/orders.ts';
import type { RuleContext, RuleMaker, Rules } from './rules/rule.ts';
import { customerRules, storeRules } from './rules/stores-and-customers.ts';
import { scoreOf } from './score.ts';
import { type Statistics, StatisticsBuilder } from './statistics.ts';
import { UuidSet } from './uuid-set.ts';

/**
 * Judges documents, wherever they come from: a database, files, a generator. It knows no database; it is given each
 * document once, after those that it refers to (collection by collection in {@link validationOrder}, or as the
 * generator streams them: some orders, their items, more orders), and then says what it found.
 */
export interface Validator {
  /** Judges one document. Any value may come; none makes it throw. */
  document(collection: CollectionName, document: unknown): void;
  documents(collection: CollectionName, documents: Iterable<unknown>): void;
  /** Judges what only the whole shows, and sums up. Once. */
  finish(): ValidationResult;
}

export interface ValidatorOptions {
  /** How many documents each collection should have; from the manifest of the generation. */
  readonly expectedCounts?: Readonly<Partial<Record<CollectionName, number | undefined>>> | undefined;
  /** `2020-01-01` unless told; the first day with orders. */
  readonly startDate?: string | undefined;
  /** `2026-12-31` unless told; the last day with orders. */
  readonly endDate?: string | undefined;
  /** The generation's today (a day, whose end is meant, or a time): nothing happened later. Unless told, `endDate`. */
  readonly today?: string | undefined;
  /**
   * `generated` unless told: as it was generated. `in_use`: stores have worked with it since, so documents may be
   * hidden, customers may have another name than on an old order, and there may be more orders than at first.
   */
  readonly stage?: ValidationStage | undefined;
}

export type ValidationStage = 'generated' | 'in_use';

export interface CheckResult extends Check {
  readonly outcome: 'passed' | 'failed' | 'not_judged';
  /** How many documents (or other subjects: pairs, indexes) fail it. */
  readonly failed: number;
  /** How many documents were there to be judged. */
  readonly judged: number;
  readonly examples: readonly Example[];
  /** Why it was not judged. */
  readonly reason: string | null;
}

export interface CollectionResult {
  readonly name: CollectionName;
  readonly documents: number;
  readonly expected: number | null;
  /** Documents that fail at least one check. */
  readonly failingDocuments: number;
  readonly checksPassed: number;
  readonly checksFailed: number;
}

export interface ValidationResult {
  readonly stage: ValidationStage;
  readonly orderDates: TimeRange;
  readonly documents: number;
  readonly score: number;
  readonly collections: readonly CollectionResult[];
  readonly checks: readonly CheckResult[];
  readonly statistics: Statistics;
}

/** Collections after those that they refer to, so that one pass over each is enough. */
export const validationOrder: readonly CollectionName[] = [
  ...dataSetCollectionNames,
  'stock_transfers',
  'replenishment_orders',
  'stock_movements',
  'alerts',
];

const START_DATE = '2020-01-01';
const END_DATE = '2026-12-31';
/** How long before its first order the chain may have existed: its stores' openings, its oldest customers. */
const YEARS_BEFORE_FIRST_ORDER = 30;

const ruleMakers: Readonly<Record<CollectionName, (context: RuleContext) => Rules>> = {
  stores: storeRules,
  categories: categoryRules,
  product_types: productTypeRules,
  products: productRules,
  product_embeddings: productEmbeddingRules,
  customers: customerRules,
  inventory: inventoryRules,
  orders: orderRules,
  order_items: orderItemRules,
  stock_movements: stockMovementRules,
  stock_transfers: stockTransferRules,
  replenishment_orders: replenishmentOrderRules,
  alerts: alertRules,
} satisfies Readonly<Record<CollectionName, RuleMaker<never>>>;

export function createValidator(options: ValidatorOptions = {}): Validator {
  const stage = options.stage ?? 'generated';
  const orderDates = orderDatesOf(options);
  const tables = fieldTables({
    times: { earliest: yearsBefore(orderDates.earliest), latest: orderDates.latest },
    orderDates,
  });
  const facts = new Facts();
  const findings = new Findings();
  const statistics = new StatisticsBuilder(facts);
  const marks = new Map<CollectionName, Marks>(collectionNames.map((name) => [name, new Marks()]));
  const skipped = new Set<CheckId>(
    checks.filter((check) => check.stage === 'generated' && stage !== 'generated').map(({ id }) => id),
  );

  const fail: RuleContext['fail'] = (id, place, subject, field, found, expected) => {
    if (skipped.has(id)) return;
    findings.fail(id, subject, field, found, expected);
    if (place < 0) return;
    const { collection } = checksById.get(id) as Check;
    if (collection !== 'database') (marks.get(collection) as Marks).add(place);
  };

  const passes = new Map(
    validationOrder.map((name) => [
      name,
      new Pass(name, tables[name], ruleMakers[name]({ facts, statistics, fail }), fail),
    ]),
  );

  return {
    document(collection, document) {
      (passes.get(collection) as Pass).document(document);
    },
    documents(collection, documents) {
      for (const document of documents) this.document(collection, document);
    },
    finish() {
      for (const pass of passes.values()) pass.finish();
      const counts = Object.fromEntries([...passes].map(([name, pass]) => [name, pass.documents]));
      return summarise(counts as Record<CollectionName, number>);
    },
  };

  function summarise(counts: Readonly<Record<CollectionName, number>>): ValidationResult {
    const notJudged = new Map<CheckId, string>();
    for (const id of skipped) notJudged.set(id, 'Holds only for a data set as it was generated.');
    const expected = options.expectedCounts ?? {};
    for (const name of collectionNames) judgeCount(name, counts[name], expected[name], notJudged);
    const results = checks
      .filter(({ collection }) => collection !== 'database')
      .map((check) => resultOf(check, findings, counts[check.collection as CollectionName], notJudged.get(check.id)));
    const collections = collectionNames.map((name) => {
      const own = results.filter(({ collection }) => collection === name);
      return {
        name,
        documents: counts[name],
        expected: expected[name] ?? null,
        failingDocuments: (marks.get(name) as Marks).size,
        checksPassed: own.filter(({ outcome }) => outcome === 'passed').length,
        checksFailed: own.filter(({ outcome }) => outcome === 'failed').length,
      };
    });
    return {
      stage,
      orderDates,
      documents: Object.values(counts).reduce((sum, count) => sum + count, 0),
      score: scoreOf(
        collections.map((each) => ({ ...each, mayBeEmpty: describeCollection(each.name).group === 'daily_work' })),
        results.some(({ outcome }) => outcome === 'failed'),
      ),
      collections,
      checks: results,
      statistics: statistics.statistics(counts),
    };
  }

  function judgeCount(
    name: CollectionName,
    found: number,
    expected: number | undefined,
    notJudged: Map<CheckId, string>,
  ): void {
    const id = `${name}.count` as const;
    if (expected !== undefined) {
      const enough = stage === 'generated' ? found === expected : found >= expected;
      const words = `${stage === 'generated' ? '' : 'at least '}${expected} documents, as the manifest says`;
      if (!enough) fail(id, -1, name, '', found, words);
    } else if (describeCollection(name).group === 'data_set') {
      if (found === 0) fail(id, -1, name, '', found, 'at least one document');
    } else notJudged.set(id, 'The manifest says nothing about this collection.');
  }
}

/** What a check came to, from what was found. */
export function resultOf(check: Check, findings: Findings, judged: number, notJudgedReason?: string): CheckResult {
  const { failed, examples } = findings.of(check.id);
  const outcome = notJudgedReason !== undefined ? 'not_judged' : failed > 0 ? 'failed' : 'passed';
  return { ...check, outcome, failed, judged, examples, reason: notJudgedReason ?? null };
}

/** One collection's pass: the form of each document, its identity, then its rules. */
class Pass {
  documents = 0;
  readonly #name: CollectionName;
  readonly #idField: string;
  readonly #names: readonly string[];
  readonly #kinds: FieldTable[string][];
  readonly #table: FieldTable;
  readonly #rules: Rules;
  readonly #fail: RuleContext['fail'];
  readonly #isSynced: boolean;
  readonly #hasTimeOrder: boolean;
  readonly #uuids = new UuidSet();
  readonly #otherIds = new Set<string>();

  constructor(name: CollectionName, table: FieldTable, rules: Rules, fail: RuleContext['fail']) {
    this.#name = name;
    this.#idField = describeCollection(name).idField;
    this.#table = table;
    this.#names = Object.keys(table);
    this.#kinds = Object.values(table);
    this.#rules = rules;
    this.#fail = fail;
    this.#isSynced = syncedCollectionNames.includes(name);
    this.#hasTimeOrder = 'created_at' in table && 'updated_at' in table;
  }

  document(value: unknown): void {
    const place = this.documents++;
    if (!isMap(value)) {
      this.#fail(`${this.#name}.types`, place, `#${place + 1}`, '', value, 'a document');
      return;
    }
    const id = this.#idOf(value, place);
    let document = value;
    for (let index = 0; index < this.#names.length; index++) {
      const name = this.#names[index] as string;
      if ((this.#kinds[index] as FieldTable[string]).accepts(value[name])) continue;
      if (document === value) document = { ...value };
      document[name] = undefined;
      this.#reportField(name, value[name], place, id);
    }
    this.#judgeIdentity(document, place, id);
    if (this.#isSynced) this.#judgeArrays(value, place, id);
    if (this.#hasTimeOrder) this.#judgeTimeOrder(document, place, id);
    if (document['deleted'] === true) this.#fail(`${this.#name}.deleted`, place, id, 'deleted', true, 'false');
    this.#rules.document(document as Record<string, never>, place, id);
  }

  finish(): void {
    this.#rules.finish?.();
  }

  #idOf(document: Readonly<Record<string, unknown>>, place: number): string {
    const own = document[this.#idField];
    if (typeof own === 'string' && own !== '') return own;
    const { _id } = document;
    return typeof _id === 'string' && _id !== '' ? _id : `#${place + 1}`;
  }

  #reportField(name: string, value: unknown, place: number, id: string): void {
    const fault = (this.#table[name] as FieldTable[string]).faultOf(value);
    const found = 'found' in fault ? fault.found : value;
    this.#fail(
      `${this.#name}.${fault.check}` as CheckId,
      place,
      id,
      `${name}${fault.path ?? ''}`,
      found,
      fault.expected,
    );
  }

  #judgeIdentity(document: Readonly<Record<string, unknown>>, place: number, id: string): void {
    const { _id } = document;
    const own = document[this.#idField];
    if (typeof own !== 'string') return;
    if (typeof _id === 'string' && _id !== own) this.#fail(`${this.#name}.id`, place, id, '_id', _id, own);
    if (!this.#addId(own)) {
      this.#fail(`${this.#name}.unique`, place, id, this.#idField, own, 'an id that no other document has');
    }
  }

  /** Answers false when the id was there already. */
  #addId(id: string): boolean {
    if (id.length === 36 && UUID_PATTERN.test(id)) return this.#uuids.add(id);
    if (this.#otherIds.has(id)) return false;
    this.#otherIds.add(id);
    return true;
  }

  #judgeTimeOrder({ created_at, updated_at }: Readonly<Record<string, unknown>>, place: number, id: string): void {
    if (typeof created_at !== 'string' || typeof updated_at !== 'string' || created_at <= updated_at) return;
    this.#fail(`${this.#name}.time_order`, place, id, 'updated_at', updated_at, `${created_at} (created_at) or later`);
  }

  #judgeArrays(document: Readonly<Record<string, unknown>>, place: number, id: string): void {
    for (const name in document) {
      const value = document[name];
      if (typeof value !== 'object' || value === null) continue;
      // An array in the place of a listed field has the wrong type, which is found already.
      const path = Array.isArray(value) ? (name in this.#table ? undefined : '') : arrayPathIn(value);
      if (path === undefined) continue;
      this.#fail(`${this.#name}.no_arrays`, place, id, `${name}${path}`, [], 'a map');
    }
  }
}

const DEPTH_MAX = 20;

/** Where below a map the first array is. */
function arrayPathIn(value: unknown, depth = 0): string | undefined {
  if (Array.isArray(value)) return '';
  if (!isMap(value) || depth > DEPTH_MAX) return undefined;
  for (const key of Object.keys(value)) {
    const path = arrayPathIn(value[key], depth + 1);
    if (path !== undefined) return `.${key}${path}`;
  }
  return undefined;
}

/** From the first moment of the first day to the last of the last day, or to today's where that is earlier. */
function orderDatesOf({ startDate = START_DATE, endDate = END_DATE, today, stage }: ValidatorOptions): TimeRange {
  const earliest = `${startDate.slice(0, 10)}T00:00:00Z`;
  const last = `${endDate.slice(0, 10)}T23:59:59Z`;
  if (today === undefined) return { earliest, latest: last };
  const now = today.length > 10 ? today : `${today.slice(0, 10)}T23:59:59Z`;
  // Stores go on working after the last day of the data set.
  return { earliest, latest: stage === 'in_use' || now < last ? now : last };
}

const yearsBefore = (time: string) =>
  `${String(Math.max(0, Number(time.slice(0, 4)) - YEARS_BEFORE_FIRST_ORDER)).padStart(4, '0')}${time.slice(4)}`;

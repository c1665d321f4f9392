import type { CollectionName } from '../../../domain/index.ts';
import type { CheckId } from '../checks.ts';
import type { Facts } from '../facts.ts';
import type { StatisticsBuilder } from '../statistics.ts';

/** A document whose invalid fields are left out: what is there has its type and form. Only the listed fields. */
export type Checked<Document> = {
  readonly [Field in keyof Document as string extends Field ? never : Field]?: Document[Field];
};

export interface RuleContext {
  readonly facts: Facts;
  readonly statistics: StatisticsBuilder;
  /**
   * Reports that the document at `place` of its collection's pass fails a check. `id` names it; `place` is −1 when the
   * subject is no document (a pair that is missing, say).
   */
  fail(check: CheckId, place: number, id: string, field: string, found: unknown, expected: string): void;
}

/** What holds for a collection beyond the form of its fields. */
export interface Rules {
  /** Called for each document, in the order of the pass. `id` is its id field's value, or `_id`'s, or a number. */
  document(document: Checked<Record<string, never>>, place: number, id: string): void;
  /** Called once, when all collections have been read. */
  finish?(): void;
}

export type RuleMaker<Document> = (context: RuleContext) => {
  document(document: Checked<Document>, place: number, id: string): void;
  finish?(): void;
};

export type RuleMakers = Readonly<Record<CollectionName, (context: RuleContext) => Rules>>;

/** The chain exists only in whole cents. */
export const inCents = (money: number | undefined): number =>
  money === undefined ? Number.NaN : Math.round(money * 100);

export const dollars = (cents: number): string => (cents / 100).toFixed(2);

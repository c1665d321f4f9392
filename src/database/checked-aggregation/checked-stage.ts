/** What the check of one stage needs and gives. */
import type { Document } from 'mongodb';
import type { Uses } from './fields.ts';
import type { PlainValue } from './plain-value.ts';
import type { Scope } from './scope.ts';

export interface CheckedStage {
  readonly name: string;
  /** As the server gets it: sources inside it carry their scope. */
  readonly stage: Document;
  readonly uses: Uses;
}

export interface StageContext {
  /** Names of `let` around this pipeline. */
  readonly variables: ReadonlySet<string>;
  /** How many pipelines lie around this one. */
  readonly depth: number;
  readonly isInFacet: boolean;
  /** What is seen of a collection that a stage names; refused where it is nothing. */
  source(name: PlainValue | undefined, place: string): Scope;
  /** Counts what may be there only so often in the whole pipeline. */
  countStages(more: number, place: string): void;
}

/** Checks a whole pipeline over a collection, and puts the scope of the collection below it. */
export type CheckPipeline = (
  value: PlainValue,
  place: string,
  scope: Scope | null,
  context: StageContext,
) => Document[];

export type CheckStage = (
  value: PlainValue,
  place: string,
  uses: Uses,
  context: StageContext,
  checkPipeline: CheckPipeline,
) => unknown;

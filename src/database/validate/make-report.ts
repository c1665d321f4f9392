import { checks } from './checks.ts';
import { Findings } from './findings.ts';
import type { ReportedCheck, ValidationReport } from './report.ts';
import { type CheckResult, resultOf, type ValidationResult } from './validator.ts';

export interface ReportFacts {
  /** The name of the database, or the folder. */
  readonly source: string;
  readonly startedAt: Date;
  readonly milliseconds: number;
}

/** Puts a report together from what the documents showed and, where there is one, what the database showed. */
export function makeReport(
  result: ValidationResult,
  { source, startedAt, milliseconds }: ReportFacts,
  database?: { readonly checks: readonly CheckResult[]; readonly queries: ValidationReport['queries'] },
): ValidationReport {
  const all = [...result.checks, ...(database?.checks ?? databaseChecksNotJudged())];
  const failed = all.some(({ outcome, severity }) => outcome === 'failed' && severity === 'error');
  return {
    format: 'zava-validation',
    version: 1,
    outcome: failed ? 'failed' : 'passed',
    score: result.score,
    source,
    startedAt: startedAt.toISOString(),
    milliseconds: Math.round(milliseconds),
    stage: result.stage,
    orderDates: { ...result.orderDates },
    documents: result.documents,
    collections: result.collections.map((each) => ({ ...each })),
    checks: all.map((check): ReportedCheck => ({ ...check, examples: check.examples.map((each) => ({ ...each })) })),
    queries: [...(database?.queries ?? [])],
    statistics: structuredClone(result.statistics) as ValidationReport['statistics'],
  };
}

const databaseChecksNotJudged = () => {
  const none = new Findings();
  return checks
    .filter(({ collection }) => collection === 'database')
    .map((check) => resultOf(check, none, 0, 'Documents were read from files, not from a database.'));
};

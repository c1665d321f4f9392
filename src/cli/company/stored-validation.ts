import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type DataSetRun, validationReportSchema } from '../../database/index.ts';
import type { ValidationSummary } from '../../headquarters/index.ts';

const FILE = 'validation.json';

export interface StoredValidation {
  readonly summary: ValidationSummary;
  readonly htmlFile: string;
}

const summarySchema = z.object({
  passed: z.boolean(),
  checks: z.number(),
  failedChecks: z.number(),
  documents: z.number(),
  score: z.number(),
  seconds: z.number(),
  validatedAt: z.string(),
});

const storedSchema = z.object({ run: z.string(), summary: summarySchema, htmlFile: z.string() });

/** The result of the last validation, if it was of what this run loaded. */
export async function readValidation(dataDir: string, run: DataSetRun | null): Promise<StoredValidation | null> {
  try {
    const stored = storedSchema.parse(JSON.parse(await readFile(path.join(dataDir, FILE), 'utf8')));
    if (stored.run !== nameOf(run)) return null;
    await readFile(stored.htmlFile);
    return stored;
  } catch {
    return null; // none yet, or not whole: it is made again
  }
}

export async function writeValidation(
  dataDir: string,
  run: DataSetRun | null,
  summary: ValidationSummary,
  htmlFile: string,
): Promise<StoredValidation> {
  await writeFile(path.join(dataDir, FILE), `${JSON.stringify({ run: nameOf(run), summary, htmlFile })}\n`, {
    mode: 0o600,
  });
  return { summary, htmlFile };
}

/** What the first page shows of a report that `zava validate --json` printed; null when that is not a report. */
export function summaryOf(result: unknown): ValidationSummary | null {
  const report = validationReportSchema.safeParse(result).data;
  if (report === undefined) return null;
  return {
    passed: report.outcome === 'passed',
    checks: report.checks.filter(({ outcome }) => outcome !== 'not_judged').length,
    failedChecks: report.checks.filter(({ outcome }) => outcome === 'failed').length,
    documents: report.documents,
    score: report.score,
    seconds: report.milliseconds / 1000,
    validatedAt: report.startedAt,
  };
}

const nameOf = (run: DataSetRun | null): string =>
  run === null ? 'a database of its own' : `${run.fingerprint} ${run.finished_at?.toISOString() ?? ''}`;

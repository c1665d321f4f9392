/** What the specification runner wrote (`--json`), judged: which tests count as passed, and what the failures share. */

export interface SpecificationTest {
  readonly description: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly reason?: string;
  readonly ms?: number;
}

export interface RunnerReport {
  readonly driver: string;
  readonly server: { readonly version?: string; readonly topology?: string };
  readonly files: readonly { readonly file: string; readonly tests: readonly SpecificationTest[] }[];
}

export interface Cause {
  /** The reason without what differs from test to test. */
  readonly cause: string;
  readonly tests: readonly { readonly name: string; readonly reason: string }[];
}

export interface Conformance {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Most tests first. */
  readonly causes: readonly Cause[];
  /** Why tests were left out, most tests first. */
  readonly skips: readonly { readonly reason: string; readonly tests: number }[];
}

/** The runner skips these because the server refuses something that a MongoDB of this version has: no success. */
const SKIPPED_BY_REFUSAL = /^needs failpoints \(/;

export function judge(report: RunnerReport): Conformance {
  let passed = 0;
  let skipped = 0;
  const causes = new Map<string, { name: string; reason: string }[]>();
  const skips = new Map<string, number>();
  for (const { file, tests } of report.files) {
    for (const { description, status, reason = 'no reason was given' } of tests) {
      if (status === 'passed') passed += 1;
      else if (status === 'skipped' && !SKIPPED_BY_REFUSAL.test(reason)) {
        skipped += 1;
        skips.set(reason, (skips.get(reason) ?? 0) + 1);
      } else {
        const cause = causeOf(file, reason);
        const members = causes.get(cause) ?? [];
        members.push({ name: `${file} :: ${description}`, reason });
        causes.set(cause, members);
      }
    }
  }
  return {
    passed,
    failed: [...causes.values()].reduce((sum, tests) => sum + tests.length, 0),
    skipped,
    causes: [...causes]
      .map(([cause, tests]) => ({ cause, tests }))
      .sort((a, b) => b.tests.length - a.tests.length || (a.cause < b.cause ? -1 : 1)),
    skips: [...skips].map(([reason, tests]) => ({ reason, tests })).sort((a, b) => b.tests - a.tests),
  };
}

/**
 * Two failures have the same cause if the server refused the same thing, wherever that was; or if, in the same file of
 * tests, the same expectation was missed (whatever the values were).
 */
export function causeOf(file: string, reason: string): string {
  const refusal = /unexpected error (Mongo\w+) \(code (\d+)[^)]*\): (.*)/s.exec(reason);
  if (refusal) return `refused: ${refusal[2]} ${generalized(refusal[3]!)}`;
  const missingError = /expected an error (\{.*?\}), got /s.exec(reason);
  if (missingError) return `${fileName(file)}: accepted, where an error was expected`;
  const event = /\bevent \d+[^:]*: (.*?)(; observed|$)/s.exec(reason);
  if (event) return `${fileName(file)}: another event: ${generalized(event[1]!)}`;
  const difference = /^([^:]*): (.*)$/s.exec(reason);
  if (difference && /\bexpected\b.*\bgot\b/s.test(reason)) {
    const operation = difference[1]!.split('.').at(-1);
    return `${fileName(file)}: ${operation} has another result`;
  }
  return `${fileName(file)}: ${generalized(reason)}`;
}

const fileName = (file: string): string => file.slice(file.lastIndexOf('/') + 1).replace(/\.json$/, '');

const generalized = (text: string): string =>
  text
    .replace(/\{.*\}/s, '{…}')
    .replace(/\b[\da-f]{12,}\b/gi, '…')
    .replace(/\b\d+(\.\d+)?\b/g, 'N')
    .trim();

export function renderConformance({ passed, failed, skipped, causes, skips }: Conformance): string {
  const lines: string[] = [];
  for (const { cause, tests } of causes) {
    lines.push(`${tests.length} × ${cause}`);
    for (const { name, reason } of tests) lines.push(`    ${name}`, `        ${oneLine(reason)}`);
  }
  if (causes.length > 0) lines.push('');
  for (const { reason, tests } of skips) lines.push(`skipped: ${reason} (${tests})`);
  lines.push(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return lines.join('\n');
}

const REASON_CHARACTERS_MAX = 300;

function oneLine(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' | ');
  return line.length > REASON_CHARACTERS_MAX ? `${line.slice(0, REASON_CHARACTERS_MAX)} …` : line;
}

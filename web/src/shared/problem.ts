/** A fault as every server of Zava tells it: what happened, and what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

export class ProblemError extends Error {
  readonly problem: Problem;
  /** Of the answer; 0 where there was none. */
  readonly status: number;

  constructor(problem: Problem, status: number) {
    super(problem.message);
    this.problem = problem;
    this.status = status;
  }
}

export const problemOf = (error: unknown): Problem =>
  error instanceof ProblemError
    ? error.problem
    : {
        code: 'PAGE_FAULT',
        message: error instanceof Error ? error.message : String(error),
        fix: 'Load the page anew.',
      };

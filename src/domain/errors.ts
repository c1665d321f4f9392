/** Code → what its reader should do about it. `docs/troubleshooting.md` has a heading for every code. */
export type ErrorTable = Readonly<Record<string, { readonly fix: string }>>;

export interface CodedErrorDetails {
  readonly cause?: unknown;
  /** The facts, for `--json` and for tests. Never a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A fault that someone can act on. Each room has its own table and its own subclass, made by {@link defineErrors}. */
export class CodedError extends Error {
  readonly code: string;
  readonly fix: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: string, fix: string, message: string, details: CodedErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fix = fix;
    this.data = details.data ?? {};
  }
}

/** The error class of a room: `new DatabaseError('NOT_A_REPLICA_SET', 'facts', { data })`, with the fix from the table. */
export function defineErrors<Table extends ErrorTable>(name: string, table: Table) {
  return class extends CodedError {
    override readonly name = name;
    constructor(code: keyof Table & string, message: string, details: CodedErrorDetails = {}) {
      super(code, (table[code] as { fix: string }).fix, message, details);
    }
  };
}

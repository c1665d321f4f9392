/** Faults of starting the server, each with what to do about it. */

export const embeddedServerErrors = {
  EMBEDDED_PORT_IN_USE: {
    fix: 'Stop the program that uses the port (perhaps another MongoDB), or choose another one with `--port`; 0 takes any free port.',
  },
  EMBEDDED_CANNOT_LISTEN: {
    fix: 'Listen on 127.0.0.1, and on a port above 1023 unless you are root.',
  },
  EMBEDDED_COLLATION_CHANGED: {
    fix: 'Open the data directory with the version of Node that wrote it, export the collection and import it again.',
  },
} as const;

export type EmbeddedServerErrorCode = keyof typeof embeddedServerErrors;

export class EmbeddedServerError extends Error {
  readonly code: EmbeddedServerErrorCode;
  readonly fix: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: EmbeddedServerErrorCode,
    message: string,
    options: { cause?: unknown; data?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EmbeddedServerError';
    this.code = code;
    this.fix = embeddedServerErrors[code].fix;
    this.data = options.data ?? {};
  }
}

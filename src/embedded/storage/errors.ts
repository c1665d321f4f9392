/** What can be wrong with a data directory, and what to do about it. */
export const storageErrors = {
  DATA_DIRECTORY_DAMAGED: {
    fix: 'Restore the directory from a copy, or move it away and start with an empty one. Nothing in it was changed.',
  },
  DATA_DIRECTORY_FOREIGN: {
    fix: 'Choose an empty directory, or one that this program made: other files are never mixed with a database.',
  },
  DATA_DIRECTORY_IN_USE: {
    fix: 'Stop the program named in the message, or choose another directory with `--data-dir`.',
  },
  DATA_DIRECTORY_NEWER: {
    fix: 'Open it with the newer version that made it, or choose another directory. Nothing in it was changed.',
  },
  DATA_DIRECTORY_OLDER: {
    fix: 'Export the data with the older version that made it and import them here, or move the directory away and make the data anew. Nothing in it was changed.',
  },
  DATA_DIRECTORY_UNUSABLE: {
    fix: 'Make sure that the directory can be made and written by this user and that the disk has room.',
  },
} as const;

export type StorageErrorCode = keyof typeof storageErrors;

export class StorageError extends Error {
  readonly code: StorageErrorCode;
  readonly fix: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: StorageErrorCode,
    message: string,
    details: { cause?: unknown; data?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'StorageError';
    this.code = code;
    this.fix = storageErrors[code].fix;
    this.data = details.data ?? {};
  }
}

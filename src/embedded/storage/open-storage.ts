/** Opens a data directory: what an earlier process left is repeated, and a new one gets its first state. */
import { readState, type StoredState, writeState } from './catalog.ts';
import { CommitPath } from './commit-path.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { Environment } from './environment.ts';
import { StorageError } from './errors.ts';
import { LmdbStorage, type LmdbStorageOptions } from './lmdb-storage.ts';
import type { Storage } from './storage.ts';

export interface StorageOptions extends LmdbStorageOptions {
  /** Made (for its owner alone) when it is missing. */
  readonly dataDir: string;
}

/** Throws StorageError (see `storageErrors`) when the directory can't be used. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const directory = openDataDirectory(options.dataDir);
  let environment: Environment | undefined;
  let commits: CommitPath | undefined;
  try {
    environment = openEnvironment(directory);
    commits = await openCommits(directory, environment);
    if (readState(environment) === null) await writeFirstState(environment, commits, options.now ?? Date.now);
    directory.noteMade();
    return new LmdbStorage(directory, environment, commits, options);
  } catch (error) {
    await commits?.close();
    await environment?.close();
    directory.release();
    throw error;
  }
}

function openEnvironment(directory: DataDirectory): Environment {
  try {
    return new Environment(directory.path);
  } catch (cause) {
    throw new StorageError(
      directory.isNew ? 'DATA_DIRECTORY_UNUSABLE' : 'DATA_DIRECTORY_DAMAGED',
      `The database in ${directory.path} can't be opened: ${cause instanceof Error ? cause.message : cause}`,
      { cause, data: { path: directory.path } },
    );
  }
}

async function openCommits({ path, left }: DataDirectory, environment: Environment): Promise<CommitPath> {
  try {
    return await CommitPath.open(environment, path, left);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new StorageError('DATA_DIRECTORY_UNUSABLE', `What was last written to ${path} can't be repeated: ${why}`, {
      cause,
      data: { path },
    });
  }
}

async function writeFirstState(environment: Environment, commits: CommitPath, now: () => number): Promise<void> {
  const clockSeconds = Math.floor(now() / 1000);
  const state: StoredState = {
    numberLast: 0,
    logBytes: 0,
    clockSeconds,
    clockIncrement: 1,
    trimmedSeconds: clockSeconds,
    trimmedIncrement: 1,
  };
  await commits.write(
    () => writeState(environment, state),
    () => undefined,
  );
}

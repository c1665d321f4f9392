/** Every command, alphabetically. Adding one is a file and a line here; `listCommands` is made from it. */
import { aggregate } from './aggregate.ts';
import {
  authenticate,
  logout,
  rolesInfo,
  saslContinue,
  saslStart,
  userAndRoleCommands,
  usersInfo,
} from './authentication.ts';
import { buildInfo } from './build-info.ts';
import { bulkWrite } from './bulk-write.ts';
import { collMod } from './coll-mod.ts';
import { collStats } from './coll-stats.ts';
import type { Command } from './command.ts';
import { configureFailPoint } from './configure-fail-point.ts';
import { connectionStatus } from './connection-status.ts';
import { count } from './count.ts';
import { create } from './create.ts';
import { createIndexes } from './create-indexes.ts';
import { currentOp } from './current-op.ts';
import { dataSize } from './data-size.ts';
import { dbStats } from './db-stats.ts';
import { delete as deleteCommand } from './delete.ts';
import { distinct } from './distinct.ts';
import { drop } from './drop.ts';
import { dropDatabase } from './drop-database.ts';
import { dropIndexes } from './drop-indexes.ts';
import { endSessions } from './end-sessions.ts';
import { explain } from './explain.ts';
import { find } from './find.ts';
import { findAndModify } from './find-and-modify.ts';
import { fsync } from './fsync.ts';
import { getCmdLineOpts } from './get-cmd-line-opts.ts';
import { getDefaultRWConcern } from './get-default-rw-concern.ts';
import { getLog } from './get-log.ts';
import { getMore } from './get-more.ts';
import { getParameter } from './get-parameter.ts';
import { hello, isMaster } from './hello.ts';
import { hostInfo } from './host-info.ts';
import { insert } from './insert.ts';
import { killCursors } from './kill-cursors.ts';
import { killOp } from './kill-op.ts';
import { listCollections } from './list-collections.ts';
import { listCommands } from './list-commands.ts';
import { listDatabases } from './list-databases.ts';
import { listIndexes } from './list-indexes.ts';
import { ping } from './ping.ts';
import { planCacheClear } from './plan-cache.ts';
import { profile } from './profile.ts';
import { reIndex } from './re-index.ts';
import { renameCollection } from './rename-collection.ts';
import { replSetGetConfig, replSetGetStatus, replSetInitiate } from './repl-set.ts';
import { createSearchIndexes, dropSearchIndex, updateSearchIndex } from './search-indexes.ts';
import { serverStatus } from './server-status.ts';
import {
  killAllSessions,
  killAllSessionsByPattern,
  killSessions,
  refreshSessions,
  startSession,
} from './sessions-commands.ts';
import { setParameter } from './set-parameter.ts';
import { testDeprecation, testVersion2, testVersions1And2 } from './test-version-commands.ts';
import { top } from './top.ts';
import { abortTransaction, commitTransaction } from './transaction-commands.ts';
import { update } from './update.ts';
import { validate } from './validate.ts';
import { whatsmyuri } from './whatsmyuri.ts';

export const commands: readonly Command[] = [
  abortTransaction,
  aggregate,
  authenticate,
  buildInfo,
  bulkWrite,
  collMod,
  collStats,
  commitTransaction,
  configureFailPoint,
  connectionStatus,
  count,
  create,
  createIndexes,
  createSearchIndexes,
  currentOp,
  dataSize,
  dbStats,
  deleteCommand,
  distinct,
  drop,
  dropDatabase,
  dropIndexes,
  dropSearchIndex,
  endSessions,
  explain,
  find,
  findAndModify,
  fsync,
  getCmdLineOpts,
  getDefaultRWConcern,
  getLog,
  getMore,
  getParameter,
  hello,
  hostInfo,
  insert,
  isMaster,
  killAllSessions,
  killAllSessionsByPattern,
  killCursors,
  killOp,
  killSessions,
  listCollections,
  listCommands,
  listDatabases,
  listIndexes,
  logout,
  ping,
  planCacheClear,
  profile,
  reIndex,
  refreshSessions,
  renameCollection,
  replSetGetConfig,
  replSetGetStatus,
  replSetInitiate,
  rolesInfo,
  saslContinue,
  saslStart,
  serverStatus,
  setParameter,
  startSession,
  testDeprecation,
  testVersion2,
  testVersions1And2,
  top,
  update,
  updateSearchIndex,
  usersInfo,
  validate,
  whatsmyuri,
  ...userAndRoleCommands,
];

/** By name and by each older name. */
export const commandsByName: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) => [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const)),
);

/** Every command, alphabetically. Adding one is a file and a line here; `listCommands` is made from it. */
import { aggregate } from './aggregate.ts';
import { buildInfo } from './build-info.ts';
import type { Command } from './command.ts';
import { count } from './count.ts';
import { create } from './create.ts';
import { createIndexes } from './create-indexes.ts';
import { delete as deleteCommand } from './delete.ts';
import { distinct } from './distinct.ts';
import { drop } from './drop.ts';
import { dropDatabase } from './drop-database.ts';
import { dropIndexes } from './drop-indexes.ts';
import { endSessions } from './end-sessions.ts';
import { find } from './find.ts';
import { getMore } from './get-more.ts';
import { hello, isMaster } from './hello.ts';
import { insert } from './insert.ts';
import { killCursors } from './kill-cursors.ts';
import { listCollections } from './list-collections.ts';
import { listDatabases } from './list-databases.ts';
import { listIndexes } from './list-indexes.ts';
import { ping } from './ping.ts';

export const commands: readonly Command[] = [
  aggregate,
  buildInfo,
  count,
  create,
  createIndexes,
  deleteCommand,
  distinct,
  drop,
  dropDatabase,
  dropIndexes,
  endSessions,
  find,
  getMore,
  hello,
  insert,
  isMaster,
  killCursors,
  listCollections,
  listDatabases,
  listIndexes,
  ping,
];

/** By name and by each older name. */
export const commandsByName: ReadonlyMap<string, Command> = new Map(
  commands.flatMap((command) => [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const)),
);

/** The form that every command has, and what a command may use while it runs. */
import type { ObjectId } from '../bson/values.ts';
import type { ColumnCache } from '../columns/index.ts';
import type { CursorRegistry } from '../cursors/registry.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SnapshotReads } from '../sessions/snapshot-reads.ts';
import type { Transactions } from '../sessions/transactions.ts';
import type { ReadView } from '../sessions/views.ts';
import type { SpillFolder } from '../spill/spill-folder.ts';
import type { WorkMemory } from '../spill/work-space.ts';
import type { Storage, WriteTransaction } from '../storage/storage.ts';
import type { Connection } from '../wire/connection.ts';
import type { Reply } from '../wire/reply.ts';
import type { ArgumentsOf, ArgumentTable } from './arguments.ts';
import type { CommonArguments } from './common-arguments.ts';
import type { FailPoints } from './fail-points.ts';
import type { Operation, Operations } from './operation.ts';
import type { Parameters } from './parameters.ts';

export type Log = (entry: { level: 'info' | 'warn' | 'error'; message: string; cause?: unknown }) => void;

/** Who this server says it is. */
export interface Identity {
  readonly host: string;
  readonly port: number;
  readonly replicaSetName: string;
  readonly processId: ObjectId;
  readonly electionId: ObjectId;
  readonly startedAt: Date;
  readonly dataDir: string;
}

/** What all connections share. */
export interface Services {
  readonly storage: Storage;
  readonly cursors: CursorRegistry;
  readonly sessions: Sessions;
  readonly snapshotReads: SnapshotReads;
  readonly transactions: Transactions;
  readonly operations: Operations;
  readonly failPoints: FailPoints;
  readonly parameters: Parameters;
  readonly columns: ColumnCache;
  /** What blocking stages of all queries share. */
  readonly work: { readonly memory: WorkMemory; readonly spill: SpillFolder };
  readonly identity: Identity;
  readonly log: Log;
  readonly connections: ReadonlySet<Connection>;
  readonly counters: Map<string, number>;
  readonly commands: ReadonlyMap<string, Command>;
}

export interface CommandContext extends Services {
  readonly database: string;
  readonly connection: Connection;
  readonly operation: Operation;
  /** Arguments that every command takes. */
  readonly common: CommonArguments;
  /** The client takes a stream of replies. */
  readonly exhaustAllowed: boolean;
  readonly via: 'msg' | 'query';
  /** 'database.collection' of the database that the command addresses. */
  namespace(collection: string): string;
  /** A consistent view: of what is committed, or of this session's transaction. Release it. */
  openView(): ReadView;
  /** Runs `work` as one atomic unit, inside this session's transaction if there is one; durable when it resolves. */
  write<T>(work: (transaction: WriteTransaction) => T): Promise<T>;
}

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly arguments: ArgumentTable;
  /** Fields whose documents stay bytes (RawDocument[]). */
  readonly rawLists?: readonly string[];
  /** Part of the versioned API "1". */
  readonly apiVersion1?: boolean;
  /** Deprecated in it. */
  readonly isDeprecated?: boolean;
  /** May run inside a multi-document transaction. */
  readonly inTransactions?: boolean;
  /** Takes fields that it does not know, as MongoDB's older commands do. */
  readonly ignoresUnknown?: boolean;
  /** Only on the database `admin`. */
  readonly adminOnly?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: the table holds commands with different arguments; defineCommand checks each.
  readonly run: (args: any, context: CommandContext) => Reply | Promise<Reply> | AsyncIterable<Reply>;
}

export function defineCommand<const Table extends ArgumentTable>(
  command: Omit<Command, 'arguments' | 'run'> & {
    readonly arguments: Table;
    readonly run: (args: ArgumentsOf<Table>, context: CommandContext) => Reply | Promise<Reply> | AsyncIterable<Reply>;
  },
): Command {
  return command;
}

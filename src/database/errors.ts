import { defineErrors, type ErrorTable } from '../domain/index.ts';

/** What can go wrong with a database, and what to do about it. */
export const databaseErrors = {
  CUSTOMERS_NOT_YOURS: {
    fix: 'Ask for what is told without customers: sales, products, stock; or as somebody who serves customers.',
  },
  COLLECTION_NOT_YOURS: {
    fix: 'Ask for one of the collections that the message names: those that your role may read.',
  },
  PIPELINE_REFUSED: {
    fix: 'The message says where, what was expected and what came. A pipeline may only read: with the stages and operators that are known to be safe, and over collections that your role may read.',
  },
  PIPELINE_FAILED: {
    fix: 'The message is the database’s own: correct the pipeline. The usual reason is a value of another type than an operator takes, or too many documents kept in memory: filter first, and group by fewer values.',
  },
  PIPELINE_TOO_SLOW: {
    fix: 'Filter first, by store or by order_date, join fewer documents, or ask one of the ready queries.',
  },
  STORE_NOT_YOURS: { fix: 'Ask for a store that you may see, or for none: then all that you may see are meant.' },
  CONNECTION_STRING_INVALID: {
    fix: 'Correct MONGODB_CONNECTION_STRING. Its form is `mongodb://<user>:<password>@host:27017/` or `mongodb+srv://<user>:<password>@cluster.example.mongodb.net/`. Special characters in user and password must be encoded: `zava encode-password` does it.',
  },
  DNS_FAILED: {
    fix: 'Check the spelling of the host in MONGODB_CONNECTION_STRING, and that this machine can look names up. For mongodb+srv:// the name must have SRV records, as Atlas clusters do.',
  },
  UNREACHABLE: {
    fix: 'Check that the server runs, that host and port in MONGODB_CONNECTION_STRING are right, and that no firewall stands between; on Atlas, add this machine’s address under Network Access. `zava test-connection` looks at each step. With an empty MONGODB_CONNECTION_STRING the embedded server is used.',
  },
  TLS_FAILED: {
    fix: 'Check whether the server speaks TLS at all (`tls=true` or `tls=false` in the connection string), that its certificate is valid for this host name, and give its authority with `tlsCAFile=` where it has one of its own.',
  },
  AUTHENTICATION_FAILED: {
    fix: 'Check user and password in MONGODB_CONNECTION_STRING; encode special characters with `zava encode-password`, and add `authSource=admin` if the user was made in the database "admin".',
  },
  NOT_AUTHORIZED: {
    fix: 'Give the user the role `readWrite` and `dbAdmin` on the database (on Atlas: Database Access, "Atlas admin" or a custom role).',
  },
  NOT_A_REPLICA_SET: {
    fix: 'Start mongod with `--replSet rs0` and run `rs.initiate()` once in mongosh: change streams and transactions need a replica set. Atlas and the embedded server are replica sets already.',
  },
  SERVER_TOO_OLD: { fix: 'Use MongoDB 6.0 or later: change streams with pre-images came with 6.0.' },
  NOT_SUPPORTED_BY_SERVER: {
    fix: 'The server does not have the feature named in the message. Use MongoDB 6.0 or later, Atlas, or the embedded server of a newer zava.',
  },
  TIMED_OUT: { fix: 'Try again; if it stays so, look at the load of the server and of the network.' },
  CONNECTION_LOST: {
    fix: 'Look at the server: it was stopped, or the network failed. Then run the same command again; loading and import go on where they were.',
  },
  DATABASE_NOT_EMPTY: {
    fix: 'Choose another database (MONGODB_DATABASE or `--database`), or add `--replace`: it drops the project’s collections first, those named in the message and no others.',
  },
  RUN_UNFINISHED: {
    fix: 'Run the command of the unfinished run again to finish it, or add `--replace` to drop what it loaded and start the new one.',
  },
  RUN_IN_PROGRESS: {
    fix: 'Wait until the other process is done or stop it. If it is gone, try again in a minute: its claim runs out.',
  },
  COLLECTIONS_MISSING: { fix: 'Load the data set first: `zava generate`, or `zava import DIR`.' },
  DUPLICATE_KEY: {
    fix: 'Another document has the same key. Choose another value, or correct the data: `zava validate` lists all duplicates.',
  },
  INVENTORY_ITEM_UNKNOWN: {
    fix: 'A stock movement names an item that is not in the inventory. Correct its inventory_id, or add the item first.',
  },
  INDEX_CONFLICT: {
    fix: 'An index of that name exists with other keys or options. Drop it with `zava indexes drop` and run `zava indexes create` again.',
  },
  MANIFEST_MISSING: {
    fix: 'Give a folder that `zava export` or `zava generate --out` finished: it holds a manifest.json. A folder without one was interrupted: make it again.',
  },
  MANIFEST_INVALID: { fix: 'The manifest was changed or is from another program. Export the data again.' },
  MANIFEST_MISMATCH: {
    fix: 'The file was damaged or changed after its export. Copy it again from where it came from, or export again. Nothing was written to the database.',
  },
  EXPORT_INCOMPLETE: {
    fix: 'Run `zava validate` to see whether the collection is sound, then export again. The folder has no manifest: it is not an export.',
  },
  FOLDER_NOT_EMPTY: { fix: 'Choose an empty or new folder, or add `--replace` to write over the export in it.' },
  DISK_FULL: { fix: 'Make room on the disk or choose another place, then run the same command again.' },
  FILE_NOT_ACCESSIBLE: { fix: 'Check the path and its permissions.' },
  CHANGE_STREAM_WRONG: {
    fix: 'Run `zava change-streams enable` and test again. If it stays so, the server does not deliver what devices need: report it with the server’s version.',
  },
  SERVER_REFUSED: {
    fix: 'The server’s own message says what it refused; `zava test-connection` shows what it allows.',
  },
} as const satisfies ErrorTable;

export type DatabaseErrorCode = keyof typeof databaseErrors;

export class DatabaseError extends defineErrors('DatabaseError', databaseErrors) {}

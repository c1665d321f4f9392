/** From a query to a plan: the stages that answer it. */
import type { Document } from '../bson/values.ts';
import type { Stage } from './rows.ts';

export interface Query {
  readonly filter: Document;
  readonly sort: Document;
  /** Undefined or empty: whole documents. */
  readonly projection: Document | undefined;
  readonly skip: number;
  /** 0: no limit. */
  readonly limit: number;
  readonly hint?: string | Document | undefined;
  readonly collation?: Document | undefined;
  /** Variables of `$expr`: `let` of the command. */
  readonly variables?: Document | undefined;
  readonly min?: Document | undefined;
  readonly max?: Document | undefined;
  /** Only the number of rows matters: their documents need not be read. */
  readonly countOnly?: boolean;
  readonly returnKey?: boolean;
  readonly showRecordId?: boolean;
}

export interface Plan {
  readonly root: Stage;
  readonly query: Query;
  /** At most this many rows; 0: no limit. */
  readonly limit: number;
  /** Other plans that were considered, best first. */
  readonly rejected: readonly Stage[];
  readonly indexName: string | undefined;
}

import type { Db, Document } from 'mongodb';

/** A question that both databases answer: over the Node driver and over `pg`, each as its developers would ask it. */
export interface RetailQuery {
  readonly name: string;
  readonly question: string;
  /** Whether the order of the rows is part of the answer. */
  readonly ordered: boolean;
  /** What this run asks for. The same on both sides. */
  parameters(pick: Pick): readonly string[];
  mongodb(database: Db, ...parameters: string[]): Promise<Document[]>;
  readonly sql: string;
  /** Names the columns of both answers; rows of `mongodb` are brought to this form for the comparison alone. */
  rows?(documents: readonly Document[]): Document[];
}

/** Draws the parameters of a run. The same seed draws the same ones, whichever database is asked. */
export interface Pick {
  orderId(): string;
  customerId(): string;
  storeId(): string;
  categoryId(): string;
  searchWords(): string;
}

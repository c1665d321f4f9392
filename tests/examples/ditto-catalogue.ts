/** The statements of src/edge/dql.ts with their names and purposes, each run on a real store. */
import { readFile } from 'node:fs/promises';
import type { Ditto, DQLQueryArguments } from '@dittolive/ditto';
import { statements } from '../../src/edge/dql.ts';
import { ownParameters, parameters } from './ditto-shop.ts';

const source = new URL('../../src/edge/dql.ts', import.meta.url);

export interface Statement {
  readonly name: string;
  /** The heading of the catalogue under which it stands. */
  readonly group: string;
  readonly purpose: string;
  readonly dql: string;
  readonly parameters: DQLQueryArguments;
}

export interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Documents that it wrote, deleted or evicted. */
  readonly changed: number;
  /** The indexes that find its documents; none where it reads a whole collection. */
  readonly indexes: readonly string[];
  readonly readsAll: boolean;
}

/** In the order of the file. Throws where a statement has no purpose. */
export async function readCatalogue(): Promise<Statement[]> {
  const text = await readFile(source, 'utf8');
  const lines = text.slice(text.indexOf('export const statements')).split('\n');
  const found: Statement[] = [];
  let group = 'Replication';
  let purpose = '';
  for (const line of lines) {
    group = /^ {2}\/\/ ── (.+?) ─+$/.exec(line)?.[1] ?? group;
    purpose = /^ {2}\/\*\* (.+) \*\/$/.exec(line)?.[1] ?? purpose;
    const name = /^ {2}(\w+):/.exec(line)?.[1];
    if (name === undefined || name === 'indexes') continue;
    if (purpose === '') throw new Error(`${name} has no purpose of its own.`);
    const dql = dqlOf(name as keyof typeof statements);
    found.push({ name, group, purpose, dql, parameters: parametersOf(name, dql) });
    purpose = '';
  }
  return found;
}

/** Statements that are made for a collection stand for orders here. */
function dqlOf(name: keyof typeof statements): string {
  switch (name) {
    case 'unset':
      return statements.unset('orders', ['status']);
    case 'subscription':
    case 'evictOutside':
      return statements[name]('orders', '`store_id` = :storeId');
    case 'setFields':
    case 'unsetFields':
      return statements[name]('orders', 'order_id', ['status']);
    default: {
      const statement = statements[name];
      return typeof statement === 'function' ? (statement as (collection: string) => string)('orders') : `${statement}`;
    }
  }
}

function parametersOf(name: string, dql: string): DQLQueryArguments {
  const values = { ...parameters, ...ownParameters[name] };
  const names = [...new Set([...dql.matchAll(/:(\w+)/g)].map(([, parameter]) => String(parameter)))];
  return Object.fromEntries(
    names.map((parameter) => {
      if (!(parameter in values)) throw new Error(`${name}: the shop has no value for :${parameter}.`);
      return [parameter, values[parameter]];
    }),
  ) as DQLQueryArguments;
}

class TakenBack extends Error {}

/** Runs a statement and takes back what it did, so that the next one finds the same shop. */
export async function answerOf(ditto: Ditto, { dql, parameters: values }: Statement): Promise<Answer> {
  const { items } = await ditto.store.execute(`EXPLAIN ${dql}`, values);
  const plan = JSON.stringify(items.map(({ value }) => value));
  const indexes = [...plan.matchAll(/"index":"(\w+)"/g)].map(([, index]) => String(index));
  let answer: Pick<Answer, 'rows' | 'changed'> | undefined;
  try {
    await ditto.store.transaction(async (transaction) => {
      const result = await transaction.execute(dql, values);
      answer = { rows: result.items.map(({ value }) => value), changed: result.mutatedDocumentIDsV2().length };
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack) && answer === undefined) throw error;
  }
  if (answer === undefined) throw new Error(`${dql} did not answer.`);
  const byId = plan.includes('"#operator":"idScan"') ? ['_id'] : [];
  return {
    ...answer,
    indexes: [...new Set([...indexes, ...byId])],
    readsAll: /"#operator":"(scan|countScan)"/.test(plan),
  };
}

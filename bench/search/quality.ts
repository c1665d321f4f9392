/**
 * How good a search is, held against what was judged by hand: recall@10 (of the acceptable products, those among the first
 * ten) and nDCG@10 (1 where the best stand first). Source: Järvelin, Kekäläinen 2002, with gains of 2^grade − 1.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Db } from 'mongodb';
import { parse } from 'yaml';
import { z } from 'zod';
import { queryOf } from '../../src/database/index.ts';
import type { FoundProduct, Principal, SearchResult } from '../../src/domain/index.ts';

const FIRST = 10;
const MAX_TIME_MS = 20_000;
const SHOPPER: Principal = { role: 'sales_rep', userId: 'shopper', stores: 'all' };

const judgedSchema = z
  .array(z.strictObject({ asks: z.string(), products: z.record(z.string(), z.union([z.literal(1), z.literal(2)])) }))
  .min(1);
export type JudgedQuestion = z.output<typeof judgedSchema>[number];

export interface Quality {
  readonly recall: number;
  readonly ndcg: number;
}

/** A way to search: SKUs, the best first. */
export type Search = (db: Db, words: string) => Promise<readonly string[]>;

export function judgedQuestions(): JudgedQuestion[] {
  // From the source tree: the compiled program has no copy of it.
  const folder = import.meta.dirname.replace(`${path.sep}dist${path.sep}`, path.sep);
  return judgedSchema.parse(parse(readFileSync(path.join(folder, 'questions.yaml'), 'utf8')));
}

async function ask<Result>(db: Db, name: string, words: string): Promise<Result> {
  const query = queryOf(name);
  if (query === undefined) throw new Error(`There is no query '${name}'.`);
  const asked = query.parameters.parse({ words, limit: FIRST });
  return (await query.run({ db, principal: SHOPPER, maxTimeMS: MAX_TIME_MS }, asked)) as Result;
}

const skus = (found: readonly { readonly sku: string }[]) => found.map(({ sku }) => sku);

export const searches = {
  lexical: async (db, words) => skus(await ask<FoundProduct[]>(db, 'find-products', words)),
  vector: async (db, words) => skus((await ask<SearchResult>(db, 'products-by-meaning', words)).products),
  hybrid: async (db, words) => skus((await ask<SearchResult>(db, 'search-products', words)).products),
} as const satisfies Record<string, Search>;

/** Of one question. */
export function qualityOf(found: readonly string[], { products }: JudgedQuestion): Quality {
  const grades = Object.values(products).sort((one, other) => other - one);
  const gained = gain(found.slice(0, FIRST).map((sku) => products[sku] ?? 0));
  const hits = found.slice(0, FIRST).filter((sku) => sku in products).length;
  return { recall: hits / Math.min(FIRST, grades.length), ndcg: gained / gain(grades.slice(0, FIRST)) };
}

const gain = (grades: readonly number[]): number =>
  grades.reduce((sum, grade, rank) => sum + (2 ** grade - 1) / Math.log2(rank + 2), 0);

/** Over all questions, in their order. */
export async function qualityOfSearch(db: Db, search: Search, questions: readonly JudgedQuestion[]) {
  const each: Quality[] = [];
  for (const question of questions) each.push(qualityOf(await search(db, question.asks), question));
  const mean = (pick: (one: Quality) => number) => each.reduce((sum, one) => sum + pick(one), 0) / each.length;
  return { recall: mean(({ recall }) => recall), ndcg: mean(({ ndcg }) => ndcg), each };
}

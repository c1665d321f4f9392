import { z } from 'zod';
import { type CollectionName, collectionNames } from '../../domain/index.ts';

/** The form of `zava validate --json`. Fields may be added; those that are here keep their name and meaning. */

const count = z.int().nonnegative();
const collectionName = z.enum(collectionNames as [CollectionName, ...CollectionName[]]);
const range = z.object({ earliest: z.string(), latest: z.string() });

const checkResultSchema = z.object({
  id: z.string().meta({ description: '`<collection>.<what>`; stable.' }),
  collection: z.enum(['database', ...(collectionNames as readonly CollectionName[])]),
  title: z.string(),
  promise: z.string().meta({ description: 'What holds when the check passes.' }),
  fix: z.string().meta({ description: 'What to do when it fails.' }),
  severity: z.enum(['error', 'warning']),
  stage: z.enum(['always', 'generated']),
  outcome: z.enum(['passed', 'failed', 'not_judged']),
  failed: count.meta({ description: 'How many subjects fail it, counted exactly.' }),
  judged: count.meta({ description: 'How many documents or other subjects there were.' }),
  examples: z
    .array(z.object({ id: z.string(), field: z.string(), found: z.string(), expected: z.string() }))
    .meta({ description: 'The first few that fail.' }),
  reason: z.string().nullable().meta({ description: 'Why it was not judged.' }),
});

const statisticsSchema = z.object({
  documents: z.partialRecord(collectionName, count),
  orders: count,
  sales: z.number().meta({ description: 'In dollars, without tax and without cancelled orders, as everywhere below.' }),
  averageOrder: z.number(),
  firstOrder: z.string().nullable(),
  lastOrder: z.string().nullable(),
  salesByMonth: z.array(z.object({ month: z.string(), orders: count, sales: z.number() })),
  salesByStore: z.array(
    z.object({
      storeId: z.string(),
      name: z.string(),
      customers: count,
      orders: count,
      sales: z.number(),
      averageOrder: z.number(),
      stockUnits: z.number(),
      lowStockItems: count,
      inventoryItems: count,
    }),
  ),
  salesByCategory: z.array(
    z.object({
      categoryId: z.string(),
      name: z.string(),
      products: count,
      priceMin: z.number(),
      priceMax: z.number(),
      units: z.number(),
      sales: z.number(),
    }),
  ),
  ordersByStatus: z.array(z.object({ status: z.string(), orders: count, share: z.number() })),
  itemsPerOrder: z.array(z.object({ items: count, orders: count, share: z.number() })),
  averageItemsPerOrder: z.number(),
  topProducts: z.array(z.object({ productId: z.string(), name: z.string(), units: z.number(), sales: z.number() })),
});

export const validationReportSchema = z.object({
  format: z.literal('zava-validation'),
  version: z.literal(1),
  outcome: z.enum(['passed', 'failed']).meta({ description: '`failed` when any check of severity `error` fails.' }),
  score: z.number().min(0).max(100).meta({ description: 'See score.ts; 100 only when nothing was found.' }),
  source: z.string().meta({ description: 'The database or the folder that was validated.' }),
  startedAt: z.string(),
  milliseconds: count,
  stage: z.enum(['generated', 'in_use']),
  orderDates: range,
  documents: count,
  collections: z.array(
    z.object({
      name: collectionName,
      documents: count,
      expected: count.nullable(),
      failingDocuments: count,
      checksPassed: count,
      checksFailed: count,
    }),
  ),
  checks: z.array(checkResultSchema),
  queries: z
    .array(
      z.object({
        name: z.string(),
        collection: collectionName,
        expectedIndexes: z.array(z.string()),
        usedIndexes: z.array(z.string()),
        stages: z.array(z.string()),
        passed: z.boolean(),
      }),
    )
    .meta({ description: 'How the server plans the standard queries; empty for files.' }),
  statistics: statisticsSchema,
});

export type ValidationReport = z.infer<typeof validationReportSchema>;
export type ReportedCheck = ValidationReport['checks'][number];

/** Failing checks, errors first, those with the most failures first. */
export const failingChecks = (report: ValidationReport): ReportedCheck[] =>
  report.checks
    .filter(({ outcome }) => outcome === 'failed')
    .sort((left, right) =>
      left.severity === right.severity ? right.failed - left.failed : left.severity === 'error' ? -1 : 1,
    );
